// The store on SQLite, as plain synchronous calls: what the worker does for the hub, and what tests call directly.

import { strict as assert } from 'node:assert';
import type { DatabaseSync } from 'node:sqlite';
import type {
  Fact,
  LogChange,
  LogHead,
  PagePlace,
  Repeat,
  Retention,
  SessionRecord,
  StoreStats,
} from '../core/store.ts';
import { addEntries } from './adding.ts';
import { copyOnline } from './backup.ts';
import { damaged, isBrokenIndex, storeFailure } from './failure.ts';
import { factOf, keepFacts } from './facts.ts';
import { openFile } from './file.ts';
import type { AnswerTo, ArgsOf, Method, SearchSlice } from './messages.ts';
import type { PackedCommit, PackedPage } from './packing.ts';
import { Retaining, scaleOf } from './retention.ts';
import { headOf, logRow, type LogRow } from './rows.ts';
import { MIGRATIONS, pragmaNumber } from './schema.ts';
import { SearchIndex } from './search-index.ts';
import { Slice } from './search.ts';
import { endSessions, keepSessions, markRequests, sessionOf } from './sessions.ts';
import { prepare, type Statements } from './statements.ts';
import { transaction } from './transaction.ts';
import { Query } from './words.ts';

const MAX_SEQ = 2 ** 32 - 1;

/** Core's port `Store` as plain calls; only a backup takes its time while others are served, and closing waits for its end. */
type SyncStore = {
  readonly [M in Method]: (...args: ArgsOf<M>) => M extends 'backup' | 'close' ? Promise<void> : AnswerTo<M>;
};

/** Throws what SQLite throws: the caller makes a ChatError of it (failure.ts). */
export class Database implements SyncStore {
  readonly #db: DatabaseSync;
  readonly #sql: Statements;
  readonly #index: SearchIndex;
  readonly #backups = new Set<Promise<void>>();
  /** How much entries take in the file, the index with them, as against what they are counted as. */
  #scale = 1;
  #closing = false;

  /** @throws ChatError `store-failed` as `openFile` does. */
  constructor(file: string) {
    this.#db = openFile(file);
    try {
      this.#sql = prepare(this.#db);
      this.#index = new SearchIndex(this.#db, this.#sql);
    } catch (error) {
      this.#db.close();
      // Our mark and our version, but not our tables.
      throw damaged(file, error instanceof Error ? error.message : String(error));
    }
  }

  heads(): LogHead[] {
    return this.#sql.logs.all().map((row) => headOf(logRow(row)));
  }

  sessions(): SessionRecord[] {
    return this.#sql.sessions.all().map(sessionOf);
  }

  facts(): Fact[] {
    return this.#sql.facts.all().map(factOf);
  }

  append(commit: PackedCommit): Repeat[] {
    let grown: ReturnType<typeof addEntries> = new Map();
    const repeats = transaction(
      this.#db,
      () => {
        for (const change of commit.logs) this.#change(change);
        grown = addEntries(this.#sql, commit.runs, (name) => this.#log(name));
        keepFacts(this.#sql, commit);
        keepSessions(this.#sql, commit);
        const repeats = markRequests(this.#sql, commit, grown);
        endSessions(this.#sql, commit);
        return repeats;
      },
      ({ length }) => length === 0,
    );
    if (repeats.length === 0) for (const { id } of grown.values()) this.#index.grown(id);
    return repeats;
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

  search(name: string, query: string, before: number, limit: number, blocks: readonly number[]): SearchSlice {
    const wanted = new Query(query);
    return this.#withIndex(() => {
      const log = this.#log(name);
      if (log === undefined || limit < 1 || wanted.isEmpty) return { page: '[]', before: 0, blocks: [] };
      return new Slice(this.#sql, log, wanted, before, limit).run(blocks);
    });
  }

  prune(retention: Retention, maxEntries: number): { heads: LogHead[]; more: boolean } {
    // Not while what was removed still takes its place: too much would be removed.
    if (retention.bytes < Infinity && !this.#index.holdsRemoved) this.#scale = scaleOf(this.#db, this.#sql);
    const scaled = { ...retention, bytes: retention.bytes / this.#scale };
    const step = (): ReturnType<Retaining['run']> =>
      transaction(this.#db, () => new Retaining(this.#sql, this.#index, scaled, maxEntries).run());
    return this.#withIndex(step);
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

  /** Resolves when all that is kept is also in the new file `file`, still to be proved. Rejects when it is closed before. */
  backup(file: string): Promise<void> {
    const isWanted = (): boolean => !this.#closing;
    const copying = copyOnline(this.#db, file, isWanted)
      .catch((error: unknown) => {
        throw storeFailure(error, file) ?? error;
      })
      .finally(() => this.#backups.delete(copying));
    this.#backups.add(copying);
    return copying;
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (this.#backups.size > 0) await Promise.allSettled(this.#backups);
    this.#db.close();
  }

  /** A bounded step of what can wait until nobody asks for anything; whether there is more of it. */
  tidy(): boolean {
    return this.#withIndex(() => this.#index.catchUp());
  }

  /**
   * After a commit that the disk took but could not promise to keep: sees to it that it does not come back when the file is
   * opened again. What is written here in its place changes nothing, should it come back itself.
   */
  overwriteRefused(): void {
    try {
      this.#db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    } catch {
      // The disk has hardly got better; but what counts is what the next reader finds in the file.
    }
  }

  /** Makes the index again if `work` finds it damaged: all that it costs is time. */
  #withIndex<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!isBrokenIndex(error)) throw error;
      this.#index.rebuild();
      return work();
    }
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
}

function clampSeq(seq: number): number {
  return Math.min(Math.max(seq, 0), MAX_SEQ);
}
