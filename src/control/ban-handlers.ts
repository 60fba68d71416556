// What is done about bans and mutes: as for everybody who may, by the hub's own commands.

import { strict as assert } from 'node:assert';
import { ask } from './ask.ts';
import type { BAN_SCHEMAS } from './ban-schemas.ts';
import { audited, type Parts } from './parts.ts';
import type { Answers, Input } from './protocol.ts';

type BanCall = keyof typeof BAN_SCHEMAS;

export const BAN_HANDLERS: {
  readonly [C in BanCall]: (parts: Parts, input: Input<C>) => Promise<Answers[C]>;
} = {
  'GET /v1/bans': async ({ hub }) => {
    const parts = await ask(hub, { type: 'bans' });
    return { bans: parts.flatMap((reply) => (reply.type === 'bans' ? reply.bans : [])) };
  },

  'POST /v1/bans': (parts, { act, target, seconds, reason = '', note = '', dryRun = false, force = false }) =>
    audited(
      parts,
      act,
      { target, ...(seconds === undefined ? {} : { seconds }), ...(dryRun ? { dryRun: 'yes' } : {}) },
      async () => {
        const forMs = seconds === undefined ? null : seconds * 1000;
        const command = { target, forMs, reason, note, dryRun, force, mute: act === 'mute' } as const;
        const [reply] = await ask(parts.hub, { type: 'ban', ...command });
        assert(reply?.type === 'banned');
        return { ban: reply.ban, hits: reply.hits, done: reply.done };
      },
      ({ ban, hits }) => ({ id: ban.id, hits: hits.length }),
    ),

  'POST /v1/bans/delete': (parts, { act, target }) =>
    audited(
      parts,
      act === 'mute' ? 'unmute' : 'unban',
      { target },
      async () => {
        const [reply] = await ask(parts.hub, { type: 'unban', mute: act === 'mute', target });
        assert(reply?.type === 'unbanned');
        return { matched: reply.matched };
      },
      ({ matched }) => ({ matched }),
    ),
};
