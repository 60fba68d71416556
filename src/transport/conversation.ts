// What is said with one peer whose language is known: what it asks goes to the hub, and what it is told is put into its language.

import type { Socket } from 'node:net';
import { type Door, Doorway } from '../core/doorway.ts';
import type { Batch } from '../core/entry.ts';
import { ChatError } from '../core/errors.ts';
import type { Hub } from '../core/hub.ts';
import { LIMITS } from '../core/limits.ts';
import type { Outlet } from '../core/outlet.ts';
import type { Rate } from '../core/rate.ts';
import { bye, type Bye, errorReply, type Reply } from '../core/reply.ts';
import type { Session } from '../core/session.ts';
import type { Dialect, Request } from '../dialects/dialect.ts';
import { Hearing, type Speaker } from './hearing.ts';
import type { ConnectionHost } from './host.ts';
import { Liveness } from './liveness.ts';
import type { Rounds } from './rounds.ts';
import { Writer } from './writer.ts';

/** The connection it goes over. */
export interface Line extends Outlet {
  readonly socket: Socket;
  readonly host: ConnectionHost;
  /** The peer has said hello and is in. */
  admitted(): void;
}

// Its parts call its methods: a closure for each of these calls would be a quarter of the heap that a silent connection takes.
export class Conversation implements Door, Speaker {
  readonly outlet: Line;
  readonly speech: Dialect;
  session: Session | null = null;
  readonly #writer: Writer;
  readonly #hearing: Hearing;
  readonly #doorway: Doorway;
  readonly #liveness: Liveness;
  #helloId: string | null = null;
  #badInARow = 0;
  #isOver = false;

  constructor(line: Line, speech: Dialect) {
    this.outlet = line;
    this.speech = speech;
    this.#writer = new Writer(line.socket);
    this.#hearing = new Hearing(line.socket, speech, this);
    this.#doorway = new Doorway(this);
    this.#liveness = new Liveness(this.now());
    line.socket.on('drain', () => {
      this.session?.drained();
      this.#hearing.goOn();
    });
  }

  /** Greets the peer and listens to it; `head`: what it has said already. */
  start(head: Buffer): void {
    if (this.speech.greeting !== null) this.#writer.write(this.speech.greeting);
    this.#hearing.start(head);
  }

  /** Hears and says nothing more. */
  stop(): void {
    this.#isOver = true;
    this.#doorway.leave();
    this.#hearing.stop();
  }

  /** Writes what was said. */
  flush(): void {
    this.#writer.flush();
  }

  deliver(batch: Batch): boolean {
    return !this.#isOver && this.#writer.write(this.speech.encode(batch));
  }

  reply(reply: Reply): void {
    this.answer(reply, reply.type === 'welcome' ? this.#helloId : null);
    if (reply.type === 'welcome') this.#tellNextKey();
  }

  answer(reply: Reply, id: string | null): void {
    if (this.#isOver) return;
    const bytes = this.speech.encodeReply(reply, id);
    if (bytes !== null) this.#writer.answer(bytes);
  }

  /** Tells a peer that can check the key it talks to which one will come after it, if one will. */
  announceNextKey(): void {
    if (this.session !== null) this.#tellNextKey();
  }

  #tellNextKey(): void {
    const next = this.outlet.channel.kind === 'tls' ? this.outlet.host.nextKey() : null;
    if (next !== null) this.answer({ type: 'next-key', ...next }, null);
  }

  /** What time brings to one who is in: a ping for the silent, a goodbye for the dead and the stuck. */
  due(now: number): 'ping' | Bye | null {
    if (this.session === null) return null;
    const { socket, host } = this.outlet;
    const waiting = socket.writableLength;
    // Asked only where something waits: of 15,000 who are silent it would be most of what the hub does.
    const taken = waiting === 0 ? 0 : socket.bytesWritten - waiting;
    return this.#liveness.due(now, taken, waiting, this.speech.answersPings, host.settings);
  }

  handle(request: Request): void {
    switch (request.kind) {
      case 'hello':
        this.#helloId = request.id;
        this.#doorway.hello(request.hello, request.id);
        return;
      case 'auth':
        this.#doorway.auth(request.signature, request.id);
        return;
      case 'password':
        this.#doorway.password(request.password);
        return;
      case 'command':
        this.#badInARow = 0;
        if (this.session !== null) {
          const answer = (reply: Reply): void => this.answer(reply, request.id);
          this.hub.request(this.session, request.command, request.id, answer);
        } else if (request.command.type === 'ping') {
          this.answer({ type: 'pong' }, request.id);
        } else {
          this.answer(errorReply(new ChatError('hello-first', 'say hello with a nick first')), request.id);
        }
        return;
      case 'bad':
        this.answer(errorReply(request.error), request.id);
        if (request.fatal || ++this.#badInARow >= LIMITS.badRequestsInARow) {
          this.outlet.end(bye('bad-input', 'nothing you send can be understood', false));
        }
        return;
      case 'alive':
        return;
    }
  }

  admitted(session: Session): void {
    this.session = session;
    this.outlet.admitted();
  }

  refused(error: ChatError, id: string | null): void {
    const { resumable } = this.speech;
    if (!resumable && error.retryAfterMs === undefined) {
      this.outlet.end(bye('bad-input', error.message, false));
      return;
    }
    this.answer(errorReply(error), id);
    // A plain peer has no way to say hello again.
    if (!resumable) this.outlet.end(bye('bad-input', 'come back in a moment', true));
  }

  // Who has tried one password can have another ready: each try takes its turn.
  decided(): void {
    this.outlet.host.rounds.outside.waitAlone(() => this.#hearing.goOn());
  }

  get hub(): Hub {
    return this.outlet.host.hub;
  }

  get rounds(): Rounds {
    const { inside, outside } = this.outlet.host.rounds;
    return this.session === null ? outside : inside;
  }

  get rate(): Rate {
    return this.hub.settings.sessionRate;
  }

  now(): number {
    return this.outlet.host.now();
  }

  heard(): void {
    this.#liveness.heard(this.now());
  }

  // A peer that asks and does not read what it is answered is not listened to until it has; nor one whose password is being checked.
  mustWait(): boolean {
    return this.outlet.socket.writableLength > LIMITS.writeBufferBytes || this.#doorway.isChecking;
  }

  next(): 'in' | 'password' | null {
    if (this.session !== null) return 'in';
    return this.#doorway.isAsking ? 'password' : null;
  }

  /** Who is not in yet may begin no more than a hello takes. */
  caughtUp(): void {
    if (this.session !== null || this.speech.heldBytes <= LIMITS.helloBytes) return;
    this.outlet.end(bye('bad-input', `say who you are in at most ${LIMITS.helloBytes} bytes`, false));
  }
}
