// A store that keeps nothing beyond its process, and only so much: for tests, and for a hub that goes on with live talk
// while its disk does not.

import { strict as assert } from 'node:assert';
import { ENTRY_KINDS } from '../core/entry.ts';
import { ChatError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { Commit, LogHead, PagePlace, Retention, Store, StoreStats } from '../core/store.ts';
import { MemoryLog } from './memory-log.ts';

const KINDS: ReadonlySet<string> = new Set(ENTRY_KINDS);

export class MemoryStore implements Store {
  readonly #maxBytes: number;
  readonly #logs = new Map<string, MemoryLog>();
  /** Logs that lost entries to the bound since the last prune, which tells of it. */
  readonly #shortened = new Set<MemoryLog>();
  #bytes = 0;
  #closed = false;

  /** Over `maxBytes` the largest logs lose their oldest entries. */
  /** `maxBytes`: about what all entries together may take. */
  constructor(maxBytes: number = LIMITS.memoryStoreBytes) {
    this.#maxBytes = maxBytes;
  }

  /** What is known of a log; undefined for none of that name. */
  head(log: string): LogHead | undefined {
    return this.#logs.get(log)?.head;
  }

  /** Takes up an empty log that goes on where another store's ends: `last` is `first - 1`. */
  adopt(head: LogHead): void {
    this.#logs.set(head.name, new MemoryLog(head));
  }

  async heads(): Promise<readonly LogHead[]> {
    this.#assertOpen();
    return [...this.#logs.values()].map(({ head }) => head);
  }

  async append(commit: Commit): Promise<void> {
    this.#assertOpen();
    // All is looked at before anything is done, so that a commit with a fault leaves nothing behind.
    this.#check(commit);
    for (const { name, epoch, topic } of commit.logs) {
      const log = this.#logs.get(name);
      if (log === undefined) this.adopt({ name, epoch, topic, first: 1, last: 0, lastAt: 0 });
      else log.topic = topic;
    }
    for (const entry of commit.entries) this.#bytes += this.#logs.get(entry.log)?.add(entry) ?? 0;
    if (this.#bytes > this.#maxBytes) this.#makeRoom();
  }

  async page(log: string, place: PagePlace, limit: number): ReturnType<Store['page']> {
    this.#assertOpen();
    return limit < 1 ? [] : (this.#logs.get(log)?.page(place, limit) ?? []);
  }

  async prune(retention: Retention, maxEntries: number): ReturnType<Store['prune']> {
    this.#assertOpen();
    const changed = new Set(this.#shortened);
    this.#shortened.clear();
    let left = maxEntries;
    let more = false;
    for (const log of this.#logs.values()) {
      const count = log.due(retention, left + 1);
      more ||= count > left;
      if (count === 0 || left === 0) continue;
      this.#bytes -= log.removeOldest(Math.min(count, left));
      left -= Math.min(count, left);
      changed.add(log);
    }
    return { heads: [...changed].map(({ head }) => head), more };
  }

  async drop(logs: readonly string[]): Promise<void> {
    this.#assertOpen();
    for (const name of logs) {
      const log = this.#logs.get(name);
      if (log === undefined) continue;
      this.#bytes -= log.bytes;
      this.#logs.delete(name);
      this.#shortened.delete(log);
    }
  }

  async ping(): Promise<void> {
    this.#assertOpen();
  }

  async stats(): Promise<StoreStats> {
    this.#assertOpen();
    let entries = 0;
    for (const log of this.#logs.values()) entries += log.count;
    return { bytes: this.#bytes, entries, logs: this.#logs.size };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#logs.clear();
  }

  #check({ logs, entries }: Commit): void {
    const last = new Map<string, number>();
    for (const { name, epoch } of logs) {
      const log = this.#logs.get(name);
      if (log !== undefined) assert.equal(epoch, log.epoch, `${name} is kept under another epoch`);
      last.set(name, log?.last ?? 0);
    }
    for (const { log, seq, kind } of entries) {
      const before = last.get(log) ?? this.#logs.get(log)?.last;
      assert(before !== undefined, `an entry of ${log}, which no commit has mentioned`);
      assert.equal(seq, before + 1, `${log}: entry ${seq} where ${before + 1} is next`);
      assert(KINDS.has(kind), `no such kind of entry: ${kind}`);
      last.set(log, seq);
    }
  }

  /** The largest logs give up a quarter each, until a sixteenth of the bound is free again. */
  #makeRoom(): void {
    const enough = this.#maxBytes - this.#maxBytes / 16;
    while (this.#bytes > enough) {
      for (const log of [...this.#logs.values()].sort((a, b) => b.bytes - a.bytes)) {
        if (this.#bytes <= enough || log.count === 0) break;
        this.#bytes -= log.removeOldest(Math.ceil(log.count / 4));
        this.#shortened.add(log);
      }
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw new ChatError('store-failed', 'the store is closed: start the hub again');
  }
}
