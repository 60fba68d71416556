// What may be asked about accounts and invites, checked field by field.

import { z } from 'zod';
import { ROLES } from '../core/commands.ts';
import { CONTROL_LIMITS, LIMITS } from '../core/limits.ts';
import { fields, named, whole } from './fields.ts';

const NAME = 'must be a nickname';
const ROLE = `must be one of ${ROLES.join(', ')}`;
const KEY = 'must be an Ed25519 public key: its 32 bytes in base64url, 43 characters';
const PASSWORD = `must be a text of at most ${LIMITS.passwordChars} characters`;
const ID = 'must be the id of an invite: chatctl invites shows them';
const USES = `must be a whole number from 1 to ${CONTROL_LIMITS.inviteUses}`;
const SECONDS = `must be a whole number of seconds from 1 to ${CONTROL_LIMITS.inviteSeconds}`;
const FLAG = 'must be true or false';

// Its last letter carries four bits, so that each key is written in one way only.
const key = (): z.ZodString =>
  z.string({ error: KEY }).regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, { error: KEY });
const password = (): z.ZodString =>
  z.string({ error: PASSWORD }).max(LIMITS.passwordChars, { error: PASSWORD });
const role = z.enum(ROLES, { error: ROLE });

export const ACCOUNT_SCHEMAS = {
  'GET /v1/accounts': fields({}),
  'POST /v1/accounts': fields({
    name: named(NAME),
    role: role.optional(),
    key: key().optional(),
    password: password().optional(),
  }),
  'PUT /v1/accounts': fields({
    name: named(NAME),
    role: role.optional(),
    disabled: z.boolean({ error: FLAG }).optional(),
    password: password().optional(),
    addKey: key().optional(),
    removeKey: key().optional(),
  }),
  'POST /v1/accounts/delete': fields({ name: named(NAME) }),
  'GET /v1/invites': fields({}),
  'POST /v1/invites': fields({
    role: role.optional(),
    uses: whole(USES, CONTROL_LIMITS.inviteUses).optional(),
    seconds: whole(SECONDS, CONTROL_LIMITS.inviteSeconds).optional(),
  }),
  'POST /v1/invites/revoke': fields({ id: named(ID) }),
} as const;
