// A token bucket: so much at once, so much in the long run. The clock is handed in.

/** `perSecond` tokens flow in, at most `burst` are kept. Infinity in both means no limit. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, burst: number, now: number) {
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Takes one token and returns 0, or takes none and returns after how many ms one will be there. */
  take(now: number): number {
    if (this.#burst === Infinity) return 0;
    // A clock that steps back must not freeze the bucket: time only counts forward.
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, now - this.#at) * this.#perMs);
    this.#at = now;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.ceil((1 - this.#tokens) / this.#perMs);
  }

  /** Whether it is as full as a new one, so that nothing is forgotten by throwing it away. */
  isFull(now: number): boolean {
    return this.#tokens + Math.max(0, now - this.#at) * this.#perMs >= this.#burst;
  }
}
