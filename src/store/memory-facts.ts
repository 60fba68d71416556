// The facts of the store in memory.

import type { Fact, FactChange } from '../core/store.ts';

export class MemoryFacts {
  readonly #facts = new Map<string, Fact>();

  get all(): Fact[] {
    return [...this.#facts.values()];
  }

  keep({ kind, key, value }: FactChange): void {
    const place = JSON.stringify([kind, key]);
    if (value === null) this.#facts.delete(place);
    else this.#facts.set(place, { kind, key, value });
  }
}
