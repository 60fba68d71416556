// Runs what can wait in the pauses between requests, a few milliseconds at a time.

import { LIMITS } from '../core/limits.ts';

export class Tidy {
  /** Returns whether there is more to do. */
  readonly #step: () => boolean;
  #timer: NodeJS.Timeout | undefined;
  /** So many requests came since the last step. */
  #requests = 0;
  #restUntil = 0;

  constructor(step: () => boolean) {
    this.#step = step;
    this.wake();
  }

  /** A request was done: there may be something to tidy up, and another request may follow soon. */
  wake(): void {
    this.#requests++;
    if (this.#timer === undefined) this.#schedule(LIMITS.storeTidyWaitMs);
  }

  /** Something is wrong that may pass, such as a full disk: nothing is done for a while. */
  rest(): void {
    this.#restUntil = performance.now() + LIMITS.storeTidyRetryMs;
  }

  /** No step is taken any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#restUntil = Infinity;
  }

  #schedule(ms: number): void {
    if (this.#restUntil === Infinity) return;
    this.#timer = setTimeout(() => this.#run(), Math.max(ms, this.#restUntil - performance.now()));
  }

  #run(): void {
    this.#timer = undefined;
    const pause = Math.min(this.#requests * LIMITS.storeTidyPauseMsPerRequest, LIMITS.storeTidyPauseMs);
    this.#requests = 0;
    // Under load it takes a hundredth of the time; what is not done by then, a search reads through.
    if (this.#step()) this.#schedule(pause);
  }
}
