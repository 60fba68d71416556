// What people type on its way to the hub: read, checked as the hub would check it, kept in order, sent, and its answer
// told. The room of a line is settled when it is typed: whatever happens to the connection or to the room meanwhile,
// it is said there or not at all.

import type { Command } from '../core/command.ts';
import { ChatError } from '../core/errors.ts';
import { LOBBY, roomName } from '../core/names.ts';
import { nickname } from '../core/nicknames.ts';
import { messageText } from '../core/text.ts';
import { readTyped } from '../core/typed.ts';
import {
  requestFor,
  type WireEntry,
  type WireLine,
  type WireReply,
  type WireRequest,
} from '../dialects/wire.ts';
import type { OnEvent, ShownReply } from './events.ts';
import { type Item, Outbox } from './outbox.ts';
import type { Place } from './place.ts';
import { LONGEST_WAIT_MS } from './timing.ts';

type Answer = Exclude<WireLine, WireEntry>;

export interface TypedSetup {
  readonly run: string;
  readonly send: (request: WireRequest & { id: string }) => void;
  readonly onEvent: OnEvent;
  readonly place: Place;
  readonly isPresent: (name: string) => boolean;
  readonly isAway: () => boolean;
  /** Whether others could read what is sent. */
  readonly isOverheard: () => boolean;
  /** Everything before it is done, and leaving was asked for. */
  readonly onQuit: () => void;
}

/** The one command that says a secret. */
const PASSWORD = /^\s*\/passwd(?:\s|$)/i;

export class Typed {
  readonly #setup: TypedSetup;
  readonly #outbox: Outbox;
  /** The room we talk in when everything typed so far is done, and the one we talk in now. */
  #next = LOBBY;
  #current = LOBBY;
  #ready = false;
  #later: NodeJS.Timeout | null = null;
  /** What was answered in parts so far. */
  #parts: ShownReply[] = [];
  /** What to say on leaving. */
  farewell = '';

  constructor(setup: TypedSetup) {
    this.#setup = setup;
    this.#outbox = new Outbox(setup.run);
  }

  get room(): string {
    return this.#next;
  }

  get waiting(): number {
    return this.#outbox.size;
  }

  idle(): Promise<void> {
    return this.#outbox.idle();
  }

