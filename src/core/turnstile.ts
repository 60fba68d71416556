// A bound on how many calls are under way at once; the others wait for their turn in the order they came.

/** How many may wait at most, and what the rest are refused with. */
export interface Crowding {
  readonly most: number;
  readonly full: () => Error;
}

export class Turnstile {
  readonly #atOnce: number;
  readonly #crowding: Crowding | null;
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  /** Without `crowding` any number may wait. */
  constructor(atOnce: number, crowding: Crowding | null = null) {
    this.#atOnce = atOnce;
    this.#crowding = crowding;
  }

  /** Runs `work` when it is its turn. Rejects with what `full` makes when too many wait already. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#underWay < this.#atOnce) {
      this.#underWay++;
    } else {
      if (this.#crowding !== null && this.#waiting.length >= this.#crowding.most) throw this.#crowding.full();
      await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      // Whoever is next takes over this place.
      const next = this.#waiting.shift();
      if (next === undefined) this.#underWay--;
      else next();
    }
  }

  /** It is everybody's turn now. Resolves when all that waited have begun. */
  async all(): Promise<void> {
    this.#underWay += this.#waiting.length;
    for (const begin of this.#waiting.splice(0)) begin();
    // Their work begins in the microtasks that follow; this one comes after them.
    await Promise.resolve();
  }
}
