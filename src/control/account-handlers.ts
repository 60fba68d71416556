// What is done about accounts and invites. The line in the log names whom it was about, never a password or a token.

import {
  accountInfo,
  addAccount,
  addInvite,
  changeAccount,
  removeAccount,
  revokeInvite,
} from '../core/administration.ts';
import type { ACCOUNT_SCHEMAS } from './account-schemas.ts';
import { audited, type Parts } from './parts.ts';
import type { Answers, Input } from './protocol.ts';

type AccountCall = keyof typeof ACCOUNT_SCHEMAS;

/** Used once, and not for long, when nothing else is said. */
const DEFAULT_SECONDS = 7 * 24 * 60 * 60;

export const ACCOUNT_HANDLERS: {
  readonly [C in AccountCall]: (parts: Parts, input: Input<C>) => Promise<Answers[C]>;
} = {
  'GET /v1/accounts': async ({ hub }) => ({
    accounts: [...hub.accounts.all()].map((account) => accountInfo(hub, account)),
  }),

  'POST /v1/accounts': (parts, { name, role = 'user', key = null, password = null }) =>
    audited(parts, 'user-add', { name, role }, () => addAccount(parts.hub, { name, role, key, password })),

  'PUT /v1/accounts': (parts, { name, ...changes }) =>
    audited(
      parts,
      'user-change',
      {
        name,
        changed: Object.keys(changes).join(','),
        ...(changes.role === undefined ? {} : { role: changes.role }),
      },
      () => changeAccount(parts.hub, name, changes),
    ),

  'POST /v1/accounts/delete': (parts, { name }) =>
    audited(parts, 'user-del', { name }, async () => {
      await removeAccount(parts.hub, name);
      return { name };
    }),

  'GET /v1/invites': async ({ hub }) => ({
    invites: hub.gate.invites
      .all(hub.now())
      .map(({ id, role, uses, expiresAt, createdAt }) => ({ id, role, uses, expiresAt, createdAt })),
  }),

  'POST /v1/invites': (parts, { role = 'user', uses = 1, seconds = DEFAULT_SECONDS }) =>
    audited(
      parts,
      'invite',
      { role, uses, seconds },
      async () => {
        const expiresAt = parts.hub.now() + seconds * 1000;
        return { ...(await addInvite(parts.hub, { role, uses, expiresAt })), role, uses, expiresAt };
      },
      ({ id }) => ({ id }),
    ),

  'POST /v1/invites/revoke': (parts, { id }) =>
    audited(parts, 'invite-revoke', { id }, async () => ({ revoked: await revokeInvite(parts.hub, id) })),
};
