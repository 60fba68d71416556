// A conversation with the original server, in its own language: it asks for a nickname, takes one read for one
// message, and sends everything on to everybody or, when there is an `@` in it, to whoever it thinks is meant. It has
// no acknowledgement, so a message counts as sent when it is on its way. What it cannot do is refused here, and so is
// what it would do wrong.

import type { Command } from '../core/command.ts';
import { helpFor } from '../core/commands.ts';
import { ChatError } from '../core/errors.ts';
import { foldName, LOBBY } from '../core/names.ts';
import { messageText, safeText } from '../core/text.ts';
import { readTyped } from '../core/typed.ts';
import { Ending, type ExitStatus } from './ending.ts';
import type { OnEvent, Talk } from './events.ts';
import type { Follower, Link } from './link.ts';
import type { Timing } from './timing.ts';

/** The original reads so many bytes at once; a longer message would arrive in pieces without a name. */
const MAX_BYTES = 1024;
const KNOWN = ['/msg', '/help', '/quit'];

export interface OriginalTalkSetup {
  readonly link: Link;
  readonly nick: string;
  readonly timing: Timing;
  readonly onEvent: OnEvent;
}

export class OriginalTalk implements Talk, Follower {
  readonly nick: string;
  readonly room = LOBBY;
  readonly #setup: OriginalTalkSetup;
  readonly #people = new Map<string, string>();
  readonly #entered = Promise.withResolvers<void>();
  readonly #queue: string[] = [];
  #idle: (() => void)[] = [];
  #pacing: NodeJS.Timeout | null = null;
  #state: 'entering' | 'here' | 'away' | 'ended' = 'entering';

  /** @throws ChatError `bad-nick` for a name the original cannot read. */
  constructor(setup: OriginalTalkSetup) {
    this.#setup = setup;
    this.nick = ascii(
      setup.nick,
      'bad-nick',
      'this server can read plain Latin letters only: choose another nickname',
    );
    this.#entered.promise.catch(() => {});
  }

  get away(): boolean {
    return this.#state === 'away';
  }

  get waiting(): number {
    return this.#queue.length;
  }

