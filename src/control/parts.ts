// What the handlers of the control API work with: the hub, the process around it, and the line that each act leaves in the log.

import type { BanAct } from '../core/ban.ts';
import { ChatError } from '../core/errors.ts';
import type { Hub } from '../core/hub.ts';
import type { Answers, Checkup, DaemonStatus, Keys, KeyStep, LogLevel, Reloaded } from './protocol.ts';

/** An operator's act that is worth a line in the log. */
export type Act =
  | 'kick'
  | BanAct
  | 'unban'
  | 'unmute'
  | 'notice'
  | 'history'
  | 'watch'
  | 'reload'
  | 'key'
  | 'log-level'
  | 'stop'
  | 'drain'
  | 'drain-cancel'
  | 'backup'
  | 'lockdown'
  | 'user-add'
  | 'user-change'
  | 'user-del'
  | 'invite'
  | 'invite-revoke';

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

/** The settings were read and not taken: not a request's fault, but its answer. */
export class RefusedReload extends Error {
  constructor(problems: readonly string[]) {
    super(['the settings are refused and the old ones stay in force:', ...problems].join('\n'));
    this.name = 'RefusedReload';
  }
}

/** Does an act and leaves a line about it, whether it was done or refused; `outcome`: what the line tells of its answer. */
export async function audited<T extends object>(
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
