// The time before a planned stop: who is here stays, who was here may come back to its session, and nobody new comes in.

import { ChatError } from './errors.ts';

export class Drain {
  #planned: { readonly until: number; readonly onOver: () => void } | null = null;

  /** When the stop is due, Unix ms; null when none is planned. */
  get until(): number | null {
    return this.#planned?.until ?? null;
  }

  /** Plans a stop, in the place of one that was planned before. `onOver` is called once, when the time has come. */
  begin(until: number, onOver: () => void): void {
    this.#planned = { until, onOver };
  }

  /** Gives the plan up. Returns whether there was one. */
  cancel(): boolean {
    const planned = this.#planned !== null;
    this.#planned = null;
    return planned;
  }

  /** @throws ChatError `busy` for a newcomer who comes before the stop, with the time until then. */
  refuseNewcomer(now: number): void {
    if (this.#planned === null) return;
    // The next hub needs a moment to be there.
    const waitMs = Math.max(0, this.#planned.until - now) + 1000;
    throw new ChatError(
      'busy',
      `the hub is about to restart and lets nobody new in: come back in ${Math.ceil(waitMs / 1000)} s`,
      waitMs,
    );
  }

  /** What time brings. */
  sweep(now: number): void {
    if (this.#planned === null || now < this.#planned.until) return;
    const { onOver } = this.#planned;
    // Newcomers stay out until the hub is gone; the end is told once.
    this.#planned = { until: this.#planned.until, onOver: () => {} };
    onOver();
  }
}
