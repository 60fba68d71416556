// The index of the search: of every few entries of a log, which words are somewhere in them. A search reads the entries
// that it points to, so it may be behind, and it may say too much, but never too little of what it covers.
//
// Measured with a million entries, against a document for each of them: half the size, and for words that most texts have
// (and beginnings of them) a page of results comes in 10 ms instead of 50 to 200. Retention has a sixteenth of the documents
// to remove, and a log of few entries has none.

import type { DatabaseSync } from 'node:sqlite';
import { LIMITS } from '../core/limits.ts';
import { logRow, type LogRow } from './rows.ts';
import { INDEX_SCHEMA } from './schema.ts';
import type { Statements } from './statements.ts';
import { transaction } from './transaction.ts';
import { addTerms } from './terms.ts';

type Said = [seq: number, from: string, text: string];

// A document of the index is named for the place of the last of its entries, of which it has at most this many.
const BLOCK = LIMITS.storeBlockEntries;

export class SearchIndex {
  readonly #db: DatabaseSync;
  readonly #sql: Statements;
  /** Logs with entries that the index does not know, as far as is known. */
  #behind: Set<number>;
  /** Nothing was added or removed since there was nothing left to merge. */
  #isMerged = false;
  /** What was removed may still take its place. */
  holdsRemoved = false;

  constructor(db: DatabaseSync, sql: Statements) {
    this.#db = db;
    this.#sql = sql;
    this.#behind = this.#unindexed();
  }

  /** Begins anew without what is damaged; it holds nothing that the entries do not say. */
  rebuild(): void {
    transaction(this.#db, () =>
      this.#db.exec(`DROP TABLE search; ${INDEX_SCHEMA}; UPDATE logs SET indexed = 0`),
    );
    this.#behind = this.#unindexed();
  }

  /** The log of this id has new entries. */
  grown(logId: number): void {
    this.#behind.add(logId);
  }

  /**
   * A step of a few milliseconds of what is to be done: entries that make a block are indexed, and the parts of the index
   * are merged. Returns whether more is to be done.
   */
  catchUp(): boolean {
    if (this.#behind.size === 0 && this.#isMerged) return false;
    const level: number[] = [];
    let busy: number | undefined;
    this.#isMerged = transaction(this.#db, () => {
      const end = performance.now() + LIMITS.storeSliceMs / 2;
      for (const id of this.#behind) {
        if (this.#indexUntil(end, id)) {
          level.push(id);
        } else {
          busy = id;
          break;
        }
      }
      return this.#mergeUntil(performance.now() + LIMITS.storeSliceMs / 2);
    });
    if (this.#isMerged) this.holdsRemoved = false;
    for (const id of level) this.#behind.delete(id);
    // It goes to the end of the row: one log that grows all the time keeps no other waiting.
    if (busy !== undefined && this.#behind.delete(busy)) this.#behind.add(busy);
    return this.#behind.size > 0 || !this.#isMerged;
  }

  /** Forgets what lies before `first`, within the caller's transaction. A block at the border stays until all of it goes. */
  forget(logId: number, first: number): void {
    if (Number(this.#sql.unindex.run(logId, 0, logId, first - 1).changes) === 0) return;
    this.#isMerged = false;
    this.holdsRemoved = true;
  }

  #unindexed(): Set<number> {
    return new Set(this.#sql.unindexed.all(BLOCK).map((row) => Number(row['id'])));
  }

  /** Returns whether the log is indexed as far as it makes blocks. */
  #indexUntil(end: number, id: number): boolean {
    const row = this.#sql.logOfId.get(id);
    if (row === undefined) return true;
    const log = logRow(row);
    const begin = Math.max(log.indexed + 1, log.first);
    let first = begin;
    while (log.last - first >= BLOCK - 1 && performance.now() < end) first = this.#indexBlock(log, first);
    if (first > begin) this.#sql.setIndexed.run(first - 1, id);
    return log.last - first < BLOCK - 1;
  }

  /** Returns where the next block begins: sooner than usual after a block of very many words. */
  #indexBlock({ id }: LogRow, first: number): number {
    const terms = new Set<string>();
    let last = first;
    for (const [seq, from, text] of this.#sql.said.all(
      id,
      first,
      id,
      first + BLOCK - 1,
    ) as unknown as Said[]) {
      last = seq;
      addTerms(terms, from);
      addTerms(terms, text);
      if (terms.size >= LIMITS.storeBlockTerms) break;
    }
    this.#sql.index.run(id, last, [...terms].join(' '));
    return last + 1;
  }

  /** Returns whether there is nothing left to merge. */
  #mergeUntil(end: number): boolean {
    do {
      const before = this.#changes();
      this.#sql.mergeIndex.run(LIMITS.storeMergePages);
      // As FTS5 tells it: https://www.sqlite.org/fts5.html#the_merge_command
      if (this.#changes() - before < 2) return true;
    } while (performance.now() < end);
    return false;
  }

  #changes(): number {
    return Number(this.#sql.changes.get()?.['changes']);
  }
}
