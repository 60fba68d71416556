// Searches a log of the embedded store in slices of a few milliseconds, so that an append gets in between two of them.

import { LIMITS } from '../core/limits.ts';
import type { SearchSlice } from './messages.ts';
import type { LogRow } from './rows.ts';
import type { Statements } from './statements.ts';
import { expressionOf } from './terms.ts';
import type { Query } from './words.ts';

type Found = [seq: number, at: number, kind: number, from: string, to: string, text: string];

const BLOCK = LIMITS.storeBlockEntries;
/** Ends a list of blocks when the index knows of no others. */
const NO_MORE = 0;

/** One slice of a search: from an entry towards the beginning of its log, until enough is found or the time is up. */
export class Slice {
  readonly #sql: Statements;
  readonly #log: LogRow;
  readonly #query: Query;
  readonly #limit: number;
  readonly #found: Found[] = [];
  /** The entry to look at next. */
  #top: number;
  #end = performance.now() + LIMITS.storeSliceMs;

  constructor(sql: Statements, log: LogRow, query: Query, before: number, limit: number) {
    this.#sql = sql;
    this.#log = log;
    this.#query = query;
    this.#limit = limit;
    this.#top = Math.min(before - 1, log.last);
  }

  /**
   * Runs it. `blocks` is what an earlier slice of the same search knows of the index. What the index does not know is read
   * through, and so is what is too little to be worth asking it.
   */
  run(blocks: readonly number[]): SearchSlice {
    const { first, indexed } = this.#log;
    const isShort = this.#top - first < LIMITS.storeReadThroughEntries;
    const known = isShort ? first - 1 : Math.max(indexed, first - 1);
    while (this.#top > known) {
      if (this.#read(Math.max(known + 1, this.#top - BLOCK + 1))) return this.#result(this.#top + 1, blocks);
    }
    if (this.#top < first) return this.#result(0, []);
    for (const [i, block] of blocks.entries()) {
      if (block === NO_MORE) return this.#result(0, []);
      if (this.#readBlock(block)) return this.#result(this.#top + 1, blocks.slice(i + 1));
    }
    return this.#askIndex();
  }

  #askIndex(): SearchSlice {
    const { id, first, indexed } = this.#log;
    // The block of the top entry may end after it.
    const last = Math.min(this.#top + BLOCK - 1, indexed);
    const blocks = this.#sql.found.iterate(expressionOf(this.#query), id, first, id, last);
    const next = (): number | undefined => {
      const row = blocks.next();
      return row.done === true ? undefined : Number(row.value['seq']);
    };
    let block = next();
    // The first one takes the index some milliseconds when very many texts have the words.
    this.#end = performance.now() + LIMITS.storeSliceMs;
    for (; block !== undefined; block = next()) {
      if (!this.#readBlock(block)) continue;
      const ahead: number[] = [];
      if (this.#found.length < this.#limit) {
        while (ahead.length < LIMITS.storeBlocksAhead && ahead.at(-1) !== NO_MORE)
          ahead.push(next() ?? NO_MORE);
      }
      blocks.return?.();
      return this.#result(this.#top + 1, ahead);
    }
    return this.#result(0, []);
  }

  /** Reads the block that ends with this entry; returns whether that is all for this slice. */
  #readBlock(last: number): boolean {
    const from = Math.max(last - BLOCK + 1, this.#log.first);
    if (from > this.#top) return false;
    this.#top = Math.min(this.#top, last);
    return this.#read(from);
  }

  /** Reads what lies from `from` to the top; returns whether that is all for this slice. */
  #read(from: number): boolean {
    const rows = this.#sql.rows.all(this.#log.id, from, this.#log.id, this.#top) as unknown as Found[];
    for (const row of rows) {
      if (this.#found.length < this.#limit && this.#query.matches(row[5], row[3])) this.#found.push(row);
    }
    this.#top = from - 1;
    return this.#found.length >= this.#limit || performance.now() >= this.#end;
  }

  #result(before: number, blocks: readonly number[]): SearchSlice {
    return { page: JSON.stringify(this.#found), before, blocks };
  }
}
