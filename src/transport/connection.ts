// One TCP peer: finds out what it speaks, hands what it asks to the hub, and is the only writer to its socket.

import type { Socket } from 'node:net';
import type { Batch } from '../core/entry.ts';
import { ChatError } from '../core/errors.ts';
import type { Hub } from '../core/hub.ts';
import { LIMITS } from '../core/limits.ts';
import { type Bye, errorReply, type Reply } from '../core/reply.ts';
import type { Outlet, Session } from '../core/session.ts';
import type { Dialect, Request } from '../dialects/dialect.ts';
import { readProxyHeader } from './proxy-protocol.ts';
import { type Language, sniff } from './sniff.ts';

/** What a connection needs of the listener that took it; one object serves all. */
export interface ConnectionHost {
  readonly hub: Hub;
  readonly settings: {
    readonly idlePingMs: number;
    readonly idleDropMs: number;
    readonly stuckDropMs: number;
    /** Whether the peer at this address may say for whom it speaks. */
    readonly isProxy: (address: string) => boolean;
  };
  now(): number;
  dialect(name: 'plain' | 'json'): Dialect;
  debug(text: string, fields: Record<string, unknown>): void;
  /** Counts the peer under its address, now that this is known. @throws ChatError `too-many-connections` */
  claim(address: string): void;
  /** Takes over a socket that speaks HTTP; `head` is what it has sent so far. */
  serveHttp(socket: Socket, head: Buffer): void;
  /** The socket is closed. `claimed`: the address it was counted under, if it was. */
  closed(connection: Connection, claimed: string | null): void;
}

// sniffing: the language is not known. speaking: it is. over: what it still sends is not read.
type Phase = 'sniffing' | 'speaking' | 'over';

const NOTHING = Buffer.alloc(0);

export class Connection implements Outlet {
  address: string;
  readonly #socket: Socket;
  readonly #host: ConnectionHost;
  #phase: Phase = 'sniffing';
  #head: Buffer = NOTHING;
  #proxied: boolean;
  #speech: Dialect | null = null;
  #session: Session | null = null;
  /** Why it will be turned away as soon as it can be told in its own language. */
  #refusal: ChatError | null = null;
  #claimed: string | null = null;
  #timer: NodeJS.Timeout | null = null;
  #helloTimer: NodeJS.Timeout | null = null;
  #receivedAt: number;
  #pingedAt = 0;
  #badInARow = 0;
  #writtenBytes = 0;
  #progressAt: number;

