// What the log tells of things that one place can make happen as often as it likes: the first time at once, then once a minute with
// how often it was, so that nobody can flood the log or hide in it.

import { prefixOf } from './address.ts';
import { LIMITS } from './limits.ts';

/** Writes the line; `unsaid`: how many more like it there were since the last one. */
export type TellRepeat = (unsaid: number) => void;

interface Place {
  /** When the next line may be written, Unix ms. */
  next: number;
  /** What happened since the last line, and how to tell the latest of it. */
  waiting: number;
  tell: TellRepeat;
}

export class Repeats {
  readonly #places = new Map<string, Place>();

  /** `what` happened to a peer at `address`: `tell` is called now, or by a later sweep, or never when the same happens again. */
  note(what: string, address: string, now: number, tell: TellRepeat): void {
    const place = this.#places.get(this.#keyOf(what, address));
    if (place !== undefined) {
      place.waiting++;
      place.tell = tell;
      return;
    }
    tell(0);
    this.#places.set(this.#keyOf(what, address), { next: now + LIMITS.repeatedLineMs, waiting: 0, tell });
  }

  /** Tells what waits, and forgets those of whom nothing more was heard. */
  sweep(now: number): void {
    for (const [key, place] of this.#places) {
      if (now < place.next) continue;
      if (place.waiting === 0) this.#places.delete(key);
      else place.tell(place.waiting - 1);
      place.waiting = 0;
      place.next = now + LIMITS.repeatedLineMs;
    }
  }

  /** Those who come from too many places to remember count as one. */
  #keyOf(what: string, address: string): string {
    const key = `${what} ${prefixOf(address)}`;
    return this.#places.has(key) || this.#places.size < LIMITS.repeatingPlaces ? key : what;
  }
}
