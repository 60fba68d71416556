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
import type { ConnectionHost } from './host.ts';
import { type Entered, Entrance } from './entrance.ts';
import { Liveness } from './liveness.ts';

// entering: the language is not known. speaking: it is. http: the socket is lent to the HTTP server. over: what it still
// sends is not read.
type Phase = 'entering' | 'speaking' | 'http' | 'over';

const NO_IRC = 'IRC is not spoken here: use chat, or nc and a nickname';

export class Connection implements Outlet {
  readonly #entrance: Entrance;
  readonly #host: ConnectionHost;
  #phase: Phase = 'entering';
  #speech: Dialect | null = null;
  #session: Session | null = null;
  #helloId: string | null = null;
  /** What it asked while its answers did not get through. */
  #unheard: readonly Request[] = [];
  readonly #doorway: Doorway;
  readonly #alarm = new Alarm();
  readonly #helloAlarm = new Alarm();
  readonly #liveness: Liveness;
  #badInARow = 0;

  constructor(socket: Socket, address: string, host: ConnectionHost) {
    this.#host = host;
    this.#entrance = new Entrance(socket, address, host, (entered) => this.#entered(entered));
    this.#liveness = new Liveness(host.now());
    this.#doorway = new Doorway({
      hub: host.hub,
      outlet: this,
      answer: (reply, id) => this.#answer(reply, id),
      admitted: (session) => this.#admitted(session),
      refused: (error, id) => this.#refused(error, id),
      decided: () => this.#goOn(),
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

  /** Begins to listen to the peer. */
  start(): void {
    this.#helloAlarm.set(LIMITS.helloWaitMs, () => this.#noHello());
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
    if (this.#phase === 'over' || this.#speech === null) return false;
    // False with nothing left to write means the kernel took it all and only the count crossed the mark.
    return this.#socket.write(this.#speech.encode(batch)) || this.#socket.writableLength === 0;
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
    if (this.#phase === 'http') this.#socket.destroy();
    if (this.#phase === 'over' || this.#phase === 'http') return;
    this.#answer(goodbye, null);
    this.#finish();
  }

  /** What time brings: a ping for the silent, an end for the dead and the stuck. Called about once a second. */
  sweep(): void {
    if (this.#phase !== 'speaking' || this.#session === null || this.#speech === null) return;
    const waiting = this.#socket.writableLength;
    const taken = this.#socket.bytesWritten - waiting;
    const { answersPings } = this.#speech;
    const due = this.#liveness.due(this.#host.now(), taken, waiting, answersPings, this.#host.settings);
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

  #received(chunk: Buffer): void {
    this.#liveness.heard(this.#host.now());
    if (this.#phase === 'speaking' && this.#speech !== null) this.#handle(this.#speech.decode(chunk));
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
        this.#alarm.set(LIMITS.httpWaitMs, () => this.#socket.destroy());
        this.#host.serveHttp(this.#socket, head);
        return;
      case 'irc':
        this.#socket.write(`ERROR :${this.#entrance.refusal?.text ?? NO_IRC}\r\n`);
        this.#finish();
    }
  }

  #speak(speech: Dialect, head: Buffer): void {
    this.#speech = speech;
    this.#phase = 'speaking';
    this.#socket.on('data', (chunk: Buffer) => this.#received(chunk));
    this.#socket.on('drain', () => this.#drained());
    const { refusal } = this.#entrance;
    if (refusal !== null) {
      this.#refuse(refusal);
      return;
    }
    if (speech.greeting !== null) this.#socket.write(speech.greeting);
    if (head.length > 0) this.#handle(speech.decode(head));
  }

  #refuse(refusal: Bye): void {
    // A program looks for what is wrong among the errors; a person need not read it twice.
    if (refusal.code === 'not-secure' && this.resumable)
      this.#answer(errorReply(new ChatError(refusal.code, refusal.text)), null);
    this.end(refusal);
  }

  #handle(requests: readonly Request[]): void {
    for (const [i, request] of requests.entries()) {
      if (this.#phase === 'over') return;
      this.#handleOne(request);
      if (this.#socket.writableLength <= LIMITS.writeBufferBytes && !this.#doorway.isChecking) continue;
      // A peer that asks and does not read what it is answered is not listened to until it has; nor one whose password is
      // being checked.
      this.#unheard = requests.slice(i + 1);
      this.#socket.pause();
      break;
    }
    // Whoever is being waved goodbye has a timer that must not be stopped.
    if (this.#phase === 'over' || this.#speech === null) return;
    if (!this.#socket.isPaused() && (this.#session !== null || this.#doorway.isAsking)) {
      const meant = this.#speech.proceed(this.#session === null ? 'password' : 'in');
      if (meant.length > 0) {
        this.#handle(meant);
        return;
      }
    }
    const { quietMs } = this.#speech;
    if (quietMs > 0) this.#alarm.set(quietMs, () => this.#waited());
    else this.#alarm.clear();
  }

  #handleOne(request: Request): void {
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
    if (bytes !== null) this.#socket.write(bytes);
  }

  #drained(): void {
    this.#session?.drained();
    this.#goOn();
  }

  /** Listens again to a peer that was not listened to, when nothing is in the way any more. */
  #goOn(): void {
    if (!this.#socket.isPaused() || this.#doorway.isChecking || this.#phase === 'over') return;
    if (this.#socket.writableLength > LIMITS.writeBufferBytes) return;
    const requests = this.#unheard;
    this.#unheard = [];
    this.#socket.resume();
    this.#handle(requests);
  }

  #waited(): void {
    if (this.#phase === 'speaking' && this.#speech !== null) {
      this.#handle(this.#speech.quiet());
    }
  }

  #noHello(): void {
    this.end(bye('timeout', 'you did not say who you are', true));
  }

  #finish(): void {
    this.#phase = 'over';
    this.#doorway.leave();
    this.#stopTimers();
    this.#socket.end();
    // What it still sends is taken and dropped: a socket closed over unread bytes takes back what it was told.
    this.#socket.resume();
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
    this.#alarm.clear();
    this.#helloAlarm.clear();
  }
}
