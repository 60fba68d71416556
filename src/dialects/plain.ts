// The plain dialect: the language of the original client, and of people with `nc` (chatroom-protocol(7)).
//
// A peer that ends its nickname with a newline is line-mode: lines both ways, in UTF-8. One that does not is raw-mode,
// as the original client is: each segment it sends is a message, and what it is sent has no newline at the end.

import type { Command } from '../core/command.ts';
import type { Batch } from '../core/entry.ts';
import { ChatError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import { foldName, LOBBY } from '../core/names.ts';
import type { Reply } from '../core/reply.ts';
import { readTyped } from '../core/typed.ts';
import type { Dialect, DialectSetup, Request } from './dialect.ts';
import { LineSplitter } from './lines.ts';
import { replyPhrases } from './phrases.ts';
import { LineVoice, RawVoice, type Voice } from './voices.ts';

const GREETING = Buffer.from('NICKNAME');

// asking: no nickname yet. settling: it came without a newline, which may still follow. entering: it is being decided
// whether it may come in, and what it sends has no meaning yet. password: the next line is one. line, raw: in the room.
type State = 'asking' | 'settling' | 'entering' | 'password' | 'line' | 'raw';

export class PlainDialect implements Dialect {
  readonly name = 'plain';
  readonly resumable = false;
  readonly answersPings = false;
  readonly greeting = GREETING;
  readonly #setup: DialectSetup;
  readonly #lines = new LineSplitter(LIMITS.lineBytes);
  #state: State = 'asking';
  /** What came before its first newline, if any comes. */
  #begun = '';
  /** Lines that came before it was decided what they mean. */
  #waiting: (string | null)[] = [];
  #voice: Voice = new LineVoice();
  /** What the peer calls itself: the original client puts it before each of its texts. */
  #calledItself = '';
  /** The rooms it entered: it talks in the last of them. */
  #entered: readonly string[] = [];

  constructor(setup: DialectSetup) {
    this.#setup = setup;
  }

  get quietMs(): number {
    return this.#state === 'settling' ? LIMITS.plainNickSettleMs : 0;
  }

  get heldBytes(): number {
    return this.#lines.held;
  }

  takes(bytes: Buffer): number {
    switch (this.#state) {
      case 'asking':
      case 'settling':
        // The nickname alone: what follows it is better understood when that is decided.
        return bytes.indexOf('\n') + 1 || bytes.length;
      case 'raw':
        return bytes.length;
      default:
        return LIMITS.decodedBytes;
    }
  }

  decode(chunk: Buffer): Request[] {
    switch (this.#state) {
      case 'asking':
      case 'settling':
        return this.#decodeNickname(chunk);
      case 'entering':
        this.#waiting.push(...this.#lines.push(chunk));
        return [];
      case 'password':
        this.#waiting.push(...this.#lines.push(chunk));
        return this.proceed('password');
      case 'line':
        return this.#decodeLines(this.#lines.push(chunk));
      case 'raw':
        return this.#said(withoutLineEnd(chunk.toString('utf8')));
    }
  }

  proceed(next: 'in' | 'password'): Request[] {
    if (this.#state === 'raw') return [];
    if (next === 'in') {
      this.#state = 'line';
      return this.#decodeLines(this.#waiting.splice(0));
    }
    this.#state = 'password';
    const [line] = this.#waiting.splice(0, 1);
    if (line === undefined) return [];
    this.#state = 'entering';
    return line === null ? [tooLong()] : [{ kind: 'password', password: line }];
  }

  quiet(): Request[] {
    if (this.#state !== 'settling') return [];
    return this.#enterRaw(this.#lines.rest() ?? '', null);
  }

  encode(batch: Batch): Buffer {
    return this.#voice.batch(batch, this.#setup.now());
  }

  encodeReply(reply: Reply, id: string | null): Buffer | null {
    // What it asked to enter and could not is no room it talks in.
    if (reply.type === 'error' && id !== null) this.#entered = this.#entered.filter((room) => room !== id);
    const now = this.#setup.now();
    const phrases = replyPhrases(reply, now);
    return phrases.length === 0 ? null : this.#voice.lines(phrases, now);
  }

  #decodeNickname(chunk: Buffer): Request[] {
    const [first, ...rest] = this.#lines.push(chunk);
    if (first !== undefined) {
      this.#state = 'entering';
      this.#begun = '';
      // What follows may be a password: it is not read before that is known.
      this.#waiting = rest;
      return [this.#hello(first?.trim() ?? '', 'ask')];
    }
    const segment = chunk.toString('utf8');
    const held = this.#begun;
    // The original client, when it is typed at by a program, may send its first text before the hub has settled that
    // the nickname has no newline, or even before its nickname. It puts its name before each text, which tells.
    if (held !== '' && segment.length > held.length && segment.startsWith(`${held}: `))
      return this.#enterRaw(held, segment);
    if (held !== '' && held.startsWith(`${segment}: `)) return this.#enterRaw(segment, held);
    this.#begun += segment;
    if (this.#lines.held === 0) return this.#enterRaw('', null);
    this.#state = 'settling';
    return [];
  }

  #enterRaw(nick: string, text: string | null): Request[] {
    this.#state = 'raw';
    this.#voice = new RawVoice();
    this.#begun = '';
    const hello = this.#hello(nick.trim(), 'vary');
    return text === null ? [hello] : [hello, ...this.#said(text)];
  }

  #hello(nick: string, onTaken: 'ask' | 'vary'): Request {
    this.#calledItself = nick;
    return { kind: 'hello', hello: { nick, client: '', onTaken, resume: null, auth: null }, id: null };
  }

  #decodeLines(lines: readonly (string | null)[]): Request[] {
    return lines.flatMap((line) => (line === null ? [tooLong()] : this.#said(line)));
  }

  /** What the peer said, in one line or one segment. */
  #said(words: string): Request[] {
    const prefix = `${this.#calledItself}: `;
    const text = this.#calledItself !== '' && words.startsWith(prefix) ? words.slice(prefix.length) : words;
    if (text.trim() === '') return [];
    // A text that happens to end with NICKNAME can reach the original client as if the hub had asked again.
    if (this.#state === 'raw' && words === this.#calledItself) return [];
    try {
      const command = readTyped(text, this.#entered.at(-1) ?? LOBBY, this.#setup.isPresent);
      return [{ kind: 'command', command, id: this.#noteRoom(command) }];
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      return [{ kind: 'bad', error, id: null, fatal: false }];
    }
  }

  /** Whoever enters a room goes on talking there. Returns the room as the mark for the answer, which may be no. */
  #noteRoom(command: Command): string | null {
    if (command.type !== 'join' && command.type !== 'part') return null;
    const room = foldName(command.room.startsWith('#') ? command.room : `#${command.room}`);
    const others = this.#entered.filter((each) => each !== room);
    this.#entered = command.type === 'join' ? [...others, room] : others;
    return command.type === 'join' ? room : null;
  }
}

/** An expression for this would look from each of many newlines to the end. */
function withoutLineEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === '\n' || text[end - 1] === '\r')) end--;
  return text.slice(0, end);
}

function tooLong(): Request {
  const error = new ChatError('too-long', `a line has at most ${LIMITS.lineBytes} bytes: send it in parts`);
  return { kind: 'bad', error, id: null, fatal: false };
}
