// The one place that writes to a peer once its language is known. What it is answered in one go is written in one go: for as little as
// an answer is, the call to the kernel is most of what it costs.

import type { Socket } from 'node:net';
import type { Rounds } from './rounds.ts';

export class Writer {
  readonly #socket: Socket;
  #isHolding = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Writes an answer when what is being done now is done. */
  answer(bytes: Uint8Array | string): void {
    if (!this.#isHolding) {
      this.#isHolding = true;
      this.#socket.cork();
      process.nextTick(() => this.flush());
    }
    this.#socket.write(bytes);
  }

  /** Writes now, after what was answered. Returns whether the peer's socket takes more. */
  write(bytes: Uint8Array | string): boolean {
    this.flush();
    // False with nothing left to write means the kernel took it all and only the count crossed the mark.
    return this.#socket.write(bytes) || this.#socket.writableLength === 0;
  }

  /** Writes what was answered. */
  flush(): void {
    if (!this.#isHolding) return;
    this.#isHolding = false;
    this.#socket.uncork();
  }
}

/**
 * Ends a connection whose peer shall get all that was written. What it still sends is taken, so much at a time, and dropped: a socket that is
 * closed over unread bytes takes back what it was told.
 */
export function endAfterAll(socket: Socket, rounds: Rounds): void {
  socket.end();
  socket.on('data', () => {
    socket.pause();
    rounds.wait(() => void socket.resume());
  });
  socket.resume();
}
