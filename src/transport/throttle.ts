// How often an address may connect: as often at once as it may have connections, and as often again every ten seconds. A connection costs
// the hub a handshake, so who only makes and drops them would otherwise have as much of it as they like.

import { prefixOf } from '../core/address.ts';
import { LIMITS } from '../core/limits.ts';
import { type Rate, TokenBucket } from '../core/rate.ts';
import { bye, type Bye } from '../core/reply.ts';

/** What becomes of one that comes: it is in time; or it is too soon, and is told so, or closed without a word, for telling costs a handshake. */
export type Coming = 'in-time' | 'unheard' | Bye;

interface Comer {
  readonly bucket: TokenBucket;
  toldAt: number;
}

export class Throttle {
  readonly #byPrefix = new Map<string, Comer>();

  /** Counts one more from `address`, which may have `most` connections, and says what becomes of it. */
  enter(address: string, most: number, now: number): Coming {
    const prefix = prefixOf(address);
    const comer = this.#byPrefix.get(prefix) ?? { bucket: new TokenBucket(), toldAt: -Infinity };
    this.#byPrefix.set(prefix, comer);
    const waitMs = comer.bucket.take(now, rateFor(most));
    if (waitMs === 0) return 'in-time';
    // The clock may step back, too.
    if (Math.abs(now - comer.toldAt) < LIMITS.tellTooSoonMs) return 'unheard';
    comer.toldAt = now;
    const text = `your address connects too often: try again in ${Math.ceil(waitMs / 100) / 10} s`;
    return bye('too-many-connections', text, true);
  }

  /** Forgets those who have not come for a while. */
  sweep(most: number, now: number): void {
    for (const [prefix, { bucket }] of this.#byPrefix) {
      if (bucket.isFull(now, rateFor(most))) this.#byPrefix.delete(prefix);
    }
  }
}

/** Who may have only a few connections may still lose and make them again. */
function rateFor(most: number): Rate {
  const burst = Math.max(most, LIMITS.connectsAtOnce);
  return { burst, perSecond: (1000 * burst) / LIMITS.connectsAgainMs };
}
