// The default store, as the hub's thread sees it: one worker thread holds the SQLite file, and every call is a message
// to it and an answer back. Long work goes to it in slices, so that an append never waits for more than one of them.

import type { ChatError } from '../core/errors.ts';
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
} from '../core/store.ts';
import type { Entry } from '../core/entry.ts';
import { Turnstile } from '../core/turnstile.ts';
import { backUp } from './backup.ts';
import type { SearchSlice } from './messages.ts';
import { packCommit, unpackPage } from './packing.ts';
import { proveInThread } from './proof.ts';
import { StoreThread } from './thread.ts';

export interface SqliteOptions {
  /** The store is of no use any more: every call rejects from now on. Called at most once, not when opening fails. */
  readonly onFailure?: (error: ChatError) => void;
  /** The file the worker threads run; by default the one that belongs to this file. */
  readonly worker?: URL;
}

export class SqliteStore implements Store {
  readonly #file: string;
  readonly #worker: URL;
  readonly #thread: StoreThread;
  /** So many reads are with the worker at once: a storm of readers never puts a long queue before an append. */
  readonly #reads = new Turnstile(LIMITS.storePagesAtOnce);
  readonly #backups = new Set<Promise<number>>();
  readonly #ending = new AbortController();
  #closing: Promise<void> | null = null;

  private constructor(file: string, worker: URL) {
    this.#file = file;
    this.#worker = worker;
    this.#thread = new StoreThread(file, worker);
  }

  /**
   * Opens the store in `file`, makes it if missing (mode 0600, its directory 0700), and brings an older format up to
   * date. One process at a time: the file stays locked until `close` or the end of the process.
   * @throws ChatError `store-failed` when the file is damaged, foreign, newer, in use or not writable.
   */
  static async open(file: string, options: SqliteOptions = {}): Promise<SqliteStore> {
    const store = new SqliteStore(file, options.worker ?? workerUrl());
    await store.#thread.opened();
    store.#thread.onFailure = options.onFailure;
    return store;
  }

  heads(): Promise<readonly LogHead[]> {
    return this.#thread.ask('heads', []);
  }

  sessions(): Promise<readonly SessionRecord[]> {
    return this.#thread.ask('sessions', []);
  }

  facts(): Promise<readonly Fact[]> {
    return this.#thread.ask('facts', []);
  }

  async append(commit: Commit): Promise<readonly Repeat[]> {
    return this.#thread.ask('append', [packCommit(commit)]);
  }

  async page(log: string, place: PagePlace, limit: number): ReturnType<Store['page']> {
    const page = await this.#reads.pass(() => this.#thread.ask('page', [log, place, limit]));
    return unpackPage(this.#file, log, page);
  }

  async search(log: string, query: string, before: number, limit: number): ReturnType<Store['search']> {
    const found: Entry[] = [];
    let rest: Pick<SearchSlice, 'before' | 'blocks'> = { before, blocks: [] };
    do {
      const { before, blocks } = rest;
      const left = limit - found.length;
      const slice = await this.#reads.pass(() =>
        this.#thread.ask('search', [log, query, before, left, blocks]),
      );
      found.push(...unpackPage(this.#file, log, slice.page).toReversed());
      rest = slice;
    } while (rest.before > 0 && found.length < limit);
    return found;
  }

  async prune(retention: Retention, maxEntries: number): ReturnType<Store['prune']> {
    const heads = new Map<string, LogHead>();
    let more = true;
    for (let left = maxEntries; more && left > 0; left -= LIMITS.storePruneSliceEntries) {
      const slice = this.#thread.ask('prune', [retention, Math.min(left, LIMITS.storePruneSliceEntries)]);
      // What the slices before have done stands; what is wrong now shows at the next call.
      const step = await (heads.size === 0 ? slice : slice.catch(() => ({ heads: [], more: true })));
      for (const head of step.heads) heads.set(head.name, head);
      more = step.more;
    }
    return { heads: [...heads.values()], more };
  }

  drop(logs: readonly string[]): Promise<void> {
    return this.#thread.ask('drop', [logs]);
  }

  ping(): Promise<void> {
    return this.#thread.ask('ping', []);
  }

  stats(): ReturnType<Store['stats']> {
    return this.#thread.ask('stats', []);
  }

  backup(file: string): Promise<number> {
    const written = backUp(
      file,
      (path) => this.#thread.ask('backup', [path]),
      (path) => proveInThread(this.#worker, path, this.#ending.signal),
    ).finally(() => this.#backups.delete(written));
    this.#backups.add(written);
    return written;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#reads.all();
    this.#ending.abort();
    await this.#thread.close();
    // Those under way end now, without a file.
    await Promise.allSettled(this.#backups);
  }
}

/** The worker's file lies beside this one: as source in a checkout, and as a bundle beside the daemon's. */
function workerUrl(): URL {
  return new URL(
    import.meta.url.endsWith('.ts') ? './sqlite-worker.ts' : './store-worker.js',
    import.meta.url,
  );
}
