// How long a tick lasts. What is said together costs each reader one write, so after a fan-out that took its time the next
// tick grows a little; an idle hub, and one with few readers, sends at once. Measured with 1,000 members and 300 messages a second: a
// tenth of the fan-out's time makes 3.0 µs of CPU a delivery and 12 ms at p99; all of it 1.8 µs, and 21 ms.

import { LIMITS } from './limits.ts';

export interface TickSetup {
  /** Unix time in ms. */
  readonly now: () => number;
  /** Runs a function after the bytes that have arrived by now are read. */
  readonly soon: (run: () => void) => void;
  /** Runs a function after so many ms. */
  readonly after: (ms: number, run: () => void) => void;
}

// Of fewer entries at once, most of the cost of a fan-out is a write for each reader, whatever is in it.
const WORTH_A_FAN_OUT = 64;
const LONG_FAN_OUT_MS = 2;
const GROWTH_PART = 0.1;

export class Tick {
  readonly #setup: TickSetup;
  readonly #onEnd: () => void;
  #isOpen = false;
  /** Entries handed in since it began, and how many of them had been by the last look. */
  #entries = 0;
  #seen = 0;
  #fanOutMs = 0;
  #growsUntil = 0;

  constructor(setup: TickSetup, onEnd: () => void) {
    this.#setup = setup;
    this.#onEnd = onEnd;
  }

  /** Begins, if it has not: there are `entries` to keep, or other work. */
  begin(entries: number): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#entries = entries;
    this.#seen = 0;
    this.#setup.soon(() => this.#look());
  }

  /** One more entry was handed in. */
  grow(): void {
    this.#entries++;
    // If it waited for company, it has it.
    if (this.#isOpen && this.#entries === WORTH_A_FAN_OUT) this.#setup.soon(() => this.#look());
  }

  /** Whether `entries` should go to the store while others are fanned out: not a handful that costs as much as many. */
  isWorth(entries: number): boolean {
    return this.#fanOutMs < LONG_FAN_OUT_MS || entries >= WORTH_A_FAN_OUT;
  }

  /** A fan-out of so many ms is over. Returns them; 0 for one that is not worth a thought. */
  fannedOut(ms: number): number {
    this.#fanOutMs = ms;
    const isLong = this.#fanOutMs >= LONG_FAN_OUT_MS;
    this.#growsUntil = isLong
      ? this.#setup.now() + Math.min(this.#fanOutMs * GROWTH_PART, LIMITS.tickGrowthMs)
      : 0;
    return isLong ? this.#fanOutMs : 0;
  }

  /**
   * Ends it, or lets it grow: a handful waits for company at most a tenth as long as the last fan-out took, and
   * LIMITS.tickGrowthMs; more than that only for what is coming in right now. Looking too early does no harm.
   */
  #look(): void {
    if (!this.#isOpen) return;
    const left = this.#growsUntil - this.#setup.now();
    const hasGrown = this.#entries > this.#seen;
    this.#seen = this.#entries;
    if (left > 0 && this.#entries < WORTH_A_FAN_OUT) {
      // The clock may have been set back.
      this.#setup.after(Math.min(left, LIMITS.tickGrowthMs), () => this.#end());
    } else if (left > 0 && hasGrown) {
      this.#setup.soon(() => this.#look());
    } else {
      this.#end();
    }
  }

  #end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#onEnd();
  }
}
