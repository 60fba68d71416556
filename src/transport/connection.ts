// One TCP peer, from its first byte to its last: at the entrance until its language is known, then in conversation with the hub.

import type { Socket } from 'node:net';
import type { Batch } from '../core/entry.ts';
import { ChatError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import { bye, type Bye, errorReply, type Reply } from '../core/reply.ts';
import type { Channel } from '../core/outlet.ts';
import { Alarm } from './alarm.ts';
import { Conversation, type Line } from './conversation.ts';
import type { ConnectionHost } from './host.ts';
import { type Entered, Entrance, type Visitor } from './entrance.ts';
import type { Stranger } from './strangers.ts';
import { endAfterAll } from './writer.ts';

const NO_IRC = 'IRC is not spoken here: use chat, or nc and a nickname';

const ROOM_NEEDED = bye('too-many-connections', 'your place is needed: say sooner who you are', true);

export class Connection implements Line, Stranger, Visitor {
  readonly host: ConnectionHost;
  readonly #entrance: Entrance;
  /** What it has to say once its language is known; null before, and for a socket that is lent to the HTTP server. */
  #conversation: Conversation | null = null;
  /** What it still sends is not read. */
  #isOver = false;
  readonly #alarm = new Alarm();
  readonly #helloAlarm = new Alarm();

  constructor(socket: Socket, address: string, host: ConnectionHost) {
    this.host = host;
    this.#entrance = new Entrance(socket, address, host, this);
    // Who speaks and listens in turn would wait for its own kernel's delayed acknowledgement: p99 44 ms instead of 5 in a busy room of 100.
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

  get socket(): Socket {
    return this.#entrance.socket;
  }

  get address(): string {
    return this.#entrance.address;
  }

  get channel(): Channel {
    return this.#entrance.channel;
  }

  get dialect(): string {
    return this.#conversation?.speech.name ?? '';
  }

  get resumable(): boolean {
    return this.#conversation?.speech.resumable ?? false;
  }

  deliver(batch: Batch): boolean {
    return this.#conversation?.deliver(batch) ?? false;
  }

  reply(reply: Reply): void {
    this.#conversation?.reply(reply);
  }

  /** Tells a peer that can check the key it talks to which one will come after it, if one will. */
  announceNextKey(): void {
    this.#conversation?.announceNextKey();
  }

  end(goodbye: Bye): void {
    if (this.#isOver) return;
    if (this.#conversation !== null) {
      this.#conversation.answer(goodbye, null);
      this.#finish();
      return;
    }
    // It has only just come: it may still show in which language it can be told, or be answered what it asked.
    this.#entrance.refusal ??= goodbye;
    this.#alarm.set(LIMITS.lastWordsMs, () => this.socket.destroy());
  }

  /** Its place is needed for somebody else: nobody waits until it has read its goodbye. */
  makeRoom(): void {
    this.#conversation?.answer(ROOM_NEEDED, null);
    this.#conversation?.flush();
    this.#closed();
    this.socket.destroy();
  }

  /** What time brings: a ping for the silent, an end for the dead and the stuck. Called about once a second. */
  sweep(now: number): void {
    const due = this.#conversation?.due(now) ?? null;
    if (due === 'ping') this.reply({ type: 'ping' });
    else if (due !== null) this.end(due);
  }

  claim(address: string): void {
    this.host.claim(this, address);
  }

  entered({ language, head }: Entered): void {
    const { refusal } = this.#entrance;
    switch (language) {
      case 'json':
      case 'plain':
        this.#conversation = new Conversation(this, this.host.dialect(language));
        if (refusal === null) this.#conversation.start(head);
        else this.#refuse(refusal);
        return;
      case 'http':
        this.#stopTimers();
        this.#alarm.set(refusal === null ? LIMITS.httpWaitMs : LIMITS.lastWordsMs, () =>
          this.socket.destroy(),
        );
        this.host.serveHttp(this.socket, head);
        return;
      case 'irc':
        this.socket.write(`ERROR :${refusal?.text ?? NO_IRC}\r\n`);
        this.#finish();
    }
  }

  admitted(): void {
    this.host.admitted(this);
    this.#helloAlarm.clear();
  }

  #refuse(refusal: Bye): void {
    // A program looks for what is wrong among the errors; a person need not read it twice.
    if (refusal.code === 'not-secure' && this.resumable)
      this.#conversation?.answer(errorReply(new ChatError(refusal.code, refusal.text)), null);
    this.end(refusal);
  }

  #noHello(): void {
    this.end(bye('timeout', 'you did not say who you are', true));
  }

  #finish(): void {
    this.#isOver = true;
    this.#stopTimers();
    this.#conversation?.flush();
    endAfterAll(this.socket, this.host.rounds.outside);
    // A peer that does not read its goodbye, or does not close, is not waited for.
    this.#alarm.set(LIMITS.goodbyeMs, () => this.socket.destroy());
  }

  #closed(): void {
    this.#isOver = true;
    this.#stopTimers();
    const session = this.#conversation?.session ?? null;
    if (session !== null) this.host.hub.detach(session, this);
    this.host.closed(this, this.#entrance.claimed);
  }

  #stopTimers(): void {
    this.#entrance.leave();
    this.#conversation?.stop();
    this.#alarm.clear();
    this.#helloAlarm.clear();
  }
}
