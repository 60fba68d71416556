// What chatctl and the hub say to each other over the control socket: HTTP with JSON bodies, one table of calls. chatctl imports this page and
// must start fast, so nothing here pulls a library in: the schemas that the requests are checked by are types to it.

import type { AccountInfo, InviteInfo } from '../core/administration.ts';
import type { Entry } from '../core/entry.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { BanInfo, RoomInfo, UserInfo } from '../core/reply.ts';
import type { StoreStats } from '../core/store.ts';
import type { Inputs } from './schemas.ts';

/** What can be done about the key that comes next: make and announce it, go over to it, give it up. */
export const KEY_STEPS = ['next', 'switch', 'drop'] as const;
export type KeyStep = (typeof KEY_STEPS)[number];

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The most entries one `GET /v1/history` asks for; `before` pages on. */
export const HISTORY_PAGE = 200;

/** What each call answers with status 200. A GET takes its input from the query, any other from a JSON body. Times are Unix milliseconds. */
export interface Answers {
  'GET /v1/users': { readonly users: readonly UserInfo[] };
  'POST /v1/kick': { readonly matched: number };
  'POST /v1/notices': Noticed;
  'POST /v1/drain': Draining;
  'POST /v1/drain/cancel': { readonly cancelled: boolean };
  'POST /v1/backup': BackedUp;
  'GET /v1/rooms': { readonly rooms: readonly RoomInfo[] };
  'GET /v1/history': HistoryPage;
  'GET /v1/bans': { readonly bans: readonly BanInfo[] };
  'POST /v1/bans': { readonly ban: BanInfo; readonly hits: readonly string[]; readonly done: boolean };
  'POST /v1/bans/delete': { readonly matched: number };
  'GET /v1/accounts': { readonly accounts: readonly AccountInfo[] };
  'POST /v1/accounts': AccountInfo;
  'PUT /v1/accounts': AccountInfo;
  'POST /v1/accounts/delete': { readonly name: string };
  'GET /v1/invites': { readonly invites: readonly InviteInfo[] };
  'POST /v1/invites': InviteInfo & { readonly token: string };
  'POST /v1/invites/revoke': { readonly revoked: boolean };
  'GET /v1/lockdown': LockedDown;
  'PUT /v1/lockdown': LockedDown & { readonly was: number };
  'GET /v1/status': Status;
  'GET /v1/doctor': Checkup;
  'GET /v1/version': { readonly version: string };
  'POST /v1/reload': Reloaded;
  'GET /v1/key': Keys;
  'POST /v1/key': Keys;
  'GET /v1/log-level': { readonly level: LogLevel };
  'PUT /v1/log-level': { readonly level: LogLevel; readonly was: LogLevel };
}

export type CallName = keyof Answers;
export type Input<C extends CallName> = Inputs[C];

/** Calls that are answered by JSON lines, until the caller goes or the hub ends. */
export interface Streams {
  /** What is committed to the rooms from now on, and how much the caller was too slow for. */
  'GET /v1/events': Entry | Missed;
  /** One line; then the connection stays open until the hub has ended. */
  'POST /v1/stop': { readonly stopping: true; readonly pid: number };
}

export type StreamName = keyof Streams;

/** A gap in a stream: so many entries came while its reader was not reading. */
export interface Missed {
  readonly kind: 'missed';
  readonly count: number;
}

/** Where a notice was put: a room, or `@name` for one user's inbox. */
export interface Noticed {
  readonly log: string;
  readonly seq: number;
  readonly at: number;
}

/** A stop is planned: when, and what everybody was told. */
export interface Draining {
  readonly until: number;
  readonly text: string;
}

/** A backup as it was written: where, and how large. */
export interface BackedUp {
  readonly file: string;
  readonly bytes: number;
}

/** Whom the hub keeps out: a step from 0 to 4, and what it means. */
export interface LockedDown {
  readonly level: number;
  readonly means: string;
}

export interface HistoryPage {
  readonly log: string;
  /** In rising order of `seq`. */
  readonly entries: readonly Entry[];
  /** There are older ones. */
  readonly more: boolean;
}

/** Keys of settings, as they stand in chatroom.toml(5). */
export interface Reloaded {
  /** Those whose changed value counts from now on. */
  readonly changed: readonly string[];
  /** Those whose changed value counts after the next start. */
  readonly afterRestart: readonly string[];
}

/** What the operator may know of the hub's key. A key is told by its fingerprint, `sha256-…`. */
export interface Keys {
  readonly key: string;
  /** Whether the hub made it, the settings name it, or systemd handed it over. */
  readonly from: 'own' | 'settings' | 'credentials';
  readonly certificate: { readonly until: number };
  /** The key that is announced, and since when; null when none is. */
  readonly next: { readonly key: string; readonly since: number } | null;
}

/** What only the daemon knows of itself. */
export interface DaemonStatus {
  readonly startedAt: number;
  /** The addresses people can use, as `host:port`. */
  readonly listening: readonly string[];
  /** The settings file in use; null for none. */
  readonly configFile: string | null;
  /** Every setting's key with its effective value as TOML. */
  readonly settings: Readonly<Record<string, string>>;
  readonly connections: { readonly open: number; readonly accepted: number; readonly refused: number };
  /** What the store holds, or what is wrong with it. */
  readonly store: StoreStats | { readonly problem: string };
}

export interface Status extends DaemonStatus {
  readonly version: string;
  /** Node's own version, such as `v24.15.0`. */
  readonly node: string;
  readonly pid: number;
  readonly memory: { readonly rssBytes: number; readonly heapBytes: number };
  readonly uptimeMs: number;
  readonly logLevel: LogLevel;
  readonly users: { readonly here: number; readonly away: number };
  readonly rooms: number;
  /** When a planned stop is due; null when none is. */
  readonly drainingUntil: number | null;
  /** The step of the lockdown; 0 for none. */
  readonly lockdown: number;
  /** A second, averaged over about the last ten. */
  readonly rates: { readonly entriesPerSecond: number; readonly deliveriesPerSecond: number };
  /** Since the start. */
  readonly totals: { readonly entries: number; readonly deliveries: number; readonly refused: number };
}

/** What only the hub can find out about itself: for `chatctl doctor`. */
export interface Checkup {
  /** The path of the Node that runs it. */
  readonly nodePath: string;
  /** How many files it may have open, connections among them (null: as many as it likes), and how many it has; null where nobody tells. */
  readonly files: { readonly limit: number | null; readonly open: number } | null;
  /** The settings as they stand written now, beside those in force: what reading them would change, or why they would be refused. */
  readonly settings: Reloaded | { readonly problems: readonly string[] };
}

export type ControlErrorCode = ErrorCode | 'bad-config' | 'no-such-path' | 'wrong-method' | 'internal';

/** The body of every answer whose status is not 200. `text` is for people and says the next step. */
export interface Refusal {
  readonly error: { readonly code: ControlErrorCode; readonly text: string };
}

/** What chatctl's exit status tells a script. */
export const EXIT = { done: 0, refused: 1, usage: 2, notRunning: 3, noPermission: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
