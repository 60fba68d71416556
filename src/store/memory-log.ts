// One log of the store in memory.

import { strict as assert } from 'node:assert';
import type { Entry } from '../core/entry.ts';
import type { LogHead, PagePlace, Retention } from '../core/store.ts';

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

  get count(): number {
    return this.#entries.length - this.#start;
  }

  /** Adds the entry that follows and returns about what it takes. */
  add(entry: Entry): number {
    const bytes = weightOf(entry);
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

  /** How many entries `retention` has no place for. */
  due({ olderThan, entriesPerLog }: Retention, atMost: number): number {
    let due = Math.max(0, this.count - entriesPerLog);
    while (due < atMost && (this.#entries[this.#start + due]?.at ?? Infinity) < olderThan) due++;
    return Math.min(due, atMost);
  }

  /** Removes the `count` oldest entries and returns about what they took. */
  removeOldest(count: number): number {
    let bytes = 0;
    for (const entry of this.#slice(this.#first, this.#first + count)) bytes += weightOf(entry);
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

function weightOf(entry: Entry): number {
  return 100 + entry.text.length;
}
