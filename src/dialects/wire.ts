// The native dialect's words as JSON objects: what a client may ask and what the hub says (chatroom-protocol(7)).
// The hub's codec and the terminal client both speak from this page.

import type { Command } from '../core/command.ts';
import type { Role } from '../core/commands.ts';
import type { Entry, EntryKind } from '../core/entry.ts';
import type { ByeCode, ErrorCode } from '../core/errors.ts';
import { INBOX } from '../core/names.ts';
import type { Channel } from '../core/outlet.ts';
import type { Loss } from '../core/session.ts';
import type { BanInfo, HelpRow, LogState, RoomInfo } from '../core/reply.ts';

/** How a client shows that a name is its own: a public key (32 bytes of Ed25519, base64url), or a password. */
export type WireAuth = ({ key: string } | { password: string }) & { invite?: string };

/** What a client sends, without its `id`. Times are Unix ms, `seq` counts from 1. */
export type WireRequest =
  | {
      type: 'hello';
      nick: string;
      client?: string;
      auth?: WireAuth;
      resume?: { token: string; after: Record<string, number> };
    }
  | { type: 'auth'; signature: string }
  | { type: 'passwd'; password: string; old?: string }
  | {
      type: 'ban' | 'mute';
      target: string;
      seconds?: number;
      text?: string;
      note?: string;
      dry_run?: boolean;
    }
  | { type: 'unban' | 'unmute'; target: string }
  | { type: 'bans' }
  | { type: 'kick'; to: string; text?: string }
  | { type: 'notice'; text: string; room?: string; to?: string }
  | { type: 'say'; room?: string; text: string; action?: true }
  | { type: 'tell'; to: string; text: string }
  | { type: 'join'; room: string }
  | { type: 'part'; room: string }
  | { type: 'nick'; nick: string }
  | { type: 'who'; room?: string }
  | { type: 'rooms' }
  | { type: 'history'; room?: string; inbox?: true; before?: number; after?: number; limit?: number }
  | { type: 'search'; room?: string; inbox?: true; text: string; before?: number; limit?: number }
  | { type: 'topic'; room: string; text?: string }
  | { type: 'ack'; log: string; seq: number }
  | { type: 'report'; log: string; seq: number; text?: string }
  | { type: 'help' }
  | { type: 'ping' }
  | { type: 'pong' }
  | { type: 'quit'; text?: string };

/** An entry as a line of its own: its `type` is its kind, `log` is `@me` for the reader's own inbox. */
export interface WireEntry {
  type: EntryKind;
  log: string;
  seq: number;
  at: number;
  from: string;
  to?: string;
  text: string;
}

/** A participant as others may know it. */
export interface WireUser {
  nick: string;
  session: string;
  /** Only of one who is signed in. */
  account?: string;
  dialect: string;
  /** What its connection goes over; '' while it has none. A hub of the first version does not tell. */
  channel?: Channel['kind'] | '';
  client: string;
  rooms: string[];
  since: number;
  active_at: number;
  state: 'here' | 'away';
}

export interface WireLimits {
  text_chars: number;
  nick_chars: number;
  line_bytes: number;
  resume_grace_ms: number;
  idle_ping_ms: number;
}

/** What the hub answers; those that answer a request carry its `id`. */
export type WireReply =
  | {
      type: 'welcome';
      nick: string;
      session: string;
      token: string;
      resumed: boolean;
      recovered: boolean;
      /** What was not recovered, log by log, and in all. */
      losses?: Loss[];
      missed?: number;
      logs: LogState[];
      /** Only for one who is signed in. */
      account?: string;
      role?: Role;
      limits: WireLimits;
      hub: string;
      version: string;
    }
  | { type: 'challenge'; nonce: string }
  | { type: 'next-key'; key: string; signature: string }
  | { type: 'ok'; log?: string; epoch?: string; seq?: number; at?: number; delivery?: 'delivered' | 'stored' }
  | { type: 'who'; room?: string; users: WireUser[]; more: boolean }
  | { type: 'rooms'; rooms: RoomInfo[]; more: boolean }
  | { type: 'bans'; bans: BanInfo[]; more: boolean }
  | { type: 'history'; log: string; entries: WireEntry[]; more: boolean }
  | { type: 'search'; log: string; entries: WireEntry[]; more: boolean }
  | { type: 'topic-is'; room: string; text: string }
  | { type: 'help'; rows: HelpRow[] }
  | { type: 'info'; text: string }
  | { type: 'error'; code: ErrorCode; text: string; retry_after_ms?: number }
  | { type: 'bye'; code: ByeCode; text: string; reconnect: boolean }
  | { type: 'ping' }
  | { type: 'pong' };

export type WireLine = (WireReply & { id?: string }) | WireEntry;

/** An entry as the reader who calls the log `logName` sees it. */
export function wireEntry(entry: Entry, logName: string): WireEntry {
  const { kind, seq, at, from, to, text } = entry;
  return { type: kind, log: logName, seq, at, from, ...(to === '' ? {} : { to }), text };
}

/** The request that asks for `command`. */
export function requestFor(command: Command): WireRequest {
  switch (command.type) {
    case 'say': {
      const { room, text, action } = command;
      return action ? { type: 'say', room, text, action } : { type: 'say', room, text };
    }
    case 'tell':
      return { type: 'tell', to: command.to, text: command.text };
    case 'join':
    case 'part':
      return { type: command.type, room: command.room };
    case 'nick':
      return { type: 'nick', nick: command.nick };
    case 'who':
      return command.room === null ? { type: 'who' } : { type: 'who', room: command.room };
    case 'history': {
      const { log, before, after, limit } = command;
      const place = before !== null ? { before } : after !== null ? { after } : {};
      return { type: 'history', ...(log === INBOX ? { inbox: true } : { room: log }), ...place, limit };
    }
    case 'search': {
      const { log, text, before, limit } = command;
      const place = before === null ? {} : { before };
      return { type: 'search', ...(log === INBOX ? { inbox: true } : { room: log }), text, ...place, limit };
    }
    case 'topic':
      return { type: 'topic', room: command.room, ...(command.text === null ? {} : { text: command.text }) };
    case 'ack':
      return { type: 'ack', log: command.log, seq: command.seq };
    case 'report':
      return { type: 'report', log: command.log, seq: command.seq, text: command.text };
    case 'rooms':
    case 'bans':
    case 'help':
    case 'ping':
      return { type: command.type };
    case 'quit':
      return { type: 'quit', text: command.text };
    case 'passwd': {
      const { old, password } = command;
      return { type: 'passwd', ...(old === null ? {} : { old }), password };
    }
    case 'ban': {
      const { mute, target, forMs, reason, note, dryRun } = command;
      return {
        type: mute ? 'mute' : 'ban',
        target,
        ...(forMs === null ? {} : { seconds: forMs / 1000 }),
        ...(reason === '' ? {} : { text: reason }),
        ...(note === '' ? {} : { note }),
        ...(dryRun ? { dry_run: true } : {}),
      };
    }
    case 'unban':
      return { type: command.mute ? 'unmute' : 'unban', target: command.target };
    case 'kick': {
      const { target, reason } = command;
      return { type: 'kick', to: target, ...(reason === '' ? {} : { text: reason }) };
    }
    case 'notice': {
      const { to, text } = command;
      const where = to.scope === 'room' ? { room: to.room } : to.scope === 'user' ? { to: to.name } : {};
      return { type: 'notice', ...where, text };
    }
  }
}
