// What the tests of the stores are made of: entries, commits, bounds and refusals.

import type { Entry } from '../../src/core/entry.ts';
import { ChatError } from '../../src/core/errors.ts';
import type { Commit, LogHead, Retention, SessionRecord, Store } from '../../src/core/store.ts';
import { packCommit, type PackedCommit } from '../../src/store/packing.ts';

export interface Engine {
  /** The store called `place`: a new one, or, when the engine is `lasting`, what an earlier one of that name kept. */
  readonly open: (place: string) => Promise<Store>;
  readonly lasting: boolean;
}

/** More than there is of anything. */
export const ALL = 1_000_000;

export function say(log: string, seq: number, more: Partial<Entry> = {}): Entry {
  return { log, seq, at: 1000 + seq, kind: 'message', from: 'LO', to: '', text: `text ${seq}`, ...more };
}

/** Entries `first` to `last` of a log, entry n made at 1000 + n. */
export function run(log: string, first: number, last: number): Entry[] {
  return Array.from({ length: last - first + 1 }, (_, i) => say(log, first + i));
}

export function commit(
  logs: readonly string[],
  entries: readonly Entry[] = [],
  more: Partial<Commit> = {},
): Commit {
  const changes = logs.map((name) => ({ name, epoch: `epoch of ${name}`, topic: '' }));
  return { logs: changes, entries, requests: [], sessions: [], ended: [], facts: [], ...more };
}

/** The same as it goes to the store's thread. */
export function packed(...args: Parameters<typeof commit>): PackedCommit {
  return packCommit(commit(...args));
}

/** Bounds of retention that nothing is over, but for those given. */
export function bounds(more: Partial<Retention> = {}): Retention {
  return { olderThan: 0, entriesPerLog: ALL, bytes: Infinity, ...more };
}

/** The heads by name, as an engine may give them in any order. */
export async function headsOf(store: Store): Promise<LogHead[]> {
  return sorted(await store.heads());
}

export function sorted(heads: readonly LogHead[]): LogHead[] {
  return [...heads].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Awaits a refusal and tells whether it is an operating error's. */
export async function refusal(call: Promise<unknown>): Promise<{ operating: boolean; text: string }> {
  try {
    await call;
  } catch (error) {
    const operating = error instanceof ChatError && error.code === 'store-failed';
    return { operating, text: error instanceof Error ? error.message : String(error) };
  }
  return { operating: false, text: 'it was not refused' };
}

export function session(id: string, more: Partial<SessionRecord> = {}): SessionRecord {
  const places = [
    { log: '#a', epoch: 'epoch of #a', seq: 7 },
    { log: `@${id}`, epoch: 'é', seq: 0 },
  ];
  return {
    id,
    token: `token "of" ${id}`,
    nick: 'LÖ',
    client: 'chat/1',
    account: '4f',
    since: 1_700_000_000_000,
    places,
    ...more,
  };
}
