// A bound on how many calls are under way at once; the others wait for their turn in the order they came.

export class Turns {
  readonly #atOnce: number;
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** Runs `work` when it is its turn. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#underWay < this.#atOnce) this.#underWay++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
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
