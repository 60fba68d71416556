// The store on SQLite, as plain synchronous calls: what the worker does for the hub, and what tests call directly.

import { strict as assert } from 'node:assert';
import type { DatabaseSync } from 'node:sqlite';
import { ENTRY_KINDS, type Entry, type EntryKind } from '../core/entry.ts';
import type { Commit, LogChange, LogHead, PagePlace, Retention, Store, StoreStats } from '../core/store.ts';
import { damaged } from './failure.ts';
import { openFile } from './file.ts';
import type { AnswerTo, Method, PackedPage } from './messages.ts';
import { retain } from './retention.ts';
import { headOf, logRow, type LogRow } from './rows.ts';
import { pragmaNumber } from './schema.ts';
import { prepare, type Statements } from './statements.ts';
import { transaction } from './transaction.ts';

const MAX_SEQ = 2 ** 32 - 1;
const KIND_NUMBERS: ReadonlyMap<EntryKind, number> = new Map(
  ENTRY_KINDS.map((kind, number) => [kind, number]),
);

/** A log while a commit makes it grow. */
interface Growing {
  readonly id: number;
  /** The time of the commit's first entry: that of the log's first, if it had none. */
  readonly fromAt: number;
  last: number;
  lastAt: number;
}

/** Core's port `Store` as plain calls. */
type SyncStore = { readonly [M in Method]: (...args: Parameters<Store[M]>) => AnswerTo<M> };

/** Throws what SQLite throws: the caller makes a ChatError of it (failure.ts). */
export class Database implements SyncStore {
  readonly #db: DatabaseSync;
  readonly #sql: Statements;

  /** @throws ChatError `store-failed` as `openFile` does. */
  constructor(file: string) {
    this.#db = openFile(file);
    try {
      this.#sql = prepare(this.#db);
    } catch (error) {
      this.#db.close();
      // Our mark and our version, but not our tables.
      throw damaged(file, error instanceof Error ? error.message : String(error));
    }
  }

  heads(): LogHead[] {
    return this.#sql.logs.all().map((row) => headOf(logRow(row)));
  }

  append(commit: Commit): void {
    transaction(this.#db, () => {
      for (const change of commit.logs) this.#change(change);
      this.#add(commit.entries);
    });
  }

  page(name: string, place: PagePlace, limit: number): PackedPage {
    const log = this.#log(name);
    if (log === undefined || limit < 1) return '[]';
    const row =
      'after' in place
        ? this.#sql.pageUp.get(log.id, clampSeq(place.after + 1), log.id, log.last, limit)
        : this.#sql.pageDown.get(log.id, log.first, log.id, clampSeq(place.before - 1), limit);
    return String(row?.['page']);
  }

  prune(retention: Retention, maxEntries: number): { heads: LogHead[]; more: boolean } {
    const { shrunk, more } = transaction(this.#db, () => retain(this.#sql, retention, maxEntries));
    return { heads: shrunk.map(headOf), more };
  }

  /** Takes the same short time however long the logs are: retention sweeps up their entries in its bounded steps. */
  drop(names: readonly string[]): void {
    transaction(this.#db, () => {
      for (const name of names) {
        const log = this.#log(name);
        if (log === undefined) continue;
        this.#sql.removeLog.run(log.id);
        if (log.first <= log.last) this.#sql.addDropped.run(log.id, log.first, log.last);
      }
    });
  }

  /** Its answer is that it is answered. */
  ping(): void {}

  stats(): StoreStats {
    const totals = this.#sql.totals.get();
    return {
      bytes: pragmaNumber(this.#db, 'page_count') * pragmaNumber(this.#db, 'page_size'),
      entries: Number(totals?.['entries']),
      logs: Number(totals?.['logs']),
    };
  }

  close(): void {
    this.#db.close();
  }

  #log(name: string): LogRow | undefined {
    const row = this.#sql.log.get(name);
    return row === undefined ? undefined : logRow(row);
  }

  #change({ name, epoch, topic }: LogChange): void {
    const log = this.#log(name);
    if (log === undefined) {
      this.#sql.addLog.run(name, epoch, topic);
    } else {
      assert.equal(epoch, log.epoch, `${name} is kept under another epoch`);
      this.#sql.setTopic.run(topic, log.id);
    }
  }

  #add(entries: readonly Entry[]): void {
    const growing = new Map<string, Growing>();
    let name = '';
    let log: Growing | undefined;
    for (const entry of entries) {
      if (log === undefined || entry.log !== name) {
        name = entry.log;
        log = growing.get(name);
        if (log === undefined) {
          const row = this.#log(name);
          assert(row !== undefined, `an entry of ${name}, which no commit has mentioned`);
          log = { id: row.id, fromAt: entry.at, last: row.last, lastAt: row.lastAt };
          growing.set(name, log);
        }
      }
      log.last++;
      log.lastAt = entry.at;
      if (entry.seq !== log.last) assert.fail(`${name}: entry ${entry.seq} where ${log.last} is next`);
      const kind = KIND_NUMBERS.get(entry.kind);
      assert(kind !== undefined, `no such kind of entry: ${entry.kind}`);
      this.#sql.add.run(log.id, entry.seq, entry.at, kind, entry.from, entry.to, entry.text);
    }
    for (const { id, last, lastAt, fromAt } of growing.values()) this.#sql.grow.run(last, lastAt, fromAt, id);
  }
}

function clampSeq(seq: number): number {
  return Math.min(Math.max(seq, 0), MAX_SEQ);
}