  constructor(socket: Socket, address: string, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    this.#proxied = host.settings.isProxy(address);
    this.address = address;
    this.#receivedAt = this.#progressAt = host.now();
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
    if (!this.#proxied) this.#claim();
    this.#wait(LIMITS.firstBytesWaitMs);
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
    this.#answer(reply, null);
  }

  end(bye: Bye): void {
    if (this.#phase === 'over') return;
    this.#answer(bye, null);
    this.#finish();
  }

  /** What time brings: a ping for the silent, an end for the dead and the stuck. Called about once a second. */
  sweep(): void {
    if (this.#phase !== 'speaking' || this.#session === null || this.#speech === null) return;
    const { settings } = this.#host;
    const now = this.#host.now();
    const written = this.#socket.bytesWritten - this.#socket.writableLength;
    if (this.#socket.writableLength === 0 || written !== this.#writtenBytes) {
      this.#writtenBytes = written;
      this.#progressAt = now;
    } else if (now - this.#progressAt >= settings.stuckDropMs) {
      this.end({
        type: 'bye',
        code: 'stuck',
        text: 'you have read nothing for too long: come back for the rest',
        reconnect: true,
      });
      return;
    }
    if (!this.#speech.answersPings || now - this.#receivedAt < settings.idlePingMs) return;
    if (this.#pingedAt <= this.#receivedAt) {
      this.#pingedAt = now;
      this.reply({ type: 'ping' });
    } else if (now - this.#pingedAt >= settings.idleDropMs) {
      this.end({ type: 'bye', code: 'timeout', text: 'you did not answer a ping', reconnect: true });
    }
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
    this.#receivedAt = this.#host.now();
    if (this.#phase === 'sniffing') {
      this.#head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
      this.#sniff();
    } else if (this.#phase === 'speaking' && this.#speech !== null) {
      this.#handle(this.#speech.decode(chunk));
    }
  }

  #sniff(): void {
    const language = sniff(this.#head, this.#proxied);
    if (language === 'proxy') this.#readProxyHeader();
    else if (language !== null) this.#speak(language);
  }

  #readProxyHeader(): void {
    const header = readProxyHeader(this.#head);
    if (header === null) return;
    if (header === 'bad') {
      this.#host.debug('bad PROXY header', { address: this.address });
      this.#socket.destroy();
      return;
    }
    this.address = header.address ?? this.address;
    this.#proxied = false;
    this.#head = this.#head.subarray(header.bytes);
    this.#claim();
    this.#wait(LIMITS.firstBytesWaitMs);
    if (this.#head.length > 0) this.#sniff();
  }

  #speak(language: Language): void {
    this.#stopWaiting();
    const head = this.#head;
    this.#head = NOTHING;
    switch (language) {
      case 'json':
      case 'plain':
        this.#speech = this.#host.dialect(language);
        this.#phase = 'speaking';
        if (this.#refusal !== null) {
          this.end({
            type: 'bye',
            code: 'too-many-connections',
            text: this.#refusal.message,
            reconnect: true,
          });
          return;
        }
        if (this.#speech.greeting !== null) this.#socket.write(this.#speech.greeting);
        if (head.length > 0) this.#handle(this.#speech.decode(head));
        return;
      case 'http':
        this.#phase = 'over';
        this.#stopTimers();
        for (const event of ['data', 'drain']) this.#socket.removeAllListeners(event);
        this.#host.serveHttp(this.#socket, head);
        return;
      case 'irc':
        this.#socket.write('ERROR :IRC is not spoken here: use chat, or nc and a nickname\r\n');
        this.#finish();
        return;
      case 'tls':
      case 'proxy':
        this.#phase = 'over';
        this.#socket.destroy();
    }
  }

  #handle(requests: readonly Request[]): void {
    for (const request of requests) {
      if (this.#phase === 'over') return;
      this.#handleOne(request);
    }
    // A peer that asks and does not read what it is answered is not listened to until it has.
    if (this.#socket.writableLength > LIMITS.writeBufferBytes) this.#socket.pause();
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
          this.end({
            type: 'bye',
            code: 'bad-input',
            text: 'nothing you send can be understood',
            reconnect: false,
          });
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
    try {
      this.#session = this.#host.hub.admit(this, hello);
      this.#stopHelloTimer();
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.#answer(errorReply(error), id);
      // A plain peer has no way to say hello again.
      if (!this.resumable)
        this.end({ type: 'bye', code: 'bad-input', text: 'come back in a moment', reconnect: true });
    }
  }

  #answer(reply: Reply, id: string | null): void {
    if (this.#phase !== 'speaking' || this.#speech === null) return;
    const bytes = this.#speech.encodeReply(reply, id);
    if (bytes !== null) this.#socket.write(bytes);
  }

  #drained(): void {
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#session?.drained();
  }

  #wait(ms: number): void {
    this.#stopWaiting();
    this.#timer = setTimeout(() => this.#waited(), ms);
  }

  #waited(): void {
    if (this.#phase === 'sniffing') this.#speak('plain');
    else if (this.#phase === 'speaking' && this.#speech !== null) this.#handle(this.#speech.quiet());
  }

  #noHello(): void {
    this.end({ type: 'bye', code: 'timeout', text: 'you did not say who you are', reconnect: true });
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
