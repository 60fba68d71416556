// Whoever asks for much waits here for a round, with all others like it. However many they are, a round of the event loop
// does no more of it than fits into a part of a millisecond or so, so that who asks little never waits for them.

import type { Hub } from '../core/hub.ts';
import { LIMITS } from '../core/limits.ts';

export class Rounds {
  readonly #soon: (round: () => void) => void;
  readonly #waiting: { readonly run: () => void; readonly alone: boolean }[] = [];
  #isDue = false;

  /** `soon`: runs a round when there is time for one, after what has arrived by now is read. */
  constructor(soon: (round: () => void) => void) {
    this.#soon = soon;
  }

  /** Calls `run` when it is its turn; it is to do no more than takes a moment, and may wait again. */
  wait(run: () => void): void {
    this.#waiting.push({ run, alone: false });
    this.#schedule();
  }

  /** The same for what is only begun by `run` and takes its time right after: nothing else comes after it in its round. */
  waitAlone(run: () => void): void {
    this.#waiting.push({ run, alone: true });
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isDue || this.#waiting.length === 0) return;
    this.#isDue = true;
    this.#soon(() => this.#round());
  }

  #round(): void {
    this.#isDue = false;
    const end = performance.now() + LIMITS.roundMs;
    let next = this.#waiting.shift();
    while (next !== undefined) {
      next.run();
      next = next.alone || performance.now() >= end ? undefined : this.#waiting.shift();
    }
    this.#schedule();
  }
}

/** Of the hub: whether people talk, and when all they have said is kept and shown. */
export type Talk = Pick<Hub, 'activeAt' | 'afterTalk' | 'now'>;

/**
 * Runs a round for those who are not in when there is time for one. Those who talk go first: what they have sent is read, kept and shown
 * before, and while they talk most of the time is theirs.
 */
export function roundAfterTalk(talk: Talk, round: () => void): void {
  const next = (): void => talk.afterTalk(() => void setImmediate(round));
  const isTalking = talk.now() - talk.activeAt < LIMITS.roundRestsAfterTalkMs;
  if (isTalking) setTimeout(next, LIMITS.roundRestMs);
  else setImmediate(next);
}
