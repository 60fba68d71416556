// What the hub answers to one participant alone; entries, which everyone in a log gets, are in entry.ts.

import type { Role } from './commands.ts';
import type { BanAct } from './ban.ts';
import type { Entry } from './entry.ts';
import type { Channel } from './outlet.ts';
import type { Loss } from './session.ts';
import type { ByeCode, ChatError, ErrorCode } from './errors.ts';

/** Where one log stands: the welcome lists one for each log the session follows. */
export interface LogState {
  readonly log: string;
  readonly epoch: string;
  /** The entry before the first that will follow. */
  readonly seq: number;
}

/** One participant as `who` tells of it. Times are Unix milliseconds. */
export interface UserInfo {
  readonly nick: string;
  readonly session: string;
  /** The account it is signed in to, by its name; '' for none. */
  readonly account: string;
  readonly address: string;
  readonly dialect: string;
  /** What its connection goes over; '' while it has none. */
  readonly channel: Channel['kind'] | '';
  readonly client: string;
  readonly rooms: readonly string[];
  readonly since: number;
  readonly activeAt: number;
  readonly state: 'here' | 'away';
  /** Committed entries it has not been sent yet. */
  readonly lag: number;
}

export interface RoomInfo {
  readonly room: string;
  readonly members: number;
  readonly topic: string;
  /** The last committed entry's number. */
  readonly seq: number;
}

/** A ban or a mute as `bans` tells of it. */
export interface BanInfo {
  readonly id: string;
  readonly act: BanAct;
  /** Whom it is for, as one would write it. */
  readonly target: string;
  /** Unix ms; null for no end. */
  readonly until: number | null;
  readonly reason: string;
  readonly note: string;
  readonly by: string;
  readonly at: number;
}

/** One row of the command table as `help` tells of it. */
export interface HelpRow {
  readonly usage: string;
  readonly help: string;
}

export type Reply =
  | {
      readonly type: 'welcome';
      readonly nick: string;
      readonly session: string;
      readonly token: string;
      readonly resumed: boolean;
      readonly recovered: boolean;
      /** What cannot be recovered, when `recovered` is false. */
      readonly losses: readonly Loss[];
      readonly logs: readonly LogState[];
      /** The name of the account it is signed in to; '' for none. */
      readonly account: string;
      readonly role: Role;
    }
  /** What a newcomer is to sign with its key. */
  | { readonly type: 'challenge'; readonly nonce: string }
  /** A person is to type the password of `nick`; `text` says so, and what else can be done. */
  | { readonly type: 'password-wanted'; readonly text: string }
  /** The newcomer's own join has been shown to it. */
  | { readonly type: 'arrived' }
  | {
      readonly type: 'ok';
      readonly log?: string;
      readonly epoch?: string;
      readonly seq?: number;
      readonly at?: number;
      /** What became of a private text: sent to somebody who is here, or kept for when they come back. */
      readonly delivery?: 'delivered' | 'stored';
    }
  | {
      readonly type: 'who';
      readonly room: string | null;
      readonly users: readonly UserInfo[];
      /** More answers to the same question follow. */
      readonly more: boolean;
    }
  | { readonly type: 'rooms'; readonly rooms: readonly RoomInfo[]; readonly more: boolean }
  | {
      readonly type: 'history';
      readonly log: string;
      readonly entries: readonly Entry[];
      /** There is more in the direction asked. */
      readonly more: boolean;
    }
  | {
      readonly type: 'search';
      readonly log: string;
      /** Newest first. */
      readonly entries: readonly Entry[];
      readonly more: boolean;
    }
  | { readonly type: 'topic'; readonly room: string; readonly text: string }
  | { readonly type: 'help'; readonly rows: readonly HelpRow[] }
  /** Something to know about one's own request, such as another nickname than the one asked for. */
  | { readonly type: 'info'; readonly text: string }
  | {
      readonly type: 'error';
      readonly code: ErrorCode;
      readonly text: string;
      readonly retryAfterMs?: number;
    }
  /** The key the hub will have one day, in the word of the one it has now. */
  | { readonly type: 'next-key'; readonly key: string; readonly signature: string }
  | { readonly type: 'kicked'; readonly matched: number }
  /** `hits`: the names of those who are here and whom it is for. `done`: false when it was only asked what would be. */
  | {
      readonly type: 'banned';
      readonly ban: BanInfo;
      readonly hits: readonly string[];
      readonly done: boolean;
    }
  | { readonly type: 'unbanned'; readonly matched: number }
  | { readonly type: 'bans'; readonly bans: readonly BanInfo[]; readonly more: boolean }
  | { readonly type: 'ping' }
  | { readonly type: 'pong' }
  | { readonly type: 'bye'; readonly code: ByeCode; readonly text: string; readonly reconnect: boolean };

export type Bye = Extract<Reply, { type: 'bye' }>;

/** An operating error as the one who made it is told. */
export function errorReply({ code, message, retryAfterMs }: ChatError): Reply {
  return { type: 'error', code, text: message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** A goodbye. `reconnect`: whether it makes sense to come back by oneself. */
export function bye(code: ByeCode, text: string, reconnect: boolean): Bye {
  return { type: 'bye', code, text, reconnect };
}
