// Which of the names that are there read the same as another one.

import { foldName } from './names.ts';
import { readings } from './skeleton.ts';

/** Names, each once, found by what they look like. */
export class LookAlikes {
  readonly #byReading = new Map<string, Set<string>>();

  add(name: string): void {
    for (const reading of readings(name)) {
      const names = this.#byReading.get(reading);
      if (names === undefined) this.#byReading.set(reading, new Set([name]));
      else names.add(name);
    }
  }

  delete(name: string): void {
    for (const reading of readings(name)) {
      const names = this.#byReading.get(reading);
      names?.delete(name);
      if (names?.size === 0) this.#byReading.delete(reading);
    }
  }

  /** The other names that read like `name`, without `own`, which whoever asks has already. */
  of(name: string, own: string | null): string[] {
    const same = new Set([foldName(name), own === null ? '' : foldName(own)]);
    const found = new Set([...readings(name)].flatMap((each) => [...(this.#byReading.get(each) ?? [])]));
    return [...found].filter((other) => !same.has(foldName(other)));
  }
}
