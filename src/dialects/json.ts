// The native dialect: one JSON object a line, both ways (chatroom-protocol(7)).

import type { Batch } from '../core/entry.ts';
import { ChatError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import { INBOX } from '../core/names.ts';
import type { Reply } from '../core/reply.ts';
import type { Loss } from '../core/session.ts';
import type { Dialect, DialectSetup, Request } from './dialect.ts';
import { Encodings } from './encodings.ts';
import { LineSplitter } from './lines.ts';
import { bannedText, unbannedText } from './phrases.ts';
import { readRequest } from './request.ts';
import { wireEntry, type WireReply } from './wire.ts';

const encodings = new Encodings(
  (entry) => `${JSON.stringify(wireEntry(entry, entry.log.startsWith('@') ? INBOX : entry.log))}\n`,
);

export class JsonDialect implements Dialect {
  readonly name = 'json';
  readonly resumable = true;
  readonly answersPings = true;
  readonly greeting = null;
  readonly quietMs = 0;
  readonly #setup: DialectSetup;
  #isIn = false;
  readonly #lines = new LineSplitter(LIMITS.lineBytes);

  constructor(setup: DialectSetup) {
    this.#setup = setup;
  }

  get heldBytes(): number {
    return this.#lines.held;
  }

  takes(bytes: Buffer): number {
    // Who is not in has one thing to say, and what comes after it may be many more tries to come in.
    return this.#isIn ? LIMITS.decodedBytes : bytes.indexOf(10) + 1 || bytes.length;
  }

  decode(chunk: Buffer): Request[] {
    const requests: Request[] = [];
    for (const line of this.#lines.push(chunk)) {
      if (line === null) {
        const error = new ChatError(
          'too-long',
          `a line has at most ${LIMITS.lineBytes} bytes: send less at once`,
        );
        requests.push({ kind: 'bad', error, id: null, fatal: false });
      } else if (line !== '') {
        requests.push(readRequest(line));
      }
    }
    return requests;
  }

  proceed(next: 'in' | 'password'): Request[] {
    this.#isIn ||= next === 'in';
    return [];
  }

  quiet(): Request[] {
    return [];
  }

  encode(batch: Batch): Buffer {
    return encodings.of(batch);
  }

  encodeReply(reply: Reply, id: string | null): Buffer | null {
    const line = this.#line(reply);
    if (line === null) return null;
    return Buffer.from(`${JSON.stringify(id === null ? line : { ...line, id })}\n`);
  }

  #line(reply: Reply): WireReply | null {
    switch (reply.type) {
      case 'welcome': {
        const { nick, session, token, resumed, recovered, losses, logs, account, role } = reply;
        return {
          type: 'welcome',
          nick,
          session,
          token,
          resumed,
          recovered,
          ...(losses.length > 0 ? { losses: [...losses], missed: sum(losses) } : {}),
          logs: [...logs],
          ...(account === '' ? {} : { account }),
          role,
          limits: {
            text_chars: LIMITS.textChars,
            nick_chars: LIMITS.nickChars,
            line_bytes: LIMITS.lineBytes,
            resume_grace_ms: this.#setup.resumeGraceMs,
            idle_ping_ms: this.#setup.idlePingMs,
          },
          hub: this.#setup.hubName,
          version: this.#setup.version,
        };
      }
      case 'who': {
        const users = reply.users.map(
          ({ nick, session, account, dialect, channel, client, rooms, since, activeAt, state }) => ({
            nick,
            session,
            ...(account === '' ? {} : { account }),
            dialect,
            channel,
            client,
            rooms: [...rooms],
            since,
            active_at: activeAt,
            state,
          }),
        );
        return { type: 'who', ...(reply.room === null ? {} : { room: reply.room }), users, more: reply.more };
      }
      case 'history':
      case 'search':
        return {
          type: reply.type,
          log: reply.log,
          entries: reply.entries.map((entry) => wireEntry(entry, reply.log)),
          more: reply.more,
        };
      case 'rooms':
        return { type: 'rooms', rooms: [...reply.rooms], more: reply.more };
      case 'topic':
        return { type: 'topic-is', room: reply.room, text: reply.text };
      case 'help':
        return { type: 'help', rows: [...reply.rows] };
      case 'error': {
        const { code, text, retryAfterMs } = reply;
        return {
          type: 'error',
          code,
          text,
          ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }),
        };
      }
      case 'ok':
      case 'challenge':
      case 'info':
      case 'next-key':
      case 'bye':
      case 'ping':
      case 'pong':
        return reply;
      case 'banned':
        return { type: 'info', text: bannedText(reply) };
      case 'unbanned':
        return reply.matched > 0
          ? { type: 'ok' }
          : { type: 'error', code: 'bad-request', text: unbannedText(reply) };
      case 'bans':
        return { type: 'bans', bans: [...reply.bans], more: reply.more };
      // In the room a kick is a request like any; its outcome is the entry that everybody sees.
      case 'kicked':
        return reply.matched > 0
          ? { type: 'ok' }
          : { type: 'error', code: 'no-such-user', text: 'nobody here has that name: who lists who is here' };
      // The welcome and its own join entry have told a client already; only people are asked for a password.
      case 'arrived':
      case 'password-wanted':
        return null;
    }
  }
}

function sum(losses: readonly Loss[]): number {
  return losses.reduce((all, { missed }) => all + missed, 0);
}
