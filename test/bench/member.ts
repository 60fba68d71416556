// One connection of the load: comes in step by step, then counts what it hears. Members that are not encrypted read into one buffer that they
// share, since what is heard is counted and thrown away.

import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { SPEECHES, type SpeechName, type Step } from './speeches.ts';

export interface Way {
  readonly port: number;
  readonly speech: SpeechName;
  readonly secure: boolean;
}

/** The first who came into a room, and the last: a server reaches one of them first and the other last, or by chance. */
export type Seat = 'first' | 'last';

export interface Newcomer {
  readonly number: number;
  readonly room: string;
  /** How it comes in; none for one that only speaks. */
  readonly steps: readonly Step[];
  readonly speaks: boolean;
  /** It counts messages and measures how long each took. */
  readonly seat?: Seat | undefined;
}

// What is heard in one read; much is under way at once, so that a small buffer would measure the reader.
const buffer = Buffer.allocUnsafe(256 * 1024);

export class Member {
  readonly number: number;
  readonly room: string;
  /** Resolves when it is in its room. */
  readonly arrived: Promise<void>;
  /** Bytes heard since the owner last set it to 0. */
  bytes = 0;
  /** Called with what was heard by a member that listens for more than the number of bytes. */
  heard: ((bytes: Buffer) => void) | undefined;
  readonly #way: Way;
  #socket: Socket;
  readonly #steps: Step[];
  #soFar = '';
  readonly #arrive: () => void;
  readonly #lost: (why: string) => void;

  /** Connects and takes the `steps`; `lost` is called with the reason if the connection ends. */
  constructor(way: Way, { number, room, steps }: Newcomer, lost: (why: string) => void) {
    this.#way = way;
    this.#lost = lost;
    this.number = number;
    this.room = room;
    this.#steps = [...steps];
    const { promise, resolve } = Promise.withResolvers<void>();
    this.arrived = promise;
    this.#arrive = resolve;
    this.#socket = this.#dial();
  }

  /** Says `text` so many times in one write, each time as a message of its own. */
  say(text: string, times: number): void {
    const line = SPEECHES[this.#way.speech].say(this.number, this.room, text);
    this.#socket.write(line.repeat(times), 'latin1');
  }

  /** Shows that it is still there before it is asked, so that what it hears need not be searched for the question. */
  stayAlive(): void {
    const { alive } = SPEECHES[this.#way.speech];
    if (alive !== '') this.#socket.write(alive);
  }

  #dial(): Socket {
    const way = this.#way;
    let socket: Socket;
    const to = { port: way.port, host: '127.0.0.1', noDelay: true };
    if (way.secure) {
      socket = connectTls({ ...to, rejectUnauthorized: false }, () => this.#next());
      socket.on('data', (bytes: Buffer) => this.#hear(bytes));
    } else {
      const callback = (length: number): boolean => {
        this.#hear(buffer.subarray(0, length));
        return true;
      };
      socket = connect({ ...to, onread: { buffer, callback } }, () => this.#next());
    }
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_SSL_WRONG_VERSION_NUMBER') this.#dialAgain();
      else this.#lost(error.message);
    });
    socket.on('close', () => this.#lost('closed by the server'));
    return socket;
  }

  /** A process that holds thousands can be too late with the first bytes of one, which then is taken for a speaker of plain text. */
  #dialAgain(): void {
    this.#socket.removeAllListeners('close').destroy();
    this.#socket = this.#dial();
  }

  #hear(bytes: Buffer): void {
    this.bytes += bytes.length;
    if (this.#steps.length > 0) this.#settle(bytes.toString('latin1'));
    else if (this.heard !== undefined) this.heard(bytes);
  }

  #settle(text: string): void {
    this.#soFar += text;
    if (this.#way.speech === 'json' && this.#soFar.startsWith('NICKNAME')) {
      this.#dialAgain();
      return;
    }
    if (!this.#soFar.includes(this.#steps[0]?.wait ?? '')) return;
    this.#steps.shift();
    this.#next();
  }

  #next(): void {
    this.#soFar = '';
    const [step] = this.#steps;
    if (step === undefined) this.#arrive();
    else if (step.send !== '') this.#socket.write(step.send);
  }
}
