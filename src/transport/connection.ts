// One TCP peer: speaks its language once that is known, hands what it asks to the hub, and is the only writer to its socket.

import type { Socket } from 'node:net';
import type { Batch } from '../core/entry.ts';
import { ChatError } from '../core/errors.ts';
import { Doorway } from '../core/doorway.ts';
import { LIMITS } from '../core/limits.ts';
import { bye, type Bye, errorReply, type Reply } from '../core/reply.ts';
import type { Channel, Outlet } from '../core/outlet.ts';
import type { Session } from '../core/session.ts';
import type { Dialect, Request } from '../dialects/dialect.ts';
import { Alarm } from './alarm.ts';
import { Hearing } from './hearing.ts';
import type { ConnectionHost } from './host.ts';
import { type Entered, Entrance } from './entrance.ts';
import { Liveness } from './liveness.ts';
import type { Stranger } from './strangers.ts';
import { endAfterAll, Writer } from './writer.ts';

// entering: the language is not known. speaking: it is. http: the socket is lent to the HTTP server. over: what it still
// sends is not read.
type Phase = 'entering' | 'speaking' | 'http' | 'over';

const NO_IRC = 'IRC is not spoken here: use chat, or nc and a nickname';

const ROOM_NEEDED = bye('too-many-connections', 'your place is needed: say sooner who you are', true);

export class Connection implements Outlet, Stranger {
  readonly #entrance: Entrance;
  readonly #host: ConnectionHost;
  #phase: Phase = 'entering';
  #speech: Dialect | null = null;
  #writer: Writer | null = null;
  #session: Session | null = null;
  #helloId: string | null = null;
  #hearing: Hearing | null = null;
  readonly #doorway: Doorway;
  readonly #alarm = new Alarm();
  readonly #helloAlarm = new Alarm();
  readonly #liveness: Liveness;
  #badInARow = 0;

