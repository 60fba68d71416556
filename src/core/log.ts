// A log: entries in one order. What was committed last stays in memory for those who are nearly level;
// everything older is read back from the store in pages.

import { Batch, type Entry } from './entry.ts';
import { LIMITS } from './limits.ts';
import type { LogHead } from './store.ts';

/** Whoever follows a log from some place on. */
export interface Reader {
  /** `batch` was committed and is the newest there is. Returns whether it is taken now. */
  offer(batch: Batch): boolean;
}

/** A place in a log: an entry's number and its time in Unix ms. */
export interface Place {
  seq: number;
  at: number;
}

/** One bound on memory for the tails of all logs together. */
export class TailMemory {
  readonly maxBytes: number;
  usedBytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }
}

export class Log {
  readonly name: string;
  readonly epoch: string;
  topic: string;
  /** The oldest entry that can still be read; `last + 1` when none can. */
  first: number;
  /** The newest entry that readers were or are being offered; 0 before the first. */
  last: number;
  /** The newest entry that is durable: ahead of `last` while its batch waits to be fanned out. */
  committed: Place;
  /** How many drafts for it wait or are under way. */
  pending = 0;
  /** Whether the store knows this log. */
  saved: boolean;
  readonly readers = new Set<Reader>();
  readonly #memory: TailMemory;
  #tail: Batch[] = [];

  constructor(head: LogHead, saved: boolean, memory: TailMemory) {
    this.name = head.name;
    this.epoch = head.epoch;
    this.topic = head.topic;
    this.first = head.first;
    this.last = head.last;
    this.committed = { seq: head.last, at: head.lastAt };
    this.saved = saved;
    this.#memory = memory;
  }

  /** Everything up to `place` is durable. */
  commit(place: Place): void {
    this.committed = place;
    this.saved = true;
  }

  /** Takes committed `entries`, which follow `last`, as the one batch that is to be offered to every reader. */
  publish(entries: readonly Entry[]): Batch {
    const batch = new Batch(entries);
    this.last = batch.last;
    for (const { kind, text } of entries) if (kind === 'topic') this.topic = text;
    this.#tail.push(batch);
    this.#memory.usedBytes += batch.weight;
    // A log that publishes while memory is short gives up its own oldest part, so busy logs share what there is.
    while (
      this.#tail.length > 1 &&
      (this.#memory.usedBytes > this.#memory.maxBytes || this.#tail.length > LIMITS.tailBatchesPerLog)
    ) {
      this.#forgetOldest();
    }
    return batch;
  }

  /** The committed entries right after `seq`, from memory; null when memory does not reach back that far. */
  recent(seq: number): Batch | null {
    const oldest = this.#tail[0];
    if (oldest === undefined || seq < oldest.first - 1) return null;
    let low = 0;
    let high = this.#tail.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#tail[middle] as Batch).last <= seq) low = middle + 1;
      else high = middle;
    }
    const batch = this.#tail[low] as Batch;
    return batch.last <= seq ? null : batch.after(seq);
  }

  /** Entries before `first` can no longer be read. */
  forgetBefore(first: number): void {
    this.first = Math.max(this.first, first);
  }

  /** Lets go of what is kept in memory. */
  forgetTail(): void {
    while (this.#tail.length > 0) this.#forgetOldest();
  }

  #forgetOldest(): void {
    this.#memory.usedBytes -= this.#tail.shift()?.weight ?? 0;
  }
}
