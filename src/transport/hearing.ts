// Listens to one peer whose language is known: cuts what it sends into requests and hands them on one by one, no faster than
// they can be dealt with. What is too much for now waits in the peer's own socket: nothing is lost, and nobody else waits for it.

import type { Socket } from 'node:net';
import { LIMITS } from '../core/limits.ts';
import { type Rate, TokenBucket } from '../core/rate.ts';
import type { Dialect, Request } from '../dialects/dialect.ts';
import { Alarm } from './alarm.ts';
import type { Rounds } from './rounds.ts';

/** Whoever is heard. */
export interface Speaker {
  /** Where it waits when it asks for much. */
  readonly rounds: Rounds;
  /** How much it may say. */
  readonly rate: Rate;
  now(): number;
  /** Bytes came. */
  heard(): void;
  /** Deals with one request. */
  handle(request: Request): void;
  /** Whether the next must wait: until `goOn` is called. */
  mustWait(): boolean;
  /** What the dialect is to make of what came while it could not be understood; null while it still cannot. */
  next(): 'in' | 'password' | null;
  /** All that came is dealt with, but for the beginning of something. */
  caughtUp(): void;
}

const NOTHING = Buffer.alloc(0);

export class Hearing {
  readonly #socket: Socket;
  readonly #speech: Dialect;
  readonly #speaker: Speaker;
  /** What came and is not cut into requests yet. */
  #bytes: Buffer = NOTHING;
  #requests: readonly Request[] = [];
  #done = 0;
  #inARow = 0;
  #bytesInARow = 0;
  readonly #bucket = new TokenBucket();
  #state: 'listening' | 'resting' | 'over' = 'listening';
  readonly #rest = new Alarm();
  readonly #quiet = new Alarm();

  constructor(socket: Socket, speech: Dialect, speaker: Speaker) {
    this.#socket = socket;
    this.#speech = speech;
    this.#speaker = speaker;
  }

  /** `head`: what the peer has said already. */
  start(head: Buffer): void {
    this.#socket.on('data', (chunk: Buffer) => {
      this.#speaker.heard();
      this.#hear(chunk);
    });
    if (head.length > 0) this.#hear(head);
  }

  /** Hears nothing more. */
  stop(): void {
    this.#state = 'over';
    this.#bytes = NOTHING;
    this.#requests = [];
    this.#rest.clear();
    this.#quiet.clear();
  }

  /** Goes on where it had to wait, if it need not any more. */
  goOn(): void {
    const socket = this.#socket;
    while (this.#state === 'listening') {
      if (this.#speaker.mustWait()) {
        socket.pause();
        return;
      }
      if (this.#bytesInARow <= LIMITS.bytesInARow && !this.#findRequest()) break;
      const restMs = this.#restMs();
      if (restMs !== null) {
        this.#restFor(restMs);
        return;
      }
      const request = this.#requests[this.#done++];
      if (request !== undefined) this.#speaker.handle(request);
    }
    if (this.#state !== 'listening') return;
    this.#inARow = 0;
    const { quietMs } = this.#speech;
    if (quietMs > 0) this.#quiet.set(quietMs, () => this.#isQuiet());
    else this.#quiet.clear();
    if (socket.isPaused()) socket.resume();
    this.#speaker.caughtUp();
  }

  #hear(chunk: Buffer): void {
    if (this.#state === 'over') return;
    this.#bytesInARow += chunk.length;
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    if (this.#state === 'resting') this.#holdBack();
    else this.goOn();
  }

  /** Whether there is a request to deal with, among those that were cut or in what came. */
  #findRequest(): boolean {
    const speech = this.#speech;
    while (this.#done >= this.#requests.length) {
      this.#done = 0;
      const how = this.#speaker.next();
      this.#requests = how === null ? [] : speech.proceed(how);
      if (this.#requests.length > 0) break;
      if (this.#bytes.length === 0) return false;
      const end = speech.takes(this.#bytes);
      const piece = this.#bytes.subarray(0, end);
      this.#bytes = this.#bytes.length > end ? this.#bytes.subarray(end) : NOTHING;
      this.#requests = speech.decode(piece);
    }
    return true;
  }

  /** For how many ms the peer is not listened to before its next request; null for not at all. So many bytes count like so many requests. */
  #restMs(): number | null {
    const isMuch = this.#bytesInARow > LIMITS.bytesInARow;
    if (++this.#inARow > LIMITS.requestsInARow && !isMuch) return 0;
    const count = isMuch ? LIMITS.requestsInARow : 1;
    if (this.#bucket.take(this.#speaker.now(), pace(this.#speaker.rate), count) > 0) return LIMITS.restMs;
    return isMuch ? 0 : null;
  }

  /** `ms`: 0 for its turn among the others. */
  #restFor(ms: number): void {
    this.#state = 'resting';
    if (ms === 0) this.#holdBack();
    else this.#socket.pause();
    const over = (): void => {
      if (this.#state !== 'resting') return;
      this.#state = 'listening';
      this.#inARow = 0;
      this.#bytesInARow = 0;
      this.goOn();
    };
    if (ms === 0) this.#speaker.rounds.wait(over);
    else this.#rest.set(ms, over);
  }

  /** Takes no more while enough waits here: to stop and start a socket costs more than some bytes. */
  #holdBack(): void {
    if (this.#bytes.length > LIMITS.decodedBytes) this.#socket.pause();
  }

  #isQuiet(): void {
    if (this.#state === 'over') return;
    this.#requests = this.#speech.quiet();
    this.#done = 0;
    this.goOn();
  }
}

/** Requests of any kind, most of which are answered by their refusal: more than enough for whoever keeps to the rate of what is said. */
function pace({ perSecond, burst }: Rate): Rate {
  return {
    perSecond: Math.max(LIMITS.requestsPerSecond, 2 * perSecond),
    burst: Math.max(LIMITS.requestsAtOnce, 2 * burst),
  };
}