  constructor(socket: Socket, address: string, host: ConnectionHost) {
    this.#host = host;
    this.#entrance = new Entrance(socket, address, host, {
      claim: (own) => host.claim(this, own),
      entered: (entered) => this.#entered(entered),
    });
    this.#liveness = new Liveness(host.now());
    this.#doorway = new Doorway({
      hub: host.hub,
      outlet: this,
      answer: (reply, id) => this.#answer(reply, id),
      admitted: (session) => this.#admitted(session),
      refused: (error, id) => this.#refused(error, id),
      // Who has tried one password can have another ready: each try takes its turn.
      decided: () => host.rounds.outside.waitAlone(() => this.#hearing?.goOn()),
    });
    socket.setNoDelay(true);
    // A plain peer cannot be pinged: the kernel finds out whether it is still there, and keeps balancers from forgetting it.
    socket.setKeepAlive(true, host.settings.idlePingMs);
    socket.on('error', (error) =>
      host.debug('connection failed', { address: this.address, error: error.message }),
    );
    // Also when it is encrypted, and the bytes go another way.
    socket.on('close', () => this.#closed());
  }

  /** Begins to listen to the peer, if only to turn it away with `refusal` in its own language. */
  start(refusal: Bye | null): void {
    this.#helloAlarm.set(LIMITS.helloWaitMs, () => this.#noHello());
    this.#entrance.refusal = refusal;
    this.#entrance.start();
  }

  get address(): string {
    return this.#entrance.address;
  }

  get channel(): Channel {
    return this.#entrance.channel;
  }

  get dialect(): string {
    return this.#speech?.name ?? '';
  }

  get resumable(): boolean {
    return this.#speech?.resumable ?? false;
  }

  deliver(batch: Batch): boolean {
    if (this.#phase === 'over' || this.#speech === null || this.#writer === null) return false;
    return this.#writer.write(this.#speech.encode(batch));
  }

  reply(reply: Reply): void {
    this.#answer(reply, reply.type === 'welcome' ? this.#helloId : null);
    if (reply.type === 'welcome') this.#tellNextKey();
  }

  /** Tells a peer that can check the key it talks to which one will come after it, if one will. */
  announceNextKey(): void {
    if (this.#session !== null) this.#tellNextKey();
  }

  end(goodbye: Bye): void {
    if (this.#phase === 'over') return;
    if (this.#phase === 'speaking') {
      this.#answer(goodbye, null);
      this.#finish();
      return;
    }
    // It has only just come: it may still show in which language it can be told, or be answered what it asked.
    this.#entrance.refusal ??= goodbye;
    this.#alarm.set(LIMITS.lastWordsMs, () => this.#socket.destroy());
  }

  /** Its place is needed for somebody else: nobody waits until it has read its goodbye. */
  makeRoom(): void {
    this.#answer(ROOM_NEEDED, null);
    this.#writer?.flush();
    this.#closed();
    this.#socket.destroy();
  }

  /** What time brings: a ping for the silent, an end for the dead and the stuck. Called about once a second. */
  sweep(now: number): void {
    if (this.#phase !== 'speaking' || this.#session === null || this.#speech === null) return;
    const waiting = this.#socket.writableLength;
    // Asked only where something waits: of 15,000 who are silent it would be most of what the hub does.
    const taken = waiting === 0 ? 0 : this.#socket.bytesWritten - waiting;
    const { answersPings } = this.#speech;
    const due = this.#liveness.due(now, taken, waiting, answersPings, this.#host.settings);
    if (due === 'ping') this.reply({ type: 'ping' });
    else if (due !== null) this.end(due);
  }

  #tellNextKey(): void {
    const next = this.channel.kind === 'tls' ? this.#host.nextKey() : null;
    if (next !== null) this.#answer({ type: 'next-key', ...next }, null);
  }

  get #socket(): Socket {
    return this.#entrance.socket;
  }

  #entered({ language, head }: Entered): void {
    this.#liveness.heard(this.#host.now());
    switch (language) {
      case 'json':
      case 'plain':
        this.#speak(this.#host.dialect(language), head);
        return;
      case 'http':
        this.#phase = 'http';
        this.#stopTimers();
        this.#alarm.set(this.#entrance.refusal === null ? LIMITS.httpWaitMs : LIMITS.lastWordsMs, () =>
          this.#socket.destroy(),
        );
        this.#host.serveHttp(this.#socket, head);
        return;
      case 'irc':
        this.#socket.write(`ERROR :${this.#entrance.refusal?.text ?? NO_IRC}\r\n`);
        this.#finish();
    }
  }

  #speak(speech: Dialect, head: Buffer): void {
    this.#speech = speech;
    this.#writer = new Writer(this.#socket);
    this.#phase = 'speaking';
    const socket = this.#socket;
    const hearing = new Hearing({
      socket,
      speech,
      rounds: () => (this.#session === null ? this.#host.rounds.outside : this.#host.rounds.inside),
      now: () => this.#host.now(),
      rate: () => this.#host.hub.settings.sessionRate,
      heard: () => this.#liveness.heard(this.#host.now()),
      handle: (request) => this.#handle(request),
      // A peer that asks and does not read what it is answered is not listened to until it has; nor one whose password is
      // being checked.
      mustWait: () => socket.writableLength > LIMITS.writeBufferBytes || this.#doorway.isChecking,
      next: () => (this.#session !== null ? 'in' : this.#doorway.isAsking ? 'password' : null),
      caughtUp: () => this.#caughtUp(speech),
    });
    this.#hearing = hearing;
    socket.on('drain', () => {
      this.#session?.drained();
      hearing.goOn();
    });
    const { refusal } = this.#entrance;
    if (refusal !== null) {
      this.#refuse(refusal);
      return;
    }
    if (speech.greeting !== null) this.#writer.write(speech.greeting);
    hearing.start(head);
  }

  #refuse(refusal: Bye): void {
    // A program looks for what is wrong among the errors; a person need not read it twice.
    if (refusal.code === 'not-secure' && this.resumable)
      this.#answer(errorReply(new ChatError(refusal.code, refusal.text)), null);
    this.end(refusal);
  }

  #handle(request: Request): void {
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
        if (this.#session !== null) {
          const answer = (reply: Reply): void => this.#answer(reply, request.id);
          this.#host.hub.request(this.#session, request.command, request.id, answer);
        } else if (request.command.type === 'ping') {
          this.#answer({ type: 'pong' }, request.id);
        } else {
          this.#answer(errorReply(new ChatError('hello-first', 'say hello with a nick first')), request.id);
        }
        return;
      case 'bad':
        this.#answer(errorReply(request.error), request.id);
        if (request.fatal || ++this.#badInARow >= LIMITS.badRequestsInARow) {
          this.end(bye('bad-input', 'nothing you send can be understood', false));
        }
        return;
      case 'alive':
        return;
    }
  }

  #admitted(session: Session): void {
    this.#session = session;
    this.#host.admitted(this);
    this.#helloAlarm.clear();
  }

  #refused(error: ChatError, id: string | null): void {
    if (!this.resumable && error.retryAfterMs === undefined) {
      this.end(bye('bad-input', error.message, false));
      return;
    }
    this.#answer(errorReply(error), id);
    // A plain peer has no way to say hello again.
    if (!this.resumable) this.end(bye('bad-input', 'come back in a moment', true));
  }

  #answer(reply: Reply, id: string | null): void {
    if (this.#phase !== 'speaking' || this.#speech === null) return;
    const bytes = this.#speech.encodeReply(reply, id);
    if (bytes !== null) this.#writer?.answer(bytes);
  }

  /** Who is not in yet may begin no more than a hello takes. */
  #caughtUp(speech: Dialect): void {
    if (this.#session !== null || speech.heldBytes <= LIMITS.helloBytes) return;
    this.end(bye('bad-input', `say who you are in at most ${LIMITS.helloBytes} bytes`, false));
  }

  #noHello(): void {
    this.end(bye('timeout', 'you did not say who you are', true));
  }

  #finish(): void {
    this.#phase = 'over';
    this.#doorway.leave();
    this.#stopTimers();
    this.#writer?.flush();
    endAfterAll(this.#socket, this.#host.rounds.outside);
    // A peer that does not read its goodbye, or does not close, is not waited for.
    this.#alarm.set(LIMITS.goodbyeMs, () => this.#socket.destroy());
  }

  #closed(): void {
    this.#phase = 'over';
    this.#doorway.leave();
    this.#stopTimers();
    if (this.#session !== null) this.#host.hub.detach(this.#session, this);
    this.#host.closed(this, this.#entrance.claimed);
  }

  #stopTimers(): void {
    this.#entrance.leave();
    this.#hearing?.stop();
    this.#alarm.clear();
    this.#helloAlarm.clear();
  }
}
