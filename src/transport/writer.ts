// The one place that writes to a peer once its language is known. What it is answered in one go is written in one go, as far as it is
// little: then the call to the kernel is most of what it costs.

import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Rounds } from './rounds.ts';

// A TLS connection keeps the room that its largest write took, for as long as it lives. So it takes no more at once than a record holds.
const RECORD_BYTES = 16 * 1024;

export class Writer {
  readonly #socket: Socket;
  readonly #pieceBytes: number;
  #answers: Buffer[] = [];
  #answerBytes = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#pieceBytes = socket instanceof TLSSocket ? RECORD_BYTES : Infinity;
    // What waits is then written piece by piece, and not all of it at once.
    if (socket instanceof TLSSocket) Object.assign(socket, { _writev: undefined });
  }

  /** Writes an answer when what is being done now is done, or at once when there is much: the socket is to know how much waits. */
  answer(bytes: Buffer): void {
    if (this.#answers.length === 0) process.nextTick(() => this.flush());
    this.#answers.push(bytes);
    this.#answerBytes += bytes.length;
    if (this.#answerBytes >= RECORD_BYTES) this.flush();
  }

  /** Writes now, after what was answered. Returns whether the peer's socket takes more. */
  write(bytes: Buffer): boolean {
    this.flush();
    return this.#write(bytes);
  }

  /** Writes what was answered. */
  flush(): void {
    const answers = this.#answers;
    if (answers.length === 0) return;
    this.#answers = [];
    this.#answerBytes = 0;
    this.#write(answers.length === 1 ? (answers[0] as Buffer) : Buffer.concat(answers));
  }

  #write(bytes: Buffer): boolean {
    const socket = this.#socket;
    let start = 0;
    while (bytes.length - start > this.#pieceBytes)
      socket.write(bytes.subarray(start, (start += this.#pieceBytes)));
    // False with nothing left to write means the kernel took it all and only the count crossed the mark.
    return socket.write(bytes.subarray(start)) || socket.writableLength === 0;
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
