// A store that keeps nothing beyond its process, and only so much: for tests, and for a hub that goes on with live talk
// while its disk does not.

import { strict as assert } from 'node:assert';
import { setImmediate as turn } from 'node:timers/promises';
import { ENTRY_KINDS, type Entry } from '../core/entry.ts';
import { ChatError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type {
  Commit,
  Fact,
  LogHead,
  PagePlace,
  Repeat,
  Retention,
  SessionRecord,
  Store,
  StoreStats,
} from '../core/store.ts';
import { MemoryFacts } from './memory-facts.ts';
import { MemoryLog } from './memory-log.ts';
import { MemorySessions } from './memory-sessions.ts';
import { Query } from './words.ts';

const KINDS: ReadonlySet<string> = new Set(ENTRY_KINDS);

export class MemoryStore implements Store {
  readonly #maxBytes: number;
  readonly #logs = new Map<string, MemoryLog>();
  /** Logs that lost entries to the bound since the last prune, which tells of it. */
  readonly #shortened = new Set<MemoryLog>();
  readonly #sessions = new MemorySessions();
  readonly #facts = new MemoryFacts();
  #bytes = 0;
  #closed = false;

  /** `maxBytes`: about what all entries together may take; over it the largest logs lose their oldest. */
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

  /** Takes up a session that another store has let in. */
  adoptSession(record: SessionRecord): void {
    this.#sessions.keep(record);
  }

  async sessions(): Promise<readonly SessionRecord[]> {
    this.#assertOpen();
    return this.#sessions.records;
  }

  async facts(): Promise<readonly Fact[]> {
    this.#assertOpen();
    return this.#facts.all;
  }

  async append(commit: Commit): Promise<readonly Repeat[]> {
    this.#assertOpen();
    // All is looked at before anything is done, so that a commit with a fault leaves nothing behind.
    this.#check(commit);
    const repeats = this.#repeats(commit);
    if (repeats.length > 0) return repeats;
    for (const { name, epoch, topic } of commit.logs) {
      const log = this.#logs.get(name);
      if (log === undefined) this.adopt({ name, epoch, topic, first: 1, last: 0, lastAt: 0 });
      else log.topic = topic;
    }
    for (const entry of commit.entries) this.#bytes += this.#logs.get(entry.log)?.add(entry) ?? 0;
    for (const record of commit.sessions) this.#sessions.keep(record);
    for (const fact of commit.facts) this.#facts.keep(fact);
    for (const { session, id, entry } of commit.requests) {
      const { log: name, seq, at } = commit.entries[entry] as Entry;
      const log = this.#logs.get(name);
      if (log !== undefined) this.#sessions.mark(session, id, { log, seq, at });
    }
    for (const id of commit.ended) this.#sessions.end(id);
    if (this.#bytes > this.#maxBytes) this.#makeRoom();
    return [];
  }

  async page(log: string, place: PagePlace, limit: number): ReturnType<Store['page']> {
    this.#assertOpen();
    return limit < 1 ? [] : (this.#logs.get(log)?.page(place, limit) ?? []);
  }

  async search(log: string, query: string, before: number, limit: number): ReturnType<Store['search']> {
    this.#assertOpen();
    const wanted = new Query(query);
    const found: Entry[] = [];
    const searched = this.#logs.get(log);
    if (searched === undefined || wanted.isEmpty) return found;
    let place = before;
    while (place > 0 && found.length < limit) {
      const slice = searched.search(wanted, place, limit - found.length, LIMITS.searchSliceEntries);
      found.push(...slice.found);
      place = slice.before;
      // The hub's thread is wanted by others too.
      if (place > 0) await turn();
    }
    return found;
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
    while (left > 0 && this.#bytes > retention.bytes) {
      const { oldest, until } = this.#oldest();
      if (oldest === undefined) break;
      const count = oldest.oldest(until, this.#bytes - retention.bytes, left);
      this.#bytes -= oldest.removeOldest(count);
      left -= count;
      changed.add(oldest);
    }
    more ||= left === 0 && this.#bytes > retention.bytes;
    return { heads: [...changed].map(({ head }) => head), more };
  }

  async drop(logs: readonly string[]): Promise<void> {
    this.#assertOpen();
    for (const name of logs) {
      const log = this.#logs.get(name);
      if (log === undefined) continue;
      this.#bytes -= log.removeOldest(log.count);
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

  async backup(): Promise<number> {
    this.#assertOpen();
    throw new ChatError(
      'store-failed',
      'nothing is kept on a disk, so there is nothing to back up: see why with journalctl -u chatroom',
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#logs.clear();
    this.#sessions.clear();
  }

  /** The log with the oldest entry of all, and the time up to which no other has an older one. */
  #oldest(): { oldest: MemoryLog | undefined; until: number } {
    let oldest: MemoryLog | undefined;
    let until = Infinity;
    for (const log of this.#logs.values()) {
      if (log.firstAt < (oldest?.firstAt ?? Infinity)) {
        until = oldest?.firstAt ?? Infinity;
        oldest = log;
      } else {
        until = Math.min(until, log.firstAt);
      }
    }
    return { oldest, until };
  }

  #repeats({ requests }: Commit): Repeat[] {
    return requests.flatMap(({ session, id }, request) => {
      const answered = this.#sessions.answerTo(session, id);
      return answered === undefined
        ? []
        : [{ request, log: answered.log.name, seq: answered.seq, at: answered.at }];
    });
  }

  #check({ logs, entries, requests }: Commit): void {
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
    const different = new Set<string>();
    for (const { session, id, entry } of requests) {
      assert(entries[entry] !== undefined, `request ${id} is answered by no entry of its commit`);
      different.add(JSON.stringify([session, id]));
    }
    assert.equal(different.size, requests.length, 'a commit marks one request twice');
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
