// What happens before a peer's language is known: a balancer's header, a TLS handshake, the first bytes. None of it may take long.

import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { ChatError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { Channel } from '../core/outlet.ts';
import { bye, type Bye } from '../core/reply.ts';
import type { ConnectionHost } from './host.ts';
import { type Opened, Opening } from './opening.ts';
import { isLoopback } from './peers.ts';
import { channelOf } from './secure.ts';

/** The language a peer speaks, inside TLS if it came with that; `head`: what it has said in it so far. */
export interface Entered {
  readonly language: Exclude<Opened['language'], 'tls'>;
  readonly head: Buffer;
}

/** Whoever stands at the entrance. */
export interface Visitor {
  /** Counts it under its address, now that this is known. @throws ChatError `too-many-connections` or `banned` */
  claim(address: string): void;
  /** Its language is known. */
  entered(entered: Entered): void;
}

const NOT_SECURE = bye(
  'not-secure',
  'this hub lets nobody in without encryption: use chat, or in place of nc: openssl s_client -quiet -connect HOST:PORT',
  false,
);

export class Entrance {
  /** What the peer is read from and written to: in the end the encrypted one, if it is. */
  socket: Socket;
  address: string;
  /** The address it is counted under; null while it is not. */
  claimed: string | null = null;
  /** With what it will be turned away as soon as it can be told in its own language. */
  refusal: Bye | null = null;
  readonly #host: ConnectionHost;
  readonly #visitor: Visitor;
  #opening: Opening;
  #encrypted: Channel | null = null;
  #timer: NodeJS.Timeout | null = null;
  #judging: symbol | null = null;
  #isOver = false;

  constructor(socket: Socket, address: string, host: ConnectionHost, visitor: Visitor) {
    this.socket = socket;
    this.address = address;
    this.#host = host;
    this.#visitor = visitor;
    this.#opening = new Opening(host.settings.isProxy(address));
  }

  /** Begins to listen to the peer. */
  start(): void {
    if (!this.#opening.proxied) this.#claim();
    this.#listen();
  }

  get channel(): Channel {
    return this.#encrypted ?? { kind: isLoopback(this.address) ? 'local' : 'open', binding: null };
  }

  /** Waits for nothing more: the peer is in, or gone. */
  leave(): void {
    this.#isOver = true;
    this.#stopWaiting();
    this.socket.off('data', this.#read);
    this.#host.handshakes.delete(this);
  }

  /** A handshake that is given up, for it takes too long or others need its place. */
  giveUp(): void {
    this.#host.debug('TLS handshake given up', { address: this.address });
    this.socket.destroy();
  }

  #listen(): void {
    this.socket.on('data', this.#read);
    this.#waitForFirstBytes();
  }

  readonly #read = (chunk: Buffer): void => {
    const { proxied } = this.#opening;
    const opened = this.#opening.push(chunk);
    if (opened === 'bad') {
      this.#badProxyHeader();
      return;
    }
    if (proxied && !this.#opening.proxied) {
      this.address = this.#opening.announced ?? this.address;
      if (!this.#comes()) return;
      this.#stopWaiting();
      this.#waitForFirstBytes();
    }
    if (opened !== null) this.#opened(opened);
  };

  /** A hub that was busy finds the time over before it has read what came meanwhile, so it reads once more before it judges. */
  #waitForFirstBytes(): void {
    this.#timer = setTimeout(() => {
      const judging = Symbol('judging');
      this.#judging = judging;
      this.#host.rounds.outside.wait(() => {
        if (this.#judging === judging) this.#silence();
      });
    }, LIMITS.firstBytesWaitMs);
  }

  #silence(): void {
    const opened = this.#opening.silence();
    if (opened === 'bad') this.#badProxyHeader();
    else this.#opened(opened);
  }

  #badProxyHeader(): void {
    this.#host.debug('bad PROXY header', { address: this.address });
    this.socket.destroy();
  }

  #opened({ language, head }: Opened): void {
    this.#stopWaiting();
    // A balancer that speaks for itself, without a header, counts like any peer.
    if (this.claimed === null && this.refusal === null && !this.#comes()) return;
    if (language !== 'tls') {
      if (!this.#isSecureEnough()) this.#refuseOpen();
      this.leave();
      this.#visitor.entered({ language, head });
    } else if (this.#encrypted === null) {
      this.#encryptInTurn(head);
    } else {
      // One layer is enough.
      this.socket.destroy();
    }
  }

  /** The hub's part of a handshake is most of a millisecond of arithmetic, so it takes its turn. */
  #encryptInTurn(head: Buffer): void {
    const raw = this.socket;
    raw.off('data', this.#read);
    const chunks = [head];
    let bytes = head.length;
    // It is listened to meanwhile, for only so one hears that it is gone.
    const listen = (chunk: Buffer): void => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > LIMITS.helloBytes) raw.destroy();
    };
    raw.on('data', listen);
    this.#host.rounds.outside.waitAlone(() => {
      raw.off('data', listen);
      if (!this.#isOver && !raw.destroyed) this.#encrypt(Buffer.concat(chunks));
    });
  }

  #encrypt(head: Buffer): void {
    const raw = this.socket;
    // What was read already belongs to the handshake: TLSSocket takes it out of the buffer, where only a paused socket leaves it.
    raw.pause();
    raw.unshift(head);
    const secure = new TLSSocket(raw, { isServer: true, secureContext: this.#host.secureContext() });
    this.socket = secure;
    secure.on('error', ({ message }) =>
      this.#host.debug('TLS failed', { address: this.address, error: message }),
    );
    this.#host.handshakes.add(this);
    this.#timer = setTimeout(() => this.giveUp(), LIMITS.handshakeWaitMs);
    secure.once('secure', () => this.#encryptedBy(secure));
  }

  #encryptedBy(secure: TLSSocket): void {
    this.#host.handshakes.delete(this);
    this.#stopWaiting();
    if (this.#isOver) return;
    this.#encrypted = channelOf(secure);
    // Inside, it may say anything but for whom it speaks.
    this.#opening = new Opening(false);
    this.#listen();
  }

  #isSecureEnough(): boolean {
    const { plaintext } = this.#host.settings;
    const { kind } = this.channel;
    return kind === 'tls' || plaintext === 'allow' || (plaintext === 'local' && kind === 'local');
  }

  #refuseOpen(): void {
    const { hub } = this.#host;
    this.refusal ??= NOT_SECURE;
    hub.gate.refusals.note({ type: 'refused', code: 'not-secure', address: this.address }, this.#host.now());
  }

  /** Its own address is known only now. Returns whether it is to be heard at all. */
  #comes(): boolean {
    const coming = this.#host.comes(this.address);
    if (coming === 'unheard') {
      this.socket.destroy();
      return false;
    }
    if (coming !== 'in-time') this.refusal = coming;
    this.#claim();
    return true;
  }

  #claim(): void {
    // Who is turned away takes nobody's place.
    if (this.refusal !== null) return;
    try {
      this.claimed = this.address;
      this.#visitor.claim(this.address);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.refusal =
        error.code === 'banned'
          ? bye('banned', error.message, false)
          : bye('too-many-connections', error.message, true);
    }
  }

  #stopWaiting(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#judging = null;
  }
}
