// What the members in one seat hear: how many messages, and how long each took, told by the stamp that is in it.

import { createHistogram } from 'node:perf_hooks';
import type { Delays } from './orders.ts';

const MARK = '|';
const STAMP_DIGITS = 13;
const END = 1 + STAMP_DIGITS;

/** Microseconds by the machine's own clock, which is one for all processes. */
function micros(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** A message of so many bytes that tells when it was said. */
export function stamped(bytes: number): string {
  const stamp = String(micros()).padStart(STAMP_DIGITS, '0');
  return (MARK + stamp).padEnd(bytes, 'x');
}

export class Ear {
  #bytes = 0;
  #messages = 0;
  /** In microseconds; of a size that does not grow with what is heard. */
  #delays = createHistogram();

  /** How many messages began in these bytes. */
  hear(bytes: Buffer): number {
    const now = micros();
    const before = this.#messages;
    this.#bytes += bytes.length;
    for (let at = bytes.indexOf(MARK); at !== -1; at = bytes.indexOf(MARK, at + 1)) {
      this.#messages++;
      // One that a read has cut is counted, not timed.
      if (at + END > bytes.length) break;
      const delay = now - Number(bytes.toString('latin1', at + 1, at + END));
      this.#delays.record(Math.max(1, delay));
    }
    return this.#messages - before;
  }

  /** What was heard since the last `reset`. */
  report(): { readonly bytes: number; readonly messages: number } & Delays {
    const ms = (percentile: number): number =>
      this.#messages === 0 ? Number.NaN : this.#delays.percentile(percentile) / 1000;
    return { bytes: this.#bytes, messages: this.#messages, p50Ms: ms(50), p99Ms: ms(99) };
  }

  reset(): void {
    this.#bytes = 0;
    this.#messages = 0;
    this.#delays.reset();
  }
}
