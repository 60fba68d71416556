// Whoever has asked a lot at once waits here for a turn, with all others like it. However many they are, they are heard no more in one
// round of the event loop than is done in some milliseconds, so that who asks little never waits for them.

import { LIMITS } from '../core/limits.ts';

export class Turns {
  readonly #waiting: (() => void)[] = [];
  #isDue = false;

  /** Calls `run` when it is its turn; it is to deal with at most LIMITS.requestsInARow requests, and may wait again. */
  wait(run: () => void): void {
    this.#waiting.push(run);
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => this.#round());
  }

  #round(): void {
    this.#isDue = false;
    // A few may come again and again in one round: it is as long for one as for many.
    for (let n = 0; n < LIMITS.turnsInARound; n++) this.#waiting.shift()?.();
    if (this.#waiting.length === 0 || this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => this.#round());
  }
}
