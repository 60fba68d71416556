// Flood limits: a bucket for each session, and one for each address that many sessions may share.

import { prefixOf } from './address.ts';
import { ChatError } from './errors.ts';
import { TokenBucket } from './rate.ts';
import type { HubSettings } from './settings.ts';

export class Rates {
  readonly #settings: () => HubSettings;
  readonly #byPrefix = new Map<string, TokenBucket>();
  /** The buckets of those who asked since the last sweep, by their addresses, which are not read for every request. */
  readonly #byAddress = new Map<string, TokenBucket>();

  constructor(settings: () => HubSettings) {
    this.#settings = settings;
  }

  /** Counts one request. @throws ChatError `rate-limited`, saying when to try again. */
  take(own: TokenBucket | null, address: string | null, now: number): void {
    const { sessionRate, addressRate } = this.#settings();
    const wait = own?.take(now, sessionRate) ?? 0;
    if (wait > 0) throw slowDown(wait, 'you send');
    if (address === null || addressRate.burst === Infinity) return;
    const waitShared = this.#bucketOf(address).take(now, addressRate);
    if (waitShared > 0) throw slowDown(waitShared, 'your address sends');
  }

  /** Forgets the addresses whose bucket is full again. */
  sweep(now: number): void {
    const { addressRate } = this.#settings();
    this.#byAddress.clear();
    for (const [prefix, bucket] of this.#byPrefix) {
      if (bucket.isFull(now, addressRate)) this.#byPrefix.delete(prefix);
    }
  }

  #bucketOf(address: string): TokenBucket {
    const known = this.#byAddress.get(address);
    if (known !== undefined) return known;
    const prefix = prefixOf(address);
    const bucket = this.#byPrefix.get(prefix) ?? new TokenBucket();
    this.#byPrefix.set(prefix, bucket);
    this.#byAddress.set(address, bucket);
    return bucket;
  }
}

function slowDown(waitMs: number, who: string): ChatError {
  const seconds = Math.ceil(waitMs / 100) / 10;
  return new ChatError('rate-limited', `${who} too fast: wait ${seconds} s and send it again`, waitMs);
}
