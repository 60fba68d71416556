// A token bucket: so much at once, so much in the long run. The clock and the rate are handed in, so that a changed
// setting counts at once for those who are here.

/** `perSecond` tokens flow in, at most `burst` are kept. Infinity in both means no limit. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Starts full. */
export class TokenBucket {
  #spent = 0;
  #at = 0;

  /** Takes `count` tokens and returns 0, or takes none and returns after how many ms they will be there. */
  take(now: number, rate: Rate, count = 1): number {
    if (rate.burst === Infinity) return 0;
    this.#flow(now, rate);
    // A billionth over is rounding: who waited as long as it was told must not be refused again.
    if (this.#spent <= rate.burst - count + 1e-9) {
      this.#spent += count;
      return 0;
    }
    return Math.ceil((1000 * (this.#spent - (rate.burst - count))) / rate.perSecond);
  }

  /** Whether it is as full as a new one, so that nothing is forgotten by throwing it away. */
  isFull(now: number, rate: Rate): boolean {
    if (rate.burst === Infinity) return true;
    this.#flow(now, rate);
    return this.#spent === 0;
  }

  #flow(now: number, { perSecond }: Rate): void {
    // A clock that steps back must not freeze the bucket: time only counts forward.
    const elapsedMs = Math.max(0, now - this.#at);
    this.#at = now;
    this.#spent = Math.max(0, this.#spent - (elapsedMs * perSecond) / 1000);
  }
}
