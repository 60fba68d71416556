// What is done for each call of the control API. What concerns the room goes through the hub like everybody's requests; what concerns the
// process goes through DaemonControl, which the daemon implements.

import { strict as assert } from 'node:assert';
import type { NoticeTarget } from '../core/command.ts';
import { ChatError } from '../core/errors.ts';
import type { Hub } from '../core/hub.ts';
import type { Reply } from '../core/reply.ts';
import { ask } from './ask.ts';
import type {
  Answers,
  CallName,
  Checkup,
  DaemonStatus,
  Input,
  Keys,
  KeyStep,
  LogLevel,
  Reloaded,
  Status,
} from './protocol.ts';
import { VERSION } from './version.ts';
import { cancelDrain, drain } from './drain.ts';

/** An operator's act that is worth a line in the log. */
export type Act =
  | 'kick'
  | 'notice'
  | 'history'
  | 'watch'
  | 'reload'
  | 'key'
  | 'log-level'
  | 'stop'
  | 'drain'
  | 'drain-cancel'
  | 'backup';

/** What an audit line tells besides the act: names and counts, never what somebody said. */
export type AuditFields = Readonly<Record<string, string | number>>;

/** What became of a reload: a refused one keeps the old settings. Each problem is one line that says what is wrong and where. */
export type ReloadOutcome =
  | ({ readonly outcome: 'reloaded' } & Reloaded)
  | { readonly outcome: 'refused'; readonly problems: readonly string[] };

/** What the control API needs of the process it runs in. Implemented once by the daemon; a small literal in tests. */
export interface DaemonControl {
  /**
   * How the daemon is doing. Must answer even when the store does not: what is wrong goes into `store.problem`.
   * `listening` and `settings` are what is in force now, not at the start.
   */
  status(): Promise<DaemonStatus>;
  /** Looks at itself: the files it may open, and the settings as they are written now. Changes nothing. */
  checkup(): Promise<Checkup>;
  /** The least important kind of log line that is written now. */
  logLevel(): LogLevel;
  /** Counts until the next start, or until a reload brings another level. */
  setLogLevel(level: LogLevel): void;
  /**
   * Reads the settings again, as SIGHUP does, and resolves when they are in force or refused. Tells systemd RELOADING and READY itself.
   * Rejects for nothing: whatever is wrong with the settings is an outcome.
   */
  reload(): Promise<ReloadOutcome>;
  /** The key of the hub, and the one that is announced. */
  keys(): Keys;
  /** @throws ChatError `bad-request` for what cannot be done now, `store-failed` when it cannot be kept. */
  changeKey(step: KeyStep): Keys;
  /**
   * Begins to stop, as SIGTERM does, and returns at once. The daemon closes the control server last, after the hub and its store:
   * `chatctl stop` waits for the connection to end and then says that the hub has stopped.
   */
  stop(): void;
  /**
   * Writes a backup of the store while everything goes on, to a new file; null: to one of its own choice in the state directory.
   * @throws ChatError when it cannot be written there; the text says where it can.
   */
  backup(file: string | null): Promise<Answers['POST /v1/backup']>;
  /** Writes an audit line. Called after the act was done, or refused by the hub (then `refused` holds the error's code). */
  audit(act: Act, fields: AuditFields): void;
  /** A programmer's error came up while a request was served; its caller got status 500. For the log, with its stack. */
  fault(error: unknown): void;
}

export interface Parts {
  readonly hub: Hub;
  readonly daemon: DaemonControl;
}

/** There is no peer to name: Node does not tell a Unix socket's credentials. Whoever may open it is the operator. */
const BY = { by: 'control socket' } as const;

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

/** The settings were read and not taken: not a request's fault, but its answer. */
export class RefusedReload extends Error {
  constructor(problems: readonly string[]) {
    super(['the settings are refused and the old ones stay in force:', ...problems].join('\n'));
    this.name = 'RefusedReload';
  }
}

/** Does an act and leaves a line about it, whether it was done or refused; `outcome`: what the line tells of its answer. */
async function audited<T extends object>(
  { daemon }: Parts,
  act: Act,
  fields: AuditFields,
  run: () => Promise<T>,
  outcome: (answer: T) => AuditFields = () => ({}),
): Promise<T> {
  try {
    const answer = await run();
    daemon.audit(act, { ...BY, ...fields, ...outcome(answer) });
    return answer;
  } catch (error) {
    if (error instanceof ChatError) daemon.audit(act, { ...BY, ...fields, refused: error.code });
    if (error instanceof RefusedReload) daemon.audit(act, { ...BY, ...fields, refused: 'bad-config' });
    throw error;
  }
}

/** The same line for an act that has no end of its own. */
export function auditStart({ daemon }: Parts, act: 'watch' | 'stop'): void {
  daemon.audit(act, BY);
}

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
