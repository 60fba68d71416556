// Offers what was committed together to all who follow its logs, so many readers at a time. Who comes to a log meanwhile finds the batch there and
// passes over it here; who leaves is not served any more; who is away or has a full socket costs nothing.

import type { Batch, Entry } from './entry.ts';
import type { Log, Reader } from './log.ts';

export type OnPublished = (log: Log, entries: readonly Entry[]) => void;

/** A log that is being served. */
interface Part {
  readonly log: Log;
  readonly batch: Batch;
  readonly readers: Iterator<Reader, undefined>;
}

export class FanOut {
  /** About how many readers are still to be served. */
  left = 0;
  readonly #byLog = new Map<Log, Entry[]>();
  readonly #logs: Iterator<[Log, Entry[]], undefined>;
  readonly #onPublished: OnPublished;
  #part: Part | null = null;

  /** `logs`: the log of each of the `entries`. */
  constructor(logs: readonly Log[], entries: readonly Entry[], onPublished: OnPublished) {
    for (const [i, log] of logs.entries()) {
      const ofLog = this.#byLog.get(log);
      if (ofLog === undefined) this.#byLog.set(log, [entries[i] as Entry]);
      else ofLog.push(entries[i] as Entry);
    }
    for (const log of this.#byLog.keys()) this.left += log.readers.size;
    this.#logs = this.#byLog.entries();
    this.#onPublished = onPublished;
  }

  /**
   * Serves so many readers of one log, not counting those who take nothing now, and all of the logs that have no more. Returns whether that was all.
   * Measured with 100 rooms of 100: with pauses between rooms, too, a third less is said, since each batch is smaller.
   */
  serve(count: number): boolean {
    for (;;) {
      this.#part ??= this.#nextPart();
      if (this.#part === null) return true;
      const { log, batch, readers } = this.#part;
      let served = 0;
      while (served < count) {
        const { value: reader } = readers.next();
        if (reader === undefined) break;
        this.left--;
        if (reader.offer(batch)) served++;
      }
      if (served >= count) return false;
      this.#part = null;
      this.#onPublished(log, batch.entries);
    }
  }

  #nextPart(): Part | null {
    const { value } = this.#logs.next();
    if (value === undefined) return null;
    const [log, entries] = value;
    return { log, batch: log.publish(entries), readers: log.readers.values() };
  }
}
