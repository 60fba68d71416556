// What is done for each call of the control API. What concerns the room goes through the hub like everybody's requests; what concerns the
// process goes through DaemonControl, which the daemon implements.

import { strict as assert } from 'node:assert';
import type { NoticeTarget } from '../core/command.ts';
import type { Hub } from '../core/hub.ts';
import type { Reply } from '../core/reply.ts';
import { ask } from './ask.ts';
import { ACCOUNT_HANDLERS } from './account-handlers.ts';
import { BAN_HANDLERS } from './ban-handlers.ts';
import { audited, type Parts, RefusedReload } from './parts.ts';
import type { Answers, CallName, DaemonStatus, Input, LogLevel, Status } from './protocol.ts';
import { VERSION } from './version.ts';
import { cancelDrain, drain } from './drain.ts';
import { lockdownNow, lockDown } from './lockdown.ts';

/** @throws ChatError what the caller is refused with; RefusedReload for settings that are not good. */
export const HANDLERS: { readonly [C in CallName]: (parts: Parts, input: Input<C>) => Promise<Answers[C]> } =
  {
    'GET /v1/users': async ({ hub }, { room }) => {
      const parts = await ask(hub, { type: 'who', room: room ?? null });
      return { users: parts.flatMap((reply) => (reply.type === 'who' ? reply.users : [])) };
    },

    'POST /v1/kick': (parts, { target, reason = '' }) =>
      audited(
        parts,
        'kick',
        { target, ...(reason === '' ? {} : { reason }) },
        async () => {
          const [reply] = await ask(parts.hub, { type: 'kick', target, reason });
          assert(reply?.type === 'kicked', unexpected(reply));
          return { matched: reply.matched };
        },
        ({ matched }) => ({ matched }),
      ),

    'POST /v1/notices': (parts, { text, to }) =>
      audited(parts, 'notice', { to: noticeName(to), chars: text.length }, async () => {
        const [reply] = await ask(parts.hub, { type: 'notice', to, text });
        assert(reply?.type === 'ok' && reply.log !== undefined, unexpected(reply));
        return { log: reply.log, seq: reply.seq ?? 0, at: reply.at ?? 0 };
      }),

    'POST /v1/drain': (parts, { seconds, text = '' }) =>
      audited(parts, 'drain', { seconds }, () => drain(parts, seconds, text)),

    'POST /v1/drain/cancel': (parts) => audited(parts, 'drain-cancel', {}, () => cancelDrain(parts)),

    'POST /v1/backup': (parts, { file = null }) =>
      audited(
        parts,
        'backup',
        file === null ? {} : { file },
        () => parts.daemon.backup(file),
        (written) => ({ ...written }),
      ),

    'GET /v1/rooms': async ({ hub }) => {
      const parts = await ask(hub, { type: 'rooms' });
      return { rooms: parts.flatMap((reply) => (reply.type === 'rooms' ? reply.rooms : [])) };
    },

    'GET /v1/history': (parts, { log, limit, before }) =>
      audited(parts, 'history', { log }, async () => {
        const [reply] = await ask(parts.hub, {
          type: 'history',
          log,
          limit,
          before: before ?? null,
          after: null,
        });
        assert(reply?.type === 'history', unexpected(reply));
        return { log: reply.log, entries: reply.entries, more: reply.more };
      }),

    ...BAN_HANDLERS,
    ...ACCOUNT_HANDLERS,

    'GET /v1/lockdown': async (parts) => lockdownNow(parts),

    'PUT /v1/lockdown': (parts, { level }) => lockDown(parts, level),

    'GET /v1/status': async ({ hub, daemon }) => statusOf(hub, daemon.logLevel(), await daemon.status()),

    'GET /v1/doctor': ({ daemon }) => daemon.checkup(),

    'GET /v1/version': async () => ({ version: VERSION }),

    'POST /v1/reload': (parts) =>
      audited(parts, 'reload', {}, async () => {
        const result = await parts.daemon.reload();
        if (result.outcome === 'refused') throw new RefusedReload(result.problems);
        return { changed: result.changed, afterRestart: result.afterRestart };
      }),

    'GET /v1/key': async ({ daemon }) => daemon.keys(),

    'POST /v1/key': (parts, { step }) =>
      audited(
        parts,
        'key',
        { step },
        async () => parts.daemon.changeKey(step),
        ({ key, next }) => ({ key, next: next?.key ?? '' }),
      ),

    'GET /v1/log-level': async ({ daemon }) => ({ level: daemon.logLevel() }),

    'PUT /v1/log-level': (parts, { level }) =>
      audited(parts, 'log-level', { level, was: parts.daemon.logLevel() }, async () => {
        const was = parts.daemon.logLevel();
        parts.daemon.setLogLevel(level);
        return { level, was };
      }),
  };

function statusOf(hub: Hub, logLevel: LogLevel, daemon: DaemonStatus): Status {
  let here = 0;
  for (const { outlet } of hub.directory.sessions()) if (outlet !== null) here++;
  const { entries, deliveries, refused } = hub.meter;
  const { rss, heapUsed } = process.memoryUsage();
  return {
    version: VERSION,
    node: process.version,
    pid: process.pid,
    ...daemon,
    uptimeMs: Math.max(0, hub.now() - daemon.startedAt),
    logLevel,
    users: { here, away: hub.directory.size - here },
    rooms: hub.directory.rooms.size,
    drainingUntil: hub.drain.until,
    lockdown: hub.gate.lockdown.level,
    memory: { rssBytes: rss, heapBytes: heapUsed },
    rates: hub.meter.rates(),
    totals: { entries, deliveries, refused },
  };
}

function noticeName(to: NoticeTarget): string {
  switch (to.scope) {
    case 'all':
      return 'everybody';
    case 'room':
      return to.room;
    case 'user':
      return to.name;
  }
}

function unexpected(reply: Reply | undefined): string {
  return `the hub answered ${reply?.type ?? 'nothing'}`;
}
