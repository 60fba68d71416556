// Keeps a connection to the hub: when it is lost another one is made, after pauses that grow; when the hub is silent
// for long it is asked whether it is there, so that a dead link is noticed. What is said over it is others' business.

import type { Socket } from 'node:net';
import { ChatError } from '../core/errors.ts';
import type { WireReply } from '../dialects/wire.ts';
import type { Address } from './address.ts';
import { dial, type Dialled, type Peer } from './dial.ts';
import { Ending } from './ending.ts';
import { Lines } from './lines.ts';
import { pauseMs, type Timing } from './timing.ts';
import { type Channel, OPEN } from './trust/channel.ts';
import type { HubTrust } from './trust/hub-trust.ts';

/** The ids of what chat itself asks of a hub, not those it speaks for, begin so. */
export const OWN_ID = 'chat:';

/** Whoever speaks over a link. */
export interface Follower {
  /** There is a connection again. To a hub the hello was sent; its answer comes next. */
  back(): void;
  /** A line from a hub; whatever came together from the original server. */
  received(text: string): void;
  /** The connection is gone, and another one will be made. */
  lost(why: string): void;
  /** Nothing more will come. */
  failed(ending: Ending): void;
}

export interface LinkSetup {
  readonly address: Address;
  readonly timing: Timing;
  /** How the hub's key is judged; null for plain text. */
  readonly trust: HubTrust | null;
  /** The line that opens each conversation with a hub over `channel`. */
  readonly hello: (channel: Channel) => string;
  /** The line that answers a hub's challenge; null for one that was not asked for. */
  readonly answer: (nonce: string, channel: Channel) => string | null;
  /** Tells the person something in one line. */
  readonly say: (text: string) => void;
}

export class Link {
  readonly #setup: LinkSetup;
  readonly #over = new AbortController();
  #follower: Follower | null = null;
  #peer: Peer | null = null;
  #socket: Socket | null = null;
  #channel: Channel = OPEN;
  #first: Dialled | null = null;
  #isOverheard = false;
  #attempt = 0;
  #openedAt = 0;
  #why = '';
  #leastPauseMs = 0;
  #silence: NodeJS.Timeout | null = null;
  #pause: NodeJS.Timeout | null = null;

  constructor(setup: LinkSetup) {
    this.#setup = setup;
  }

