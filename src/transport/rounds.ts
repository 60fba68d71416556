// Whoever asks for much waits here for a round, with all others like it. However many they are, a round of the event loop
// does about half a millisecond of it, so that who asks little never waits for them.

import type { Hub } from '../core/hub.ts';
import { LIMITS } from '../core/limits.ts';

// Where a round had to wait long it is longer, so that those who talk a lot leave some of the time to the others.
const PART_AFTER_A_WAIT = 1 / 3;

export class Rounds {
  readonly #soon: (round: () => void) => void;
  readonly #now: () => number;
  readonly #waiting: { readonly run: () => void; readonly alone: boolean }[] = [];
  #isDue = false;

  /** `soon`: runs a round when there is time for one, after what has arrived by now is read. `now`: in ms, with fractions. */
  constructor(soon: (round: () => void) => void, now: () => number) {
    this.#soon = soon;
    this.#now = now;
  }

  /** Calls `run` when it is its turn; it is to do no more than takes a moment, and may wait again. */
  wait(run: () => void): void {
    this.#waiting.push({ run, alone: false });
    this.#schedule();
  }

  /** The same for what is only begun by `run` and takes its time right after: what comes after it waits for the next turn of the event loop. */
  waitAlone(run: () => void): void {
    this.#waiting.push({ run, alone: true });
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isDue || this.#waiting.length === 0) return;
    this.#isDue = true;
    const since = this.#now();
    this.#soon(() => {
      const start = this.#now();
      this.#round(start + Math.max(LIMITS.roundMs, (start - since) * PART_AFTER_A_WAIT));
    });
  }

  #round(end: number): void {
    do {
      const next = this.#waiting.shift();
      next?.run();
      if (next?.alone === true) {
        setImmediate(() => (this.#now() < end ? this.#round(end) : this.#over()));
        return;
      }
    } while (this.#waiting.length > 0 && this.#now() < end);
    this.#over();
  }

  #over(): void {
    this.#isDue = false;
    this.#schedule();
  }
}

/** Of the hub: whether people talk, and when all they have said is kept and shown. */
export type Talk = Pick<Hub, 'talkedAt' | 'afterTalk' | 'now'>;

/**
 * Runs a round for those who are not in when there is time for one. Those who talk go first: what they have sent is read, kept and shown
 * before, and while they talk most of the time is theirs.
 */
export function roundAfterTalk(talk: Talk, round: () => void): void {
  const isTalking = talk.now() - talk.talkedAt < LIMITS.roundRestsAfterTalkMs;
  if (isTalking) setTimeout(() => talk.afterTalk(() => void setImmediate(round)), LIMITS.roundRestMs);
  else setImmediate(round);
}
