// Flood limits: a bucket for each session, and one for each address that many sessions may share.

import { ChatError } from './errors.ts';
import { TokenBucket } from './rate.ts';
import type { HubSettings } from './settings.ts';

export class Rates {
  readonly #settings: () => HubSettings;
  readonly #byAddress = new Map<string, TokenBucket>();

  constructor(settings: () => HubSettings) {
    this.#settings = settings;
  }

  /** A new session's own bucket. */
  forSession(now: number): TokenBucket {
    const { ratePerSession, burstPerSession } = this.#settings();
    return new TokenBucket(ratePerSession, burstPerSession, now);
  }

  /** Counts one request. @throws ChatError `rate-limited`, saying when to try again. */
  take(own: TokenBucket | null, address: string | null, now: number): void {
    const wait = own?.take(now) ?? 0;
    if (wait > 0) throw slowDown(wait, 'you send');
    if (address === null || this.#settings().burstPerAddress === Infinity) return;
    const waitShared = this.#bucketOf(address, now).take(now);
    if (waitShared > 0) throw slowDown(waitShared, 'your address sends');
  }

  /** Forgets the addresses whose bucket is full again. */
  sweep(now: number): void {
    for (const [address, bucket] of this.#byAddress) if (bucket.isFull(now)) this.#byAddress.delete(address);
  }

  #bucketOf(address: string, now: number): TokenBucket {
    let bucket = this.#byAddress.get(address);
    if (bucket === undefined) {
      const { ratePerAddress, burstPerAddress } = this.#settings();
      bucket = new TokenBucket(ratePerAddress, burstPerAddress, now);
      this.#byAddress.set(address, bucket);
    }
    return bucket;
  }
}

function slowDown(waitMs: number, who: string): ChatError {
  return new ChatError(
    'rate-limited',
    `${who} too fast: wait ${Math.ceil(waitMs / 100) / 10} s and send it again`,
    waitMs,
  );
}