  /** Makes the first connection and tells who answered. @throws Ending with status 2, 3 or 4. */
  async open(): Promise<Peer> {
    this.#first = await this.#dial();
    this.#peer = this.#first.peer;
    const { socket, channel } = this.#first;
    this.#isOverheard = channel.kind === 'open' && !isOnThisMachine(socket);
    if (this.#isOverheard)
      this.#setup.say('nothing is encrypted here: whoever is on the way can read and change it');
    return this.#peer;
  }

  /** Whether others could read what is sent: the first connection and all that follow are of one kind. */
  get isOverheard(): boolean {
    return this.#isOverheard;
  }

  /** Hands everything from now on to `follower`; call it once, after `open`. */
  follow(follower: Follower): void {
    this.#follower = follower;
    if (this.#first !== null) this.#adopt(this.#first, 'first');
    this.#first = null;
  }

  /** Sends `text` as it is; false while there is no connection or when more should wait for `drained`. */
  send(text: string): boolean {
    return this.#socket?.write(text) ?? false;
  }

  /** Says hello once more over the same connection. */
  hello(): void {
    this.send(`${this.#setup.hello(this.#channel)}\n`);
  }

  /** Shows the hub that the key we named is ours. */
  prove({ nonce }: Extract<WireReply, { type: 'challenge' }>): void {
    const answer = this.#setup.answer(nonce, this.#channel);
    if (answer !== null) this.send(`${answer}\n`);
  }

  /** Keeps the key that the hub will show one day. */
  keepNextKey({ key, signature }: Extract<WireReply, { type: 'next-key' }>): void {
    const channel = this.#channel;
    if (channel.kind === 'tls') {
      this.#setup.trust?.announced(key, signature, channel).catch((error: unknown) => this.#failed(error));
    }
  }

  /** Resolves when everything handed to `send` was taken by the system, or the connection is gone. */
  drained(): Promise<void> {
    const socket = this.#socket;
    if (socket === null || !socket.writableNeedDrain) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = (): void => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
    return promise;
  }

  /** Drops the connection and makes another one, after `pauseMs` at least. */
  restart(why: string, leastPauseMs = 0): void {
    this.#why = why;
    this.#leastPauseMs = leastPauseMs;
    this.#socket?.destroy();
  }

  /** Ends for good; the follower hears nothing more. `reset` cuts the connection instead of closing it. */
  close(how: 'end' | 'reset' = 'end'): void {
    this.#over.abort();
    if (this.#silence !== null) clearTimeout(this.#silence);
    if (this.#pause !== null) clearTimeout(this.#pause);
    const socket = this.#socket ?? this.#first?.socket ?? null;
    this.#socket = null;
    if (how === 'reset') socket?.resetAndDestroy();
    else socket?.destroySoon();
  }

  #dial(): Promise<Dialled> {
    return dial({ ...this.#setup, known: this.#peer, signal: this.#over.signal });
  }

  #adopt({ socket, peer, first, channel }: Dialled, which: 'first' | 'another'): void {
    this.#socket = socket;
    this.#channel = channel;
    this.#openedAt = performance.now();
    if (which === 'another') this.#follower?.back();
    const lines = new Lines();
    const take = (chunk: Buffer): void => {
      this.#heard();
      if (this.#socket !== socket || chunk.length === 0) return;
      if (peer === 'original') this.#follower?.received(chunk.toString('utf8'));
      else this.#takeLines(lines, chunk, socket);
    };
    socket.on('data', take);
    socket.once('close', () => {
      if (this.#socket === socket) this.#lost();
    });
    take(first);
    // A connection that closed while it was handed over says so only once.
    if (socket.destroyed) this.#lost();
    else socket.resume();
  }

  #takeLines(lines: Lines, chunk: Buffer, socket: Socket): void {
    try {
      for (const line of lines.push(chunk)) if (this.#socket === socket) this.#follower?.received(line);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.#failed(new Ending(1, `the hub sent ${error.message}: it is not one chat can talk to`));
    }
  }

  /** Ends for good, and the follower hears why. */
  #failed(error: unknown): void {
    if (!(error instanceof Ending)) throw error;
    this.close();
    this.#follower?.failed(error);
  }

  /** Something came, so the link is alive; after some silence the hub is asked, and after more the link is given up. */
  #heard(): void {
    if (this.#peer !== 'hub' || this.#over.signal.aborted) return;
    if (this.#silence !== null) clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.send(`{"type":"ping","id":"${OWN_ID}ping"}\n`);
      this.#silence = setTimeout(() => this.restart('the hub does not answer'), this.#setup.timing.pongMs);
    }, this.#setup.timing.silenceMs);
  }

  #lost(): void {
    const why = this.#why === '' ? 'the hub closed it' : this.#why;
    this.#socket = null;
    this.#why = '';
    if (this.#silence !== null) clearTimeout(this.#silence);
    if (performance.now() - this.#openedAt >= this.#setup.timing.steadyMs) this.#attempt = 0;
    this.#follower?.lost(why);
    this.#retryLater();
  }

  #retryLater(): void {
    if (this.#over.signal.aborted) return;
    const pause = Math.max(pauseMs(this.#attempt++, Math.random(), this.#setup.timing), this.#leastPauseMs);
    this.#leastPauseMs = 0;
    this.#pause = setTimeout(() => void this.#retry(), pause);
  }

  async #retry(): Promise<void> {
    let dialled: Dialled;
    try {
      dialled = await this.#dial();
    } catch (error) {
      // One that cannot be reached may be there again; one that shows another key is not asked twice.
      if (this.#over.signal.aborted) return;
      if (error instanceof Ending && error.status === 3) this.#retryLater();
      else this.#failed(error);
      return;
    }
    if (this.#over.signal.aborted) {
      dialled.socket.destroy();
    } else if (dialled.peer === this.#peer) {
      this.#adopt(dialled, 'another');
    } else {
      dialled.socket.destroy();
      this.#failed(new Ending(1, 'another kind of server answers there now: start chat again'));
    }
  }
}

function isOnThisMachine({ remoteAddress = '' }: Socket): boolean {
  return remoteAddress === '::1' || /^(?:::ffff:)?127\./.test(remoteAddress);
}
