// What the hub counts of itself, for `chatctl status`.

export interface Rates {
  /** A second, averaged over about the last ten. */
  readonly entriesPerSecond: number;
  readonly deliveriesPerSecond: number;
}

const SMOOTHING_MS = 10_000;

export class Meter {
  /** Requests answered with an error. */
  refused = 0;
  /** Entries committed, and how often each was due to a reader. */
  entries = 0;
  deliveries = 0;
  #sweptAt = 0;
  #seen = { entries: 0, deliveries: 0 };
  #rates: Rates = { entriesPerSecond: 0, deliveriesPerSecond: 0 };

  committed(entries: number, deliveries: number): void {
    this.entries += entries;
    this.deliveries += deliveries;
  }

  /** Moves the averages on to `now` (Unix ms). */
  sweep(now: number): void {
    const elapsed = now - this.#sweptAt;
    if (this.#sweptAt > 0 && elapsed > 0) {
      const weight = 1 - Math.exp(-elapsed / SMOOTHING_MS);
      const mix = (old: number, gained: number): number => old + weight * ((gained * 1000) / elapsed - old);
      this.#rates = {
        entriesPerSecond: mix(this.#rates.entriesPerSecond, this.entries - this.#seen.entries),
        deliveriesPerSecond: mix(this.#rates.deliveriesPerSecond, this.deliveries - this.#seen.deliveries),
      };
    }
    this.#sweptAt = now;
    this.#seen = { entries: this.entries, deliveries: this.deliveries };
  }

  rates(): Rates {
    return this.#rates;
  }
}
