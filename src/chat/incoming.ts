// Reads a hub's line. Nothing in it is trusted: each field is checked, and each text is made safe to show once more,
// since an old or hostile hub may not have done it.

import { ENTRY_KINDS, type EntryKind } from '../core/entry.ts';
import { BYE_CODES, ERROR_CODES } from '../core/errors.ts';
import type { BanInfo, LogState } from '../core/reply.ts';
import { safeLine, safeText } from '../core/text.ts';
import type { WireEntry, WireLine, WireReply, WireUser } from '../dialects/wire.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A field that is missing or of another kind than the protocol says. */
class Malformed extends Error {}

const KINDS: ReadonlySet<string> = new Set(ENTRY_KINDS);

/** What `line` says; null when it is nothing this client understands, which newer hubs may well say. */
export function readHubLine(line: string): WireLine | null {
  try {
    const fields = record(JSON.parse(line));
    const type = text(fields, 'type');
    if (KINDS.has(type)) return readEntry(fields);
    const reply = readReply(type, fields);
    if (reply === null) return null;
    return typeof fields['id'] === 'string' ? { ...reply, id: fields['id'] } : reply;
  } catch (error) {
    if (error instanceof Malformed || error instanceof SyntaxError) return null;
    throw error;
  }
}

export function isEntry(line: WireLine): line is WireEntry {
  return KINDS.has(line.type);
}

function readReply(type: string, fields: Fields): WireReply | null {
  switch (type) {
    case 'welcome':
      return readWelcome(fields);
    case 'challenge':
      return { type, nonce: name(fields, 'nonce') };
    case 'next-key':
      return { type, key: name(fields, 'key'), signature: name(fields, 'signature') };
    case 'ok':
      return {
        type,
        ...(fields['log'] === undefined ? {} : { log: name(fields, 'log') }),
        ...(fields['seq'] === undefined ? {} : { seq: count(fields, 'seq') }),
      };
    case 'who':
      return {
        type,
        ...(fields['room'] === undefined ? {} : { room: name(fields, 'room') }),
        users: list(fields, 'users').map(readUser),
        more: fields['more'] === true,
      };
    case 'rooms': {
      const rooms = list(fields, 'rooms').map((room) => ({
        room: name(room, 'room'),
        members: count(room, 'members'),
        topic: name(room, 'topic'),
        seq: count(room, 'seq'),
      }));
      return { type, rooms, more: fields['more'] === true };
    }
    case 'bans':
      return { type, bans: list(fields, 'bans').map(readBan), more: fields['more'] === true };
    case 'history':
    case 'search': {
      const entries = list(fields, 'entries').map(readEntry);
      return { type, log: name(fields, 'log'), entries, more: fields['more'] === true };
    }
    case 'topic-is':
      return { type, room: name(fields, 'room'), text: name(fields, 'text') };
    case 'help':
      return {
        type,
        rows: list(fields, 'rows').map((row) => ({ usage: name(row, 'usage'), help: name(row, 'help') })),
      };
    case 'info':
      return { type, text: name(fields, 'text') };
    case 'error': {
      const wait =
        fields['retry_after_ms'] === undefined ? {} : { retry_after_ms: count(fields, 'retry_after_ms') };
      return {
        type,
        code: oneOf(ERROR_CODES, fields['code'], 'bad-request'),
        text: name(fields, 'text'),
        ...wait,
      };
    }
    case 'bye': {
      const code = oneOf(BYE_CODES, fields['code'], 'bad-input');
      return { type, code, text: name(fields, 'text'), reconnect: fields['reconnect'] === true };
    }
    case 'ping':
    case 'pong':
      return { type };
    default:
      return null;
  }
}

function readWelcome(fields: Fields): Extract<WireReply, { type: 'welcome' }> {
  const limits = record(fields['limits']);
  return {
    type: 'welcome',
    nick: name(fields, 'nick'),
    session: name(fields, 'session'),
    token: text(fields, 'token'),
    resumed: fields['resumed'] === true,
    recovered: fields['recovered'] === true,
    ...(fields['missed'] === undefined ? {} : { missed: count(fields, 'missed') }),
    logs: list(fields, 'logs').map((log): LogState => ({
      log: name(log, 'log'),
      epoch: text(log, 'epoch'),
      seq: count(log, 'seq'),
    })),
    limits: {
      text_chars: count(limits, 'text_chars'),
      nick_chars: count(limits, 'nick_chars'),
      line_bytes: count(limits, 'line_bytes'),
      resume_grace_ms: count(limits, 'resume_grace_ms'),
      idle_ping_ms: count(limits, 'idle_ping_ms'),
    },
    hub: name(fields, 'hub'),
    version: name(fields, 'version'),
  };
}

function readEntry(fields: Fields): WireEntry {
  const kind = text(fields, 'type');
  if (!KINDS.has(kind)) throw new Malformed();
  return {
    type: kind as EntryKind,
    log: name(fields, 'log'),
    seq: count(fields, 'seq'),
    at: count(fields, 'at'),
    from: name(fields, 'from'),
    ...(fields['to'] === undefined ? {} : { to: name(fields, 'to') }),
    text: safeText(text(fields, 'text')),
  };
}

function readUser(fields: Fields): WireUser {
  return {
    nick: name(fields, 'nick'),
    session: name(fields, 'session'),
    ...(fields['account'] === undefined ? {} : { account: name(fields, 'account') }),
    dialect: name(fields, 'dialect'),
    client: name(fields, 'client'),
    rooms: array(fields, 'rooms').map((room) => {
      if (typeof room !== 'string') throw new Malformed();
      return safeLine(room);
    }),
    since: count(fields, 'since'),
    active_at: count(fields, 'active_at'),
    state: fields['state'] === 'away' ? 'away' : 'here',
  };
}

function readBan(fields: Fields): BanInfo {
  return {
    id: name(fields, 'id'),
    act: fields['act'] === 'mute' ? 'mute' : 'ban',
    target: name(fields, 'target'),
    until: fields['until'] === null ? null : count(fields, 'until'),
    reason: name(fields, 'reason'),
    note: name(fields, 'note'),
    by: name(fields, 'by'),
    at: count(fields, 'at'),
  };
}

function record(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Malformed();
  return value as Fields;
}

function text(fields: Fields, key: string): string {
  const value = fields[key];
  if (typeof value !== 'string') throw new Malformed();
  return value;
}

/** A text of one line. */
function name(fields: Fields, key: string): string {
  return safeLine(text(fields, key));
}

function count(fields: Fields, key: string): number {
  const value = fields[key];
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Malformed();
  return value as number;
}

function array(fields: Fields, key: string): readonly unknown[] {
  const value = fields[key];
  if (!Array.isArray(value)) throw new Malformed();
  return value;
}

function list(fields: Fields, key: string): Fields[] {
  return array(fields, key).map(record);
}

function oneOf<T extends string>(all: readonly T[], value: unknown, otherwise: T): T {
  return all.find((each) => each === value) ?? otherwise;
}
