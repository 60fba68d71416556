// Reads one line of the native dialect: which request it is, with every field checked.

import type { Auth, Command, NoticeTarget } from '../core/command.ts';
import { ChatError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import { INBOX, LOBBY } from '../core/names.ts';
import { charCount, safeLine } from '../core/text.ts';
import type { Request } from './dialect.ts';

// 32 bytes: the last of 43 letters carries four bits, so that each key is written in one way only.
const PUBLIC_KEY = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

type Fields = Readonly<Record<string, unknown>>;

/** Never throws: what cannot be understood is a `bad` request that carries its `id` when it has one. */
export function readRequest(line: string): Request {
  let fields: Fields;
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new SyntaxError('not an object');
    fields = value as Fields;
  } catch {
    const error = new ChatError('bad-json', 'that line is not a JSON object: send one object a line');
    return { kind: 'bad', error, id: null, fatal: false };
  }
  const id =
    typeof fields['id'] === 'string' && fields['id'].length <= LIMITS.requestIdChars ? fields['id'] : null;
  try {
    if (fields['id'] !== undefined && id === null) {
      throw new ChatError('bad-request', `id is a string of at most ${LIMITS.requestIdChars} characters`);
    }
    return readFields(fields, id);
  } catch (error) {
    if (error instanceof ChatError) return { kind: 'bad', error, id, fatal: false };
    throw error;
  }
}

function readFields(fields: Fields, id: string | null): Request {
  const command = readCommand(fields);
  if (command !== null) return { kind: 'command', command, id };
  switch (fields['type']) {
    case 'hello':
      return {
        kind: 'hello',
        hello: {
          nick: text(fields, 'nick'),
          client: clientName(optionalText(fields, 'client') ?? ''),
          onTaken: 'refuse',
          resume: readResume(fields['resume']),
          auth: readAuth(fields['auth']),
        },
        id,
      };
    case 'auth':
      return { kind: 'auth', signature: bounded(text(fields, 'signature'), 'signature'), id };
    case 'pong':
      return { kind: 'alive' };
    default: {
      const type = typeof fields['type'] === 'string' ? safeLine(fields['type'].slice(0, 32)) : 'nothing';
      throw new ChatError(
        'unknown-type',
        `there is no request of type ${type}: chatroom-protocol(7) lists them`,
      );
    }
  }
}

function readCommand(fields: Fields): Command | null {
  switch (fields['type']) {
    case 'say':
      return {
        type: 'say',
        room: optionalText(fields, 'room') ?? LOBBY,
        text: text(fields, 'text'),
        action: fields['action'] === true,
      };
    case 'tell':
      return { type: 'tell', to: text(fields, 'to'), text: text(fields, 'text') };
    case 'join':
      return { type: 'join', room: text(fields, 'room') };
    case 'part':
      return { type: 'part', room: text(fields, 'room') };
    case 'nick':
      return { type: 'nick', nick: text(fields, 'nick') };
    case 'who':
      return { type: 'who', room: optionalText(fields, 'room') };
    case 'rooms':
      return { type: 'rooms' };
    case 'history':
      return {
        type: 'history',
        log: fields['inbox'] === true ? INBOX : (optionalText(fields, 'room') ?? LOBBY),
        before: optionalCount(fields, 'before'),
        after: optionalCount(fields, 'after'),
        limit: optionalCount(fields, 'limit') ?? 50,
      };
    case 'search':
      return {
        type: 'search',
        log: fields['inbox'] === true ? INBOX : (optionalText(fields, 'room') ?? LOBBY),
        text: text(fields, 'text'),
        before: optionalCount(fields, 'before'),
        limit: optionalCount(fields, 'limit') ?? 50,
      };
    case 'topic':
      return {
        type: 'topic',
        room: optionalText(fields, 'room') ?? LOBBY,
        text: optionalText(fields, 'text'),
      };
    case 'ack':
      return { type: 'ack', log: text(fields, 'log'), seq: count(fields, 'seq') };
    case 'report':
      return {
        type: 'report',
        log: text(fields, 'log'),
        seq: count(fields, 'seq'),
        text: optionalText(fields, 'text') ?? '',
      };
    case 'ping':
      return { type: 'ping' };
    case 'help':
      return { type: 'help' };
    case 'passwd':
      return { type: 'passwd', old: optionalText(fields, 'old'), password: text(fields, 'password') };
    case 'ban':
    case 'mute': {
      const seconds = optionalCount(fields, 'seconds');
      return {
        type: 'ban',
        mute: fields['type'] === 'mute',
        target: text(fields, 'target'),
        forMs: seconds === null ? null : seconds * 1000,
        reason: optionalText(fields, 'text') ?? '',
        note: optionalText(fields, 'note') ?? '',
        dryRun: fields['dry_run'] === true,
        force: false,
      };
    }
    case 'unban':
    case 'unmute':
      return { type: 'unban', mute: fields['type'] === 'unmute', target: text(fields, 'target') };
    case 'bans':
      return { type: 'bans' };
    case 'kick':
      return { type: 'kick', target: text(fields, 'to'), reason: optionalText(fields, 'text') ?? '' };
    case 'notice':
      return { type: 'notice', to: noticeTo(fields), text: text(fields, 'text') };
    case 'quit':
      return { type: 'quit', text: optionalText(fields, 'text') ?? '' };
    default:
      return null;
  }
}

