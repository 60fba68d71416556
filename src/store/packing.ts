// How entries cross from the hub's thread to the store's and back: an object for each would cost both threads more than all that is done with
// it. On the way in, runs of one log's entries, field after field; on the way out, pages of JSON as SQLite makes them. Measured at full load
// with 100 members, packed runs and rows added sixteen at a time take a third off the store's thread, 4.0 to 2.7 µs an entry, and a tenth off
// the hub's.

import { strict as assert } from 'node:assert';
import { ENTRY_KINDS, type Entry, type EntryKind } from '../core/entry.ts';
import type { Commit } from '../core/store.ts';
import { damaged } from './failure.ts';

const KIND_NUMBERS: ReadonlyMap<EntryKind, number> = new Map(
  ENTRY_KINDS.map((kind, number) => [kind, number]),
);

/** Entries of one log, `first` and those that follow it. */
export interface PackedRun {
  readonly log: string;
  readonly first: number;
  /** `FIELDS` for each entry: its time, its kind's number, from, to, text. */
  readonly fields: (number | string)[];
}

export const FIELDS = 5;

/** A request, and the place of the entry that answers it. */
export interface PackedMark {
  readonly session: string;
  readonly id: string;
  readonly log: string;
  readonly seq: number;
}

export interface PackedCommit extends Omit<Commit, 'entries' | 'requests'> {
  readonly runs: readonly PackedRun[];
  readonly requests: readonly PackedMark[];
}

/** A page: a JSON array of `[seq, at, kind's number, from, to, text]`. */
export type PackedPage = string;

/** @throws AssertionError when a request is answered by no entry of the commit. */
export function packCommit({ entries, requests, ...rest }: Commit): PackedCommit {
  const marks = requests.map(({ session, id, entry }) => {
    const answer = entries[entry];
    assert(answer !== undefined, `request ${id} is answered by no entry of its commit`);
    return { session, id, log: answer.log, seq: answer.seq };
  });
  return { ...rest, runs: packRuns(entries), requests: marks };
}

function packRuns(entries: readonly Entry[]): PackedRun[] {
  const runs: PackedRun[] = [];
  const newest = new Map<string, PackedRun>();
  for (const { log, seq, at, kind, from, to, text } of entries) {
    const number = KIND_NUMBERS.get(kind);
    assert(number !== undefined, `no such kind of entry: ${kind}`);
    let run = newest.get(log);
    if (run === undefined || run.first + run.fields.length / FIELDS !== seq) {
      run = { log, first: seq, fields: [] };
      newest.set(log, run);
      runs.push(run);
    }
    run.fields.push(at, number, from, to, text);
  }
  return runs;
}

/**
 * The entries of a page, in rising order.
 * @throws ChatError `store-failed` for an entry of a kind that this version has no word for.
 */
export function unpackPage(file: string, log: string, page: PackedPage): Entry[] {
  const rows: [number, number, number, string, string, string][] = JSON.parse(page);
  const entries = rows.map(([seq, at, number, from, to, text]) => {
    const kind = ENTRY_KINDS[number];
    if (kind === undefined) throw damaged(file, `entry ${seq} of ${log} is of no known kind`);
    return { log, seq, at, kind, from, to, text };
  });
  return entries.sort((a, b) => a.seq - b.seq);
}
