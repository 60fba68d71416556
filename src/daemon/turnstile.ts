// Lets so many through at once, and so many wait; the rest are told to come back.

export class Turnstile {
  readonly #atOnce: number;
  readonly #waiting: number;
  readonly #full: () => Error;
  readonly #queue: (() => void)[] = [];
  #inside = 0;

  constructor(atOnce: number, waiting: number, full: () => Error) {
    this.#atOnce = atOnce;
    this.#waiting = waiting;
    this.#full = full;
  }

  /** Runs `work` when it is its turn. Rejects with what `full` makes when too many wait already. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#atOnce) {
      if (this.#queue.length >= this.#waiting) throw this.#full();
      await new Promise<void>((resolve) => void this.#queue.push(resolve));
    } else {
      this.#inside++;
    }
    try {
      return await work();
    } finally {
      // Whoever is next takes the place that is free now.
      const next = this.#queue.shift();
      if (next === undefined) this.#inside--;
      else next();
    }
  }
}