  people(): string[] {
    return [...this.#people.values()];
  }

  rooms(): string[] {
    return [];
  }

  entered(): Promise<void> {
    if (this.#state === 'entering') this.#setup.link.send(this.nick);
    return this.#entered.promise;
  }

  idle(): Promise<void> {
    if (this.#pacing === null && this.#queue.length === 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle.push(resolve);
    return promise;
  }

  submit(line: string): void {
    const command = readTyped(line, LOBBY, (name) => this.#people.has(foldName(name)));
    switch (command.type) {
      case 'say':
        if (command.action) throw unable('/me');
        this.#say(command.text);
        break;
      case 'tell':
        this.#tell(command);
        break;
      case 'help': {
        const rows = helpFor('user').filter(({ usage }) => KNOWN.some((each) => usage.startsWith(each)));
        this.#setup.onEvent({ type: 'answer', reply: { type: 'help', rows } });
        break;
      }
      case 'quit':
        void this.idle().then(() => this.leave());
        break;
      default:
        throw unable(`/${command.type}`);
    }
    if (this.away) this.#setup.onEvent({ type: 'waiting', line });
    this.#setup.onEvent({ type: 'changed' });
  }

  leave(): void {
    this.#end(0, '');
  }

  back(): void {
    // Nothing else until it has answered: what comes with the nickname is taken for a part of it.
    this.#people.clear();
    this.#setup.link.send(this.nick);
  }

  lost(why: string): void {
    if (this.#state === 'ended') return;
    if (this.#state === 'entering') {
      this.#end(3, `the server ended the connection before it let us in (${why}): try again`);
      return;
    }
    if (this.#state === 'here') {
      this.#setup.onEvent({ type: 'note', text: `connection lost (${why}); trying again …` });
    }
    this.#state = 'away';
    this.#setup.onEvent({ type: 'changed' });
  }

  failed({ status, message }: Ending): void {
    this.#end(status, message);
  }

  received(text: string): void {
    // Nothing marks where a message ends; only its own greeting is known well enough to be set apart.
    const lines = safeText(text.replace(/(?<=.)Connected to server!$/, '\nConnected to server!'));
    for (const line of lines.split('\n')) this.#noteComing(line);
    this.#setup.onEvent({ type: 'heard', text: lines });
    if (this.#state === 'entering' || this.#state === 'away') this.#arrived(this.#state);
  }

  #arrived(from: 'entering' | 'away'): void {
    const first = 'this is the original server: it has one room, plain Latin letters, and no history';
    this.#state = 'here';
    this.#setup.onEvent({
      type: 'note',
      text: from === 'entering' ? first : 'back; what was said meanwhile was missed',
    });
    this.#setup.onEvent({ type: 'changed' });
    this.#entered.resolve();
    this.#pump();
  }

  #noteComing(line: string): void {
    const [, name = '', what] = /^(\S+) (joined|left)!$/.exec(line) ?? [];
    if (what === 'joined') this.#people.set(foldName(name), name);
    else if (what === 'left') this.#people.delete(foldName(name));
  }

  #say(text: string): void {
    if (text.includes('@')) {
      throw new ChatError(
        'not-spoken',
        'this server keeps a text with an @ in it from the room: write it without, or @name text for one person',
      );
    }
    this.#send(text);
  }

  #tell({ to, text }: Extract<Command, { type: 'tell' }>): void {
    const name = this.#people.get(foldName(to)) ?? to;
    // It sends to everybody whose name the text after the @ begins with, so a shorter name reads along.
    const also = this.people().find((each) => each !== name && `${name} ${text}`.startsWith(each));
    if (also !== undefined) {
      throw new ChatError(
        'not-spoken',
        `this server would show it to ${also} too, whose name begins the same: not sent`,
      );
    }
    this.#send(`@${name} ${text}`);
    const at = Date.now();
    const entry = {
      type: 'private',
      log: '',
      seq: 0,
      at,
      from: this.nick,
      to: name,
      text: messageText(text),
    } as const;
    this.#setup.onEvent({ type: 'entry', entry, old: false });
  }

  #send(words: string): void {
    const text = ascii(
      messageText(words),
      'not-spoken',
      'this server can read plain Latin letters only: write it without others',
    );
    const bytes = `${this.nick}: ${text}`;
    if (bytes.length > MAX_BYTES) {
      const most = MAX_BYTES - this.nick.length - 2;
      throw new ChatError(
        'too-long',
        `this server takes at most ${most} characters, this text has ${text.length}: send it in parts`,
      );
    }
    this.#queue.push(bytes);
    this.#pump();
  }

  /** Sends what waits, each message apart from the one before. */
  #pump(): void {
    if (this.#state !== 'here' || this.#pacing !== null) return;
    const next = this.#queue.shift();
    if (next === undefined) {
      for (const resolve of this.#idle) resolve();
      this.#idle = [];
      return;
    }
    this.#setup.link.send(next);
    this.#pacing = setTimeout(() => {
      this.#pacing = null;
      this.#pump();
    }, this.#setup.timing.originalPaceMs);
  }

  #end(status: ExitStatus, text: string): void {
    if (this.#state === 'ended') return;
    const entering = this.#state === 'entering';
    this.#state = 'ended';
    if (this.#pacing !== null) clearTimeout(this.#pacing);
    // The original never notices a connection that was closed in the usual way; a reset it understands.
    this.#setup.link.close('reset');
    if (entering) this.#entered.reject(new Ending(status, text));
    else this.#setup.onEvent({ type: 'ended', status, text });
  }
}

/** `text` without accents and typographic quotes. @throws ChatError `code` when other characters are left. */
function ascii(text: string, code: 'bad-nick' | 'not-spoken', why: string): string {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[‘’]/g, "'")
    .replace(/[“”„]/g, '"')
    .replace(/[‐-―]/g, '-');
  if (!/^[\n -~]*$/.test(plain)) throw new ChatError(code, why);
  return plain;
}

function unable(what: string): ChatError {
  return new ChatError('not-spoken', `this server does not know ${what}: it was not sent`);
}
