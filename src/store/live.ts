// For hubs set to store-failure = "live": when the store fails for good, people go on talking, from memory, and the
// operator is told once. What was kept until then can still be read as long as the store can read it.

import { strict as assert } from 'node:assert';
import type { Entry } from '../core/entry.ts';
import { ChatError } from '../core/errors.ts';
import type {
  Commit,
  Fact,
  LogChange,
  LogHead,
  PagePlace,
  Repeat,
  Retention,
  SessionRecord,
  Store,
  StoreStats,
} from '../core/store.ts';
import { MemoryStore } from './memory.ts';

/**
 * `store` until an append or a ping of it fails (or it cannot say what it holds); then memory until the process ends.
 * The append that failed goes to memory too, so that it resolves. `announce` is called once, with the failure.
 * Bugs (anything but a ChatError) are passed on.
 */
export function liveOnFailure(store: Store, announce: (error: ChatError) => void): Store {
  return new LiveStore(store, announce);
}

class LiveStore implements Store {
  readonly #announce: (error: ChatError) => void;
  /** The logs of `#kept`, for when they must go on in memory. */
  readonly #known = new Map<string, LogChange>();
  /** Its sessions, for the same. What they have asked for it cannot tell: of that, memory knows what is asked from then on. */
  readonly #sessions = new Map<string, SessionRecord>();
  readonly #kept: Store;
  /** The first entry that memory was given of each of its logs. */
  readonly #starts = new Map<string, number>();
  /** Where everything goes once the store has failed. */
  #memory: MemoryStore | null = null;
  #closed = false;

  constructor(store: Store, announce: (error: ChatError) => void) {
    this.#kept = store;
    this.#announce = announce;
  }

  async heads(): Promise<readonly LogHead[]> {
    const heads = await this.#orLive(
      () => this.#kept.heads(),
      (memory) => memory.heads(),
    );
    for (const head of heads) this.#known.set(head.name, head);
    return heads;
  }

  async sessions(): Promise<readonly SessionRecord[]> {
    const sessions = await this.#orLive(
      () => this.#kept.sessions(),
      (memory) => memory.sessions(),
    );
    for (const session of sessions) this.#sessions.set(session.id, session);
    return sessions;
  }

  /** Asked at the start only: from then on the hub knows them itself. */
  facts(): Promise<readonly Fact[]> {
    return this.#orLive(
      () => this.#kept.facts(),
      (memory) => memory.facts(),
    );
  }

  async append(commit: Commit): Promise<readonly Repeat[]> {
    const repeats = await this.#orLive(
      () => this.#kept.append(commit),
      (memory) => memory.append(this.#continue(memory, commit)),
    );
    if (repeats.length > 0) return repeats;
    for (const log of commit.logs) this.#known.set(log.name, log);
    for (const session of commit.sessions) this.#sessions.set(session.id, session);
    for (const id of commit.ended) this.#sessions.delete(id);
    return repeats;
  }

  async page(log: string, place: PagePlace, limit: number): ReturnType<Store['page']> {
    if (this.#memory === null) return this.#kept.page(log, place, limit);
    const start = this.#startOf(log);
    if ('after' in place) {
      const old = place.after + 1 < start ? await orNothing(this.#kept.page(log, place, limit)) : [];
      return old.length > 0 ? old : this.#memory.page(log, place, limit);
    }
    const recent = await this.#memory.page(log, place, limit);
    const reachesBack = (recent[0]?.seq ?? Math.min(place.before, start)) <= start;
    if (recent.length >= limit || !reachesBack) return recent;
    const olderThan = { before: Math.min(place.before, start) };
    const old = await orNothing(this.#kept.page(log, olderThan, limit - recent.length));
    return [...old, ...recent];
  }

  async search(log: string, query: string, before: number, limit: number): ReturnType<Store['search']> {
    if (this.#memory === null) return this.#kept.search(log, query, before, limit);
    const recent = await this.#memory.search(log, query, before, limit);
    const start = Math.min(before, this.#startOf(log));
    if (recent.length >= limit || start <= 1) return recent;
    const old = await orNothing(this.#kept.search(log, query, start, limit - recent.length));
    return [...recent, ...old];
  }

  async prune(retention: Retention, maxEntries: number): ReturnType<Store['prune']> {
    return (this.#memory ?? this.#kept).prune(retention, maxEntries);
  }

  async drop(logs: readonly string[]): Promise<void> {
    for (const name of logs) {
      this.#known.delete(name);
      this.#starts.delete(name);
    }
    if (this.#memory === null) return this.#kept.drop(logs);
    await this.#memory.drop(logs);
    // What a failed store cannot drop now, nobody asks it for any more.
    await this.#kept.drop(logs).catch(() => {});
  }

  ping(): Promise<void> {
    return this.#orLive(
      () => this.#kept.ping(),
      (memory) => memory.ping(),
    );
  }

  async stats(): Promise<StoreStats> {
    return (this.#memory ?? this.#kept).stats();
  }

  /** What was kept until the store failed can still be saved elsewhere, as long as the store can read it. */
  backup(file: string): Promise<number> {
    return this.#kept.backup(file);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#memory?.close();
    await this.#kept.close();
  }

  async #orLive<T>(keep: () => Promise<T>, live: (memory: MemoryStore) => Promise<T>): Promise<T> {
    if (this.#memory === null) {
      try {
        return await keep();
      } catch (error) {
        if (!(error instanceof ChatError) || this.#closed) throw error;
        this.#goLive(error);
      }
    }
    assert(this.#memory !== null);
    return live(this.#memory);
  }

  #goLive(error: ChatError): void {
    // An append and a ping may fail together.
    if (this.#memory !== null) return;
    this.#memory = new MemoryStore();
    for (const session of this.#sessions.values()) this.#memory.adoptSession(session);
    this.#announce(error);
  }

  /** The part of `commit` that memory is to take, once memory knows the logs that it goes on with. */
  #continue(memory: MemoryStore, commit: Commit): Commit {
    for (const { name } of commit.logs) if (!this.#known.has(name)) this.#starts.set(name, 1);
    for (const { log, seq } of commit.entries) {
      const kept = this.#known.get(log);
      if (kept === undefined || memory.head(log) !== undefined) continue;
      memory.adopt({ ...kept, first: seq, last: seq - 1, lastAt: 0 });
      this.#starts.set(log, seq);
    }
    // The new topic of a log that nothing was said in since is noted here alone.
    return { ...commit, logs: commit.logs.filter(({ name }) => this.#starts.has(name)) };
  }

  /** The first entry of a log that memory was given: what came before it is with the failed store. */
  #startOf(log: string): number {
    return this.#starts.get(log) ?? (this.#known.has(log) ? Infinity : 1);
  }
}

/** What a failed store cannot read is as if retention had taken it: a reader sees by the numbers that something is missing. */
async function orNothing(read: Promise<readonly Entry[]>): Promise<readonly Entry[]> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof ChatError) return [];
    throw error;
  }
}
