// What may be asked about bans and mutes, checked field by field.

import { z } from 'zod';
import { BAN_ACTS } from '../core/ban.ts';
import { CONTROL_LIMITS } from '../core/limits.ts';
import { fields, named, text, whole } from './fields.ts';

const ACT = `must be one of ${BAN_ACTS.join(', ')}`;
const TARGET = 'must be a name, an address or a range of them, name:PATTERN, account:NAME or key:KEY';
const ID = 'must be the id of a ban, or what it was made for: chatctl bans shows both';
const SECONDS = `must be a whole number of seconds from 1 to ${CONTROL_LIMITS.banSeconds}`;
const FLAG = 'must be true or false';

const act = z.enum(BAN_ACTS, { error: ACT });

export const BAN_SCHEMAS = {
  'GET /v1/bans': fields({}),
  'POST /v1/bans': fields({
    act,
    target: named(TARGET),
    seconds: whole(SECONDS, CONTROL_LIMITS.banSeconds).optional(),
    reason: text().optional(),
    note: text().optional(),
    dryRun: z.boolean({ error: FLAG }).optional(),
    force: z.boolean({ error: FLAG }).optional(),
  }),
  'POST /v1/bans/delete': fields({ act, target: named(ID) }),
} as const;
