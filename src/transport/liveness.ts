// Whether a peer is still there, by what it sends and what it takes. The clock is handed in.

import { bye, type Bye } from '../core/reply.ts';

export interface Patience {
  /** Silence after which a peer is pinged, and how long after the ping it may stay silent. */
  readonly idlePingMs: number;
  readonly idleDropMs: number;
  /** How long its socket may take nothing of what waits for it. */
  readonly stuckDropMs: number;
}

const STUCK = bye('stuck', 'you have read nothing for too long: come back for the rest', true);
const SILENT = bye('timeout', 'you did not answer a ping', true);

export class Liveness {
  #heardAt: number;
  #pingedAt = 0;
  #tookBytes = 0;
  #tookAt: number;

  constructor(now: number) {
    this.#heardAt = now;
    this.#tookAt = now;
  }

  /** Bytes came. */
  heard(now: number): void {
    this.#heardAt = now;
  }

  /**
   * What is due now: a ping, a goodbye, or nothing. `taken` counts the bytes its socket has taken since the start,
   * `waiting` those it has yet to take; one who does not answer pings is judged by what it takes alone.
   */
  due(
    now: number,
    taken: number,
    waiting: number,
    answersPings: boolean,
    patience: Patience,
  ): 'ping' | Bye | null {
    if (waiting === 0 || taken !== this.#tookBytes) {
      this.#tookBytes = taken;
      this.#tookAt = now;
    } else if (now - this.#tookAt >= patience.stuckDropMs) {
      return STUCK;
    }
    if (!answersPings || now - this.#heardAt < patience.idlePingMs) return null;
    if (this.#pingedAt > this.#heardAt) return now - this.#pingedAt >= patience.idleDropMs ? SILENT : null;
    this.#pingedAt = now;
    return 'ping';
  }
}
