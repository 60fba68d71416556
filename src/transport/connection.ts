// One TCP peer: finds out what it speaks, hands what it asks to the hub, and is the only writer to its socket.

import type { Socket } from 'node:net';
import type { Batch } from '../core/entry.ts';
import { ChatError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import { bye, type Bye, errorReply, type Reply } from '../core/reply.ts';
import type { Channel, Outlet } from '../core/outlet.ts';
import type { Session } from '../core/session.ts';
import type { Dialect, Request } from '../dialects/dialect.ts';
import type { ConnectionHost } from './host.ts';
import { Liveness } from './liveness.ts';
import { type Opened, Opening } from './opening.ts';
import { isLoopback } from './peers.ts';

// sniffing: the language is not known. speaking: it is. http: the socket is lent to the HTTP server. over: what it still
// sends is not read.
type Phase = 'sniffing' | 'speaking' | 'http' | 'over';

export class Connection implements Outlet {
  address: string;
  readonly #socket: Socket;
  readonly #host: ConnectionHost;
  #phase: Phase = 'sniffing';
  readonly #opening: Opening;
  #speech: Dialect | null = null;
  #session: Session | null = null;
  #helloId: string | null = null;
  /** What it asked while its answers did not get through. */
  #unheard: readonly Request[] = [];
  /** Why it will be turned away as soon as it can be told in its own language. */
  #refusal: ChatError | null = null;
  #claimed: string | null = null;
  #timer: NodeJS.Timeout | null = null;
  #helloTimer: NodeJS.Timeout | null = null;
  readonly #liveness: Liveness;
  #badInARow = 0;

  constructor(socket: Socket, address: string, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    this.#opening = new Opening(host.settings.isProxy(address));
    this.address = address;
    this.#liveness = new Liveness(host.now());
    socket.setNoDelay(true);
    // A plain peer cannot be pinged: the kernel finds out whether it is still there, and keeps balancers from forgetting it.
    socket.setKeepAlive(true, host.settings.idlePingMs);
    socket.on('data', (chunk: Buffer) => this.#received(chunk));
    socket.on('drain', () => this.#drained());
    socket.on('error', (error) =>
      host.debug('connection failed', { address: this.address, error: error.message }),
    );
    socket.on('close', () => this.#closed());
  }

  /** Begins to listen to the peer. */
  start(): void {
    this.#helloTimer = setTimeout(() => this.#noHello(), LIMITS.helloWaitMs);
    if (!this.#opening.proxied) this.#claim();
    this.#wait(LIMITS.firstBytesWaitMs);
  }

  get dialect(): string {
    return this.#speech?.name ?? '';
  }

  get channel(): Channel {
    return { kind: isLoopback(this.address) ? 'local' : 'open', binding: null };
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

  #claim(): void {
    try {
      this.#claimed = this.address;
      this.#host.claim(this.address);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.#refusal = error;
    }
  }

  #received(chunk: Buffer): void {
    this.#liveness.heard(this.#host.now());
    if (this.#phase === 'sniffing') this.#sniff(chunk);
    else if (this.#phase === 'speaking' && this.#speech !== null) this.#handle(this.#speech.decode(chunk));
  }

  #sniff(chunk: Buffer): void {
    const { proxied } = this.#opening;
    const opened = this.#opening.push(chunk);
    if (opened === 'bad') {
      this.#badProxyHeader();
      return;
    }
    if (proxied && !this.#opening.proxied) {
      this.address = this.#opening.announced ?? this.address;
      this.#claim();
      this.#wait(LIMITS.firstBytesWaitMs);
    }
    if (opened !== null) this.#speak(opened);
  }

  #badProxyHeader(): void {
    this.#host.debug('bad PROXY header', { address: this.address });
    this.#socket.destroy();
  }

  #speak({ language, head }: Opened): void {
    this.#stopWaiting();
    // A balancer that speaks for itself, without a header, counts like any peer.
    if (this.#claimed === null) this.#claim();
    switch (language) {
      case 'json':
      case 'plain':
        this.#speech = this.#host.dialect(language);
        this.#phase = 'speaking';
        if (this.#refusal !== null) {
          this.end(bye('too-many-connections', this.#refusal.message, true));
          return;
        }
        if (this.#speech.greeting !== null) this.#socket.write(this.#speech.greeting);
        if (head.length > 0) this.#handle(this.#speech.decode(head));
        return;
      case 'http':
        this.#phase = 'http';
        this.#stopTimers();
        this.#timer = setTimeout(() => this.#socket.destroy(), LIMITS.httpWaitMs);
        for (const event of ['data', 'drain']) this.#socket.removeAllListeners(event);
        this.#host.serveHttp(this.#socket, head);
        return;
      case 'irc':
        this.#socket.write('ERROR :IRC is not spoken here: use chat, or nc and a nickname\r\n');
        this.#finish();
        return;
      case 'tls':
        this.#phase = 'over';
        this.#socket.destroy();
    }
  }

  #handle(requests: readonly Request[]): void {
    for (const [i, request] of requests.entries()) {
      if (this.#phase === 'over') return;
      this.#handleOne(request);
      if (this.#socket.writableLength <= LIMITS.writeBufferBytes) continue;
      // A peer that asks and does not read what it is answered is not listened to until it has.
      this.#unheard = requests.slice(i + 1);
      this.#socket.pause();
      break;
    }
    // Whoever is being waved goodbye has a timer that must not be stopped.
    if (this.#phase === 'over') return;
    const { quietMs } = this.#speech as Dialect;
    if (quietMs > 0) this.#wait(quietMs);
    else this.#stopWaiting();
  }

  #handleOne(request: Request): void {
    switch (request.kind) {
      case 'hello':
        this.#hello(request);
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

  #hello({ hello, id }: Extract<Request, { kind: 'hello' }>): void {
    if (this.#session !== null) {
      this.#answer(
        errorReply(new ChatError('already-welcome', 'you are in already: use nick to change your name')),
        id,
      );
      return;
    }
    this.#helloId = id;
    try {
      this.#session = this.#host.hub.admit(this, hello);
      this.#stopHelloTimer();
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.#answer(errorReply(error), id);
      // A plain peer has no way to say hello again.
      if (!this.resumable) this.end(bye('bad-input', 'come back in a moment', true));
    }
  }

  #answer(reply: Reply, id: string | null): void {
    if (this.#phase !== 'speaking' || this.#speech === null) return;
    const bytes = this.#speech.encodeReply(reply, id);
    if (bytes !== null) this.#socket.write(bytes);
  }

  #drained(): void {
    this.#session?.drained();
    if (!this.#socket.isPaused()) return;
    const requests = this.#unheard;
    this.#unheard = [];
    this.#socket.resume();
    this.#handle(requests);
  }

  #wait(ms: number): void {
    this.#stopWaiting();
    this.#timer = setTimeout(() => this.#waited(), ms);
  }

  #waited(): void {
    if (this.#phase === 'sniffing') {
      const opened = this.#opening.silence();
      if (opened === 'bad') this.#badProxyHeader();
      else this.#speak(opened);
    } else if (this.#phase === 'speaking' && this.#speech !== null) {
      this.#handle(this.#speech.quiet());
    }
  }

  #noHello(): void {
    this.end(bye('timeout', 'you did not say who you are', true));
  }

  #finish(): void {
    this.#phase = 'over';
    this.#stopTimers();
    this.#socket.end();
    // A peer that does not read its goodbye, or does not close, is not waited for.
    this.#timer = setTimeout(() => this.#socket.destroy(), LIMITS.goodbyeMs);
  }

  #closed(): void {
    this.#phase = 'over';
    this.#stopTimers();
    if (this.#session !== null) this.#host.hub.detach(this.#session, this);
    this.#host.closed(this, this.#claimed);
  }

  #stopWaiting(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #stopHelloTimer(): void {
    if (this.#helloTimer !== null) clearTimeout(this.#helloTimer);
    this.#helloTimer = null;
  }

  #stopTimers(): void {
    this.#stopWaiting();
    this.#stopHelloTimer();
  }
}
