// One log of the store in memory.

import { strict as assert } from 'node:assert';
import type { Entry } from '../core/entry.ts';
import type { LogHead, PagePlace, Retention } from '../core/store.ts';
import { weightOf } from './weight.ts';
import type { Query } from './words.ts';

export class MemoryLog {
  readonly name: string;
  readonly epoch: string;
  topic: string;
  /** About what is kept takes. */
  bytes = 0;
  #lastAt: number;
  /** `first` of what is kept; entries[start] is that one. What lies before it was removed, and goes in bulk. */
  #first: number;
  #entries: Entry[] = [];
  #start = 0;
  /** For entries that somebody wants to hear the end of. */
  readonly #whenGone = new Map<number, (() => unknown)[]>();

  constructor(head: LogHead) {
    assert(head.last === head.first - 1, `${head.name}: a log in memory begins empty`);
    this.name = head.name;
    this.epoch = head.epoch;
    this.topic = head.topic;
    this.#first = head.first;
    this.#lastAt = head.lastAt;
  }

  get head(): LogHead {
    const { name, epoch, topic } = this;
    return { name, epoch, topic, first: this.#first, last: this.last, lastAt: this.#lastAt };
  }

  get first(): number {
    return this.#first;
  }

  get last(): number {
    return this.#first + this.count - 1;
  }

  /** When the oldest entry was made; Infinity without one. */
  get firstAt(): number {
    return this.#entries[this.#start]?.at ?? Infinity;
  }

  get count(): number {
    return this.#entries.length - this.#start;
  }

  /** Adds the entry that follows and returns about what it takes. */
  add(entry: Entry): number {
    const bytes = weightOf(entry.text);
    this.#entries.push(entry);
    this.#lastAt = entry.at;
    this.bytes += bytes;
    return bytes;
  }

  page(place: PagePlace, limit: number): Entry[] {
    if ('after' in place) {
      const begin = Math.max(place.after + 1, this.#first);
      return this.#slice(begin, begin + limit);
    }
    const end = Math.min(place.before, this.last + 1);
    return this.#slice(Math.max(end - limit, this.#first), end);
  }

  /**
   * Looks at up to `atMost` entries from the one before `before` towards the beginning, until `limit` of them match.
   * Returns those, newest first, and the place from which to go on; 0 at the beginning.
   */
  search(query: Query, before: number, limit: number, atMost: number): { found: Entry[]; before: number } {
    const found: Entry[] = [];
    const top = Math.min(before, this.last + 1);
    const end = Math.max(top - atMost, this.#first);
    for (const entry of this.#slice(end, top).toReversed()) {
      if (found.length < limit && query.matches(entry.text, entry.from)) found.push(entry);
    }
    return { found, before: end <= this.#first ? 0 : end };
  }

  /** Calls `run` when the entry `seq` is removed. */
  whenGone(seq: number, run: () => unknown): void {
    this.#whenGone.set(seq, [...(this.#whenGone.get(seq) ?? []), run]);
  }

  /** How many of the oldest entries, up to `atMost`, are no younger than `until`, before `bytes` are freed. */
  oldest(until: number, bytes: number, atMost: number): number {
    let count = 0;
    let freed = 0;
    while (count < atMost && freed < bytes) {
      const entry = this.#entries[this.#start + count];
      if (entry === undefined || entry.at > until) break;
      freed += weightOf(entry.text);
      count++;
    }
    return count;
  }

  /** How many entries `retention` has no place for. */
  due({ olderThan, entriesPerLog }: Retention, atMost: number): number {
    let due = Math.max(0, this.count - entriesPerLog);
    while (due < atMost && (this.#entries[this.#start + due]?.at ?? Infinity) < olderThan) due++;
    return Math.min(due, atMost);
  }

  /** Removes the `count` oldest entries and returns about what they took. */
  removeOldest(count: number): number {
    let bytes = 0;
    for (const { seq, text } of this.#slice(this.#first, this.#first + count)) {
      bytes += weightOf(text);
      for (const run of this.#whenGone.get(seq) ?? []) run();
      this.#whenGone.delete(seq);
    }
    this.bytes -= bytes;
    this.#start += count;
    this.#first += count;
    if (this.#start > this.#entries.length / 2) {
      this.#entries = this.#entries.slice(this.#start);
      this.#start = 0;
    }
    return bytes;
  }

  #slice(from: number, end: number): Entry[] {
    const offset = this.#start - this.#first;
    return end <= from ? [] : this.#entries.slice(from + offset, end + offset);
  }
}
