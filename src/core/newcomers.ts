// How many accounts one address may make in an hour.

import { prefixOf } from './address.ts';
import { type Rate, TokenBucket } from './rate.ts';

const HOUR_S = 3_600;

export class Newcomers {
  readonly #byAddress = new Map<string, TokenBucket>();
  #rate: Rate = { perSecond: Infinity, burst: Infinity };

  /** Counts one more from `address`. Returns whether it may be made. */
  take(address: string, perHour: number, now: number): boolean {
    this.#rate = { perSecond: perHour / HOUR_S, burst: perHour };
    const place = prefixOf(address);
    let bucket = this.#byAddress.get(place);
    if (bucket === undefined) {
      bucket = new TokenBucket();
      this.#byAddress.set(place, bucket);
    }
    return bucket.take(now, this.#rate) === 0;
  }

  /** Forgets the addresses that may make as many again as one that never made any. */
  sweep(now: number): void {
    for (const [address, bucket] of this.#byAddress)
      if (bucket.isFull(now, this.#rate)) this.#byAddress.delete(address);
  }
}
