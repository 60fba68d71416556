// The store as the hub sees it: a place where batches of entries become durable, and pages are read back.
// src/store holds the engines; the conformance suite in test/store is what this port means.

import type { Entry } from './entry.ts';

/** What the store knows of one log. An empty log has `last` 0. */
export interface LogHead {
  readonly name: string;
  readonly epoch: string;
  readonly topic: string;
  /** The oldest entry still kept (1 for a new log; `last + 1` when retention took all). */
  readonly first: number;
  readonly last: number;
  /** When its last entry was made, Unix ms; 0 without one. */
  readonly lastAt: number;
}

/** A log as a batch first mentions it, or its topic after a change. */
export interface LogChange {
  readonly name: string;
  readonly epoch: string;
  readonly topic: string;
}

/** A session as it is kept, so that its peer can come back to it after the hub was started again. */
export interface SessionRecord {
  /** `+` and letters: what the operator calls it by. */
  readonly id: string;
  readonly token: string;
  readonly nick: string;
  readonly client: string;
  /** The account it is signed in to; '' for none. */
  readonly account: string;
  /** When it was let in, Unix ms. */
  readonly since: number;
  /** The logs it follows, its inbox (`@…`) among them, and the last entry its peer is known to have of each. */
  readonly places: readonly { readonly log: string; readonly epoch: string; readonly seq: number }[];
}

/** A request that carried an id, and the entry of the same commit that answers it. Kept as long as the session is. */
export interface RequestMark {
  readonly session: string;
  readonly id: string;
  /** Index into the commit's entries. */
  readonly entry: number;
}

/** A request that an earlier commit has answered already, with the place of that entry. */
export interface Repeat {
  /** Index into the refused commit's `requests`. */
  readonly request: number;
  readonly log: string;
  readonly seq: number;
  readonly at: number;
}

/**
 * What the hub keeps besides logs and sessions, such as accounts and bans: a JSON text under a kind and a key. What it means
 * only core knows.
 */
export interface Fact {
  readonly kind: string;
  readonly key: string;
  readonly value: string;
}

/** A fact as it is from now on; null: it is none any more. */
export interface FactChange extends Omit<Fact, 'value'> {
  readonly value: string | null;
}

/** What is committed together: all of it or nothing. */
export interface Commit {
  readonly logs: readonly LogChange[];
  /** For each log, consecutive after what is kept already; logs may be mixed. */
  readonly entries: readonly Entry[];
  readonly requests: readonly RequestMark[];
  /** Sessions as they are now: new ones, and those that changed. */
  readonly sessions: readonly SessionRecord[];
  /** The ids of sessions that are over: they are forgotten with their marks. */
  readonly ended: readonly string[];
  /** Each fact at most once. */
  readonly facts: readonly FactChange[];
}

/** A page is before or after a place, exclusive, in rising order of `seq`. */
export type PagePlace = { readonly after: number } | { readonly before: number };

/** Bounds on what is kept: entries older than `olderThan` (Unix ms) and all but the last `entriesPerLog` of a log go. */
export interface Retention {
  readonly olderThan: number;
  readonly entriesPerLog: number;
  /** About what all entries together may take on disk; the oldest of all logs go first. Infinity for no bound. */
  readonly bytes: number;
}

export interface StoreStats {
  readonly bytes: number;
  readonly entries: number;
  readonly logs: number;
}

/**
 * Every method rejects with a ChatError `store-failed` whose text says what is wrong and the next step
 * (disk full, damaged file, no permission …).
 */
export interface Store {
  /** Every log there is, in any order. Called once, before anything else. */
  heads(): Promise<readonly LogHead[]>;
  /** Every session that is kept, in any order. */
  sessions(): Promise<readonly SessionRecord[]>;
  /** Every fact that is kept, in any order. */
  facts(): Promise<readonly Fact[]>;
  /**
   * Resolves with nothing when the commit is durable (it survives kill -9 and loss of power). Rejected: nothing of it is kept.
   * Resolved with repeats, nothing of it was kept either: the commit asked again for what was done before.
   * A caller waits for one append before the next. A commit that breaks the port's rules (a gap, an unknown log) rejects
   * with an AssertionError: that is a bug. A dropped name may begin anew with another epoch, at seq 1.
   */
  append(commit: Commit): Promise<readonly Repeat[]>;
  /** At most `limit` entries; those nearest the place; none of a log that is not there. */
  page(log: string, place: PagePlace, limit: number): Promise<readonly Entry[]>;
  /**
   * Entries of `log` before `before` whose text or sender has all words of `query`, newest first, at most `limit`. Words
   * are compared without case and accents, the last one as a beginning; nothing in `query` is an operator.
   */
  search(log: string, query: string, before: number, limit: number): Promise<readonly Entry[]>;
  /** One bounded step (at most `maxEntries`) of retention; the heads that changed, and whether more is due. */
  prune(
    retention: Retention,
    maxEntries: number,
  ): Promise<{ readonly heads: readonly LogHead[]; readonly more: boolean }>;
  /** Forgets logs with all their entries. */
  drop(logs: readonly string[]): Promise<void>;
  /** Resolves when the store has worked through all it was asked before: for the watchdog and readiness. */
  ping(): Promise<void>;
  stats(): Promise<StoreStats>;
  /**
   * Writes all that is kept to the new file `file` while everything goes on, and reads it back to prove it; resolves with
   * its size in bytes. Rejects when the file exists, cannot be written, or there is nothing durable to copy.
   */
  backup(file: string): Promise<number>;
  /** Finishes what is under way and lets go of the files. */
  close(): Promise<void>;
}