  /** @throws ChatError when it can be refused without the hub. */
  submit(line: string): void {
    // The hub would refuse it, but by then it would have been on the way.
    if (PASSWORD.test(line) && this.#setup.isOverheard())
      throw new ChatError(
        'not-secure',
        'nothing is encrypted here, so no password is sent: leave out --plain',
      );
    const command = checked(readTyped(line, this.#next, this.#setup.isPresent));
    const request = requestFor(command);
    if (command.type === 'quit') this.farewell = command.text;
    if (command.type === 'quit' && this.#setup.isAway()) {
      this.#setup.onQuit();
      return;
    }
    if (command.type === 'join') this.#next = command.room;
    if (command.type === 'part' && command.room === this.#next) this.#next = LOBBY;
    this.#outbox.add(command, request);
    if (this.#setup.isAway()) this.#setup.onEvent({ type: 'waiting', line });
    this.#pump();
  }

  /** The hub is there, and it is known what was done before. */
  resume(): void {
    this.#ready = true;
    this.#pump();
  }

  /** The hub is gone: what it has not answered is sent again after the return, with the same id. */
  interrupt(): void {
    this.#ready = false;
    this.#parts = [];
    this.#outbox.unsent();
    if (this.#later !== null) clearTimeout(this.#later);
    this.#later = null;
  }

  /** A room we were in is no longer ours. */
  outOf(room: string): void {
    this.#setup.place.forget(room);
    if (this.#current === room) this.#current = LOBBY;
    if (this.#next === room) this.#next = this.#current;
  }

  /**
   * `entry` was kept while we were away. A restarted hub does not know our ids, so a message of ours that it kept
   * without our learning of it is recognised by its words.
   */
  wasDone({ type, log, from, text }: WireEntry): void {
    const { head } = this.#outbox;
    if (head === undefined || head.sentAs !== from || head.command.type !== 'say') return;
    const { command } = head;
    if (type === (command.action ? 'action' : 'message') && log === command.room && text === command.text)
      this.#settle();
  }

  /** Takes what the hub answers to what was typed, or says unasked. */
  answered(line: Answer): void {
    const { head } = this.#outbox;
    if (line.id === undefined) {
      if (line.type === 'error') this.#setup.onEvent({ type: 'trouble', text: line.text });
      else if (line.type === 'info') this.#setup.onEvent({ type: 'answer', reply: line });
    } else if (line.id !== head?.id) {
      // The answer to something that was done with before.
    } else if (line.type === 'error') {
      this.#refused(head, line);
    } else if (!this.#told(line)) {
      this.#done(head);
      this.#settle();
    }
  }

  #refused(head: Item, { text, retry_after_ms: wait }: Extract<WireReply, { type: 'error' }>): void {
    if (wait !== undefined && wait <= LONGEST_WAIT_MS) {
      this.#later = setTimeout(() => {
        this.#outbox.unsent();
        this.#pump();
      }, wait);
      return;
    }
    this.#setup.onEvent({ type: 'trouble', text });
    if (head.command.type === 'join' && this.#next === head.command.room) this.#next = this.#current;
    this.#settle();
  }

  /** Tells an answer that is for reading. True when more of it follows. */
  #told(reply: Answer): boolean {
    const { onEvent } = this.#setup;
    switch (reply.type) {
      case 'who':
      case 'rooms':
      case 'bans': {
        this.#parts.push(reply);
        if (reply.more) return true;
        onEvent({ type: 'answer', reply: joined(this.#parts, reply) });
        this.#parts = [];
        return false;
      }
      case 'history':
      case 'search':
      case 'topic-is':
      case 'help':
      case 'info':
        onEvent({ type: 'answer', reply });
        return false;
      default:
        return false;
    }
  }

  #done({ command }: Item): void {
    const { place, onEvent } = this.#setup;
    if (command.type === 'join') this.#current = command.room;
    if (command.type === 'nick') place.nick = command.nick;
    if (command.type === 'part') {
      this.outOf(command.room);
      onEvent({ type: 'note', text: `you left ${command.room}` });
    }
  }

  #settle(): void {
    this.#outbox.settle();
    this.#setup.onEvent({ type: 'changed' });
    this.#pump();
  }

  #pump(): void {
    const { head } = this.#outbox;
    if (!this.#ready || head === undefined || head.underWay) return;
    if (head.command.type === 'quit') {
      this.#outbox.settle();
      this.#setup.onQuit();
      return;
    }
    head.underWay = true;
    head.sentAs ??= this.#setup.place.nick;
    this.#setup.send({ ...head.request, id: head.id });
  }
}

/** The command in the form in which it will be kept. @throws ChatError in the hub's own words. */
function checked(command: Command): Command {
  switch (command.type) {
    case 'say':
    case 'tell':
      return { ...command, text: messageText(command.text) };
    case 'join':
    case 'part':
      return { ...command, room: roomName(command.room) };
    case 'nick':
      return { ...command, nick: nickname(command.nick) };
    default:
      return command;
  }
}

function joined(parts: readonly ShownReply[], last: ShownReply): ShownReply {
  if (last.type === 'who')
    return { ...last, users: parts.flatMap((part) => (part.type === 'who' ? part.users : [])) };
  if (last.type === 'rooms')
    return { ...last, rooms: parts.flatMap((part) => (part.type === 'rooms' ? part.rooms : [])) };
  if (last.type === 'bans')
    return { ...last, bans: parts.flatMap((part) => (part.type === 'bans' ? part.bans : [])) };
  return last;
}