function readResume(value: unknown): { token: string; after: Map<string, number> } | null {
  if (value === undefined || value === null) return null;
  const bad = new ChatError(
    'bad-request',
    'resume is {token, after: {log: seq}}: take both from the last session',
  );
  if (typeof value !== 'object') throw bad;
  const { token, after = {} } = value as { token?: unknown; after?: unknown };
  if (typeof token !== 'string' || charCount(token) > LIMITS.tokenChars) throw bad;
  if (typeof after !== 'object' || after === null) throw bad;
  const places = Object.entries(after as Fields);
  if (places.length > LIMITS.roomsPerSession + 1) throw bad;
  return {
    token,
    after: new Map(
      places.map(([log, seq]) => {
        if (!isCount(seq)) throw bad;
        return [log, seq];
      }),
    ),
  };
}

function readAuth(value: unknown): Auth | null {
  if (value === undefined || value === null) return null;
  const bad = new ChatError('bad-request', 'auth is {key} or {password}, both with invite or without');
  if (typeof value !== 'object') throw bad;
  const { key, password, invite = '' } = value as Fields;
  if (typeof invite !== 'string' || invite.length > LIMITS.tokenChars) throw bad;
  if (typeof key === 'string' && password === undefined) {
    if (!PUBLIC_KEY.test(key))
      throw new ChatError('bad-request', 'auth.key is the 32 bytes of an Ed25519 public key in base64url');
    return { kind: 'key', key, invite };
  }
  if (typeof password !== 'string' || key !== undefined) throw bad;
  return { kind: 'password', password: bounded(password, 'password'), invite };
}

function noticeTo(fields: Fields): NoticeTarget {
  const room = optionalText(fields, 'room');
  const name = optionalText(fields, 'to');
  if (room !== null) return { scope: 'room', room };
  return name === null ? { scope: 'all' } : { scope: 'user', name };
}

function bounded(value: string, name: string): string {
  if (value.length <= LIMITS.passwordChars) return value;
  throw new ChatError('too-long', `${name} has at most ${LIMITS.passwordChars} characters`);
}

/** What a peer calls its software, cut rather than refused. */
function clientName(raw: string): string {
  return Array.from(safeLine(raw)).slice(0, LIMITS.clientNameChars).join('');
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string')
    throw new ChatError('bad-request', `${String(fields['type'])} needs ${name}, a string`);
  return value;
}

function optionalText(fields: Fields, name: string): string | null {
  return fields[name] === undefined || fields[name] === null ? null : text(fields, name);
}

function count(fields: Fields, name: string): number {
  const value = fields[name];
  if (!isCount(value)) throw new ChatError('bad-request', `${name} is a whole number from 0 on`);
  return value;
}

function optionalCount(fields: Fields, name: string): number | null {
  return fields[name] === undefined || fields[name] === null ? null : count(fields, name);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
