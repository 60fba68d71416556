// Retention in bounded steps: what nobody can read any more first (entries of dropped logs, marks of sessions that are
// over), then what is too old, then what is too many, then the oldest of all while they take too much.

import type { DatabaseSync } from 'node:sqlite';
import { LIMITS } from '../core/limits.ts';
import type { LogHead, Retention } from '../core/store.ts';
import { droppedRow, headOf, logRow, type DroppedRow, type LogRow } from './rows.ts';
import { pragmaNumber } from './schema.ts';
import type { SearchIndex } from './search-index.ts';
import type { Statements } from './statements.ts';

/** Measured, it is between a half, for texts of a word, and three, for long ones in Chinese. */
const MOST_SCALE = 4;

type Weight = [seq: number, at: number, bytes: number];

/** A log that is to lose entries, and how its new beginning is found. */
interface Due {
  readonly log: LogRow;
  readonly firstToKeep: (atMost: number) => number;
}

/** How much the entries take in the file, with their part of the index, as against what they count as (weight.ts). */
export function scaleOf(db: DatabaseSync, sql: Statements): number {
  const counted = Number(sql.totals.get()?.['bytes']);
  const pages = pragmaNumber(db, 'page_count') - pragmaNumber(db, 'freelist_count');
  const used = pages * pragmaNumber(db, 'page_size');
  // In a small file, most is not entries.
  if (used < LIMITS.storeWeighedBytes || counted === 0) return 1;
  return Math.min(Math.max(used / counted, 1 / MOST_SCALE), MOST_SCALE);
}

export class Retaining {
  readonly #sql: Statements;
  readonly #index: SearchIndex;
  readonly #retention: Retention;
  readonly #shrunk = new Map<number, LogRow>();
  #left: number;
  /** What all entries take. */
  #bytes = 0;

  constructor(sql: Statements, index: SearchIndex, retention: Retention, maxEntries: number) {
    this.#sql = sql;
    this.#index = index;
    this.#retention = retention;
    this.#left = maxEntries;
  }

  /**
   * Removes at most `maxEntries` entries and marks, within the caller's transaction. It looks at no log that loses none,
   * so its time does not grow with what is kept; only the sizes of all logs are added up when there is a bound on them.
   */
  run(): { readonly heads: LogHead[]; readonly more: boolean } {
    if (this.#retention.bytes < Infinity) this.#bytes = Number(this.#sql.totals.get()?.['bytes']);
    while (this.#left > 0) {
      const dropped = this.#sql.dropped.get();
      if (dropped !== undefined) {
        this.#sweepLog(droppedRow(dropped));
        continue;
      }
      const ended = this.#sql.ended.get();
      if (ended !== undefined) {
        this.#sweepSession(Number(ended['session']));
        continue;
      }
      const due = this.#due();
      if (due === undefined) break;
      this.#shrink(due.log, due.firstToKeep(this.#left));
    }
    return { heads: [...this.#shrunk.values()].map(headOf), more: this.#left <= 0 && this.#isMoreDue() };
  }

  #isMoreDue(): boolean {
    return (this.#sql.dropped.get() ?? this.#sql.ended.get() ?? this.#due()) !== undefined;
  }

  #due(): Due | undefined {
    const { olderThan, entriesPerLog, bytes } = this.#retention;
    const row = this.#sql.oldest.get(olderThan) ?? this.#sql.longest.get(entriesPerLog);
    if (row !== undefined) {
      const log = logRow(row);
      return { log, firstToKeep: (atMost) => this.#firstInBounds(log, atMost) };
    }
    if (this.#bytes <= bytes) return undefined;
    const [oldest, next] = this.#sql.byAge.all();
    if (oldest === undefined) return undefined;
    const log = logRow(oldest);
    const until = next === undefined ? Infinity : Number(next['first_at']);
    return { log, firstToKeep: (atMost) => this.#firstInTotal(log, atMost, until) };
  }

  /** The seq that a log which is too old or too long may begin with, at most `atMost` entries on. */
  #firstInBounds(log: LogRow, atMost: number): number {
    const { olderThan, entriesPerLog } = this.#retention;
    const end = Math.min(log.first + atMost, log.last + 1);
    const young = this.#sql.firstSince.get(log.id, log.first, log.id, end - 1, olderThan)?.['seq'] ?? end;
    // At least one goes: a row that does not agree with its entries must not keep retention at itself for ever.
    return Math.min(Math.max(Number(young), log.last - entriesPerLog + 1, log.first + 1), end);
  }

  /** The seq that the log with the oldest entry may begin with: until another log has an older one, or enough is freed. */
  #firstInTotal(log: LogRow, atMost: number, until: number): number {
    let excess = this.#bytes - this.#retention.bytes;
    let first = log.first;
    const last = Math.min(log.first + atMost - 1, log.last);
    const weights = this.#sql.weights.iterate(log.id, log.first, log.id, last) as unknown as Iterable<Weight>;
    for (const [seq, at, bytes] of weights) {
      if (excess <= 0 || at > until) break;
      excess -= bytes;
      first = seq + 1;
    }
    return Math.min(Math.max(first, log.first + 1), log.last + 1);
  }

  #shrink(log: LogRow, first: number): void {
    const bytes = this.#remove(log.id, log.first, first);
    this.#bytes -= bytes;
    const row = logRow(this.#sql.shrink.get(first, bytes, log.id, first, log.id) ?? {});
    this.#shrunk.set(row.id, row);
    this.#left -= first - log.first;
  }

  #sweepLog({ id, first, last }: DroppedRow): void {
    const end = Math.min(first + this.#left, last + 1);
    this.#remove(id, first, end);
    if (end > last) this.#sql.removeDropped.run(id);
    else this.#sql.shrinkDropped.run(end, id);
    this.#left -= end - first;
  }

  #sweepSession(number: number): void {
    const swept = Number(this.#sql.unmarkEnded.run(number, this.#left).changes);
    if (swept < this.#left) this.#sql.removeEnded.run(number);
    this.#left -= Math.max(swept, 1);
  }

  /** Removes a log's entries from `first` to before `end`, and all that points at them. Returns what they took. */
  #remove(id: number, first: number, end: number): number {
    const bytes = Number(this.#sql.weight.get(id, first, id, end - 1)?.['bytes']);
    this.#sql.unmark.run(id, first, id, end - 1);
    this.#index.forget(id, end);
    this.#sql.remove.run(id, first, id, end - 1);
    return bytes;
  }
}
