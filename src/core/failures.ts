// Guessing is slowed down: after a few wrong passwords from one address, or for one name, each next try has to wait longer.
// A try counts as wrong until it proved right, so that many at once are no way around it.

import { prefixOf } from './address.ts';
import { ChatError } from './errors.ts';
import { LIMITS } from './limits.ts';

interface Count {
  tries: number;
  /** Unix ms. */
  until: number;
}

export class Failures {
  readonly #byAddress = new Map<string, Count>();
  readonly #byName = new Map<string, Count>();

  /** Counts a try before its outcome is known. @throws ChatError `auth-failed`, saying when to try again. */
  begin(address: string, name: string, now: number): void {
    const counts = [
      this.#count(this.#byAddress, prefixOf(address)),
      this.#count(this.#byName, name),
    ] as const;
    const waitMs = Math.max(...counts.map(({ until }) => until - now));
    if (waitMs > 0) throw tooSoon(waitMs);
    const [ofAddress, ofName] = counts;
    delay(ofAddress, now, LIMITS.addressFailureDelayMs);
    delay(ofName, now, LIMITS.accountFailureDelayMs);
  }

  /** The try proved right. */
  forgive(address: string, name: string): void {
    const ofAddress = this.#count(this.#byAddress, prefixOf(address));
    // Not more than this try: who has an account of their own could else guess at others' for ever.
    ofAddress.tries = Math.max(0, ofAddress.tries - 1);
    ofAddress.until = 0;
    this.#byName.delete(name);
  }

  /** Forgets those that have long been over. */
  sweep(now: number): void {
    for (const counts of [this.#byAddress, this.#byName])
      for (const [key, { until }] of counts)
        if (now - until > LIMITS.addressFailureDelayMs) counts.delete(key);
  }

  #count(counts: Map<string, Count>, key: string): Count {
    let count = counts.get(key);
    if (count === undefined) {
      count = { tries: 0, until: 0 };
      counts.set(key, count);
      const oldest = counts.keys().next().value;
      if (counts.size > LIMITS.rememberedFailures && oldest !== undefined) counts.delete(oldest);
    }
    return count;
  }
}

function delay(count: Count, now: number, mostMs: number): void {
  count.tries++;
  const over = count.tries - LIMITS.freeFailures;
  count.until = over < 0 ? now : now + Math.min(mostMs, LIMITS.failureDelayMs * 2 ** Math.min(over, 30));
}

function tooSoon(waitMs: number): ChatError {
  const seconds = Math.ceil(waitMs / 1000);
  return new ChatError(
    'auth-failed',
    `too many wrong passwords: wait ${seconds} s before the next try, or sign in with a key`,
    waitMs,
  );
}
