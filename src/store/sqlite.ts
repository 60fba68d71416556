// The default store, as the hub's thread sees it: one worker thread holds the SQLite file, and every call is a message
// to it and an answer back. Whatever becomes of the worker, no call is left without an answer.

import { AssertionError } from 'node:assert';
import { Worker } from 'node:worker_threads';
import { ChatError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { Commit, LogHead, PagePlace, Retention, Store } from '../core/store.ts';
import { OPENED, type Answer, type AnswerTo, type Method, type Request } from './messages.ts';
import { unpackPage } from './rows.ts';
import { Turns } from './turns.ts';

export interface SqliteOptions {
  /** The worker died, and with it the store: every call rejects from now on. Called at most once, not when opening fails. */
  readonly onFailure?: (error: ChatError) => void;
  /** The file the worker thread runs; by default the one that belongs to this file. */
  readonly worker?: URL;
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

export class SqliteStore implements Store {
  readonly #worker: Worker;
  readonly #file: string;
  #onFailure: ((error: ChatError) => void) | undefined;
  readonly #waiting = new Map<number, Waiting>();
  /** So many pages are with the worker at once: a storm of readers never puts a long queue before an append. */
  readonly #pages = new Turns(LIMITS.storePagesAtOnce);
  readonly #exited: Promise<void>;
  #lastId = OPENED;
  #closing: Promise<void> | null = null;
  /** Why no call is taken any more. */
  #end: ChatError | null = null;

  private constructor(file: string, worker: URL) {
    this.#file = file;
    this.#worker = new Worker(worker, {
      name: 'chatroom-store',
      workerData: file,
      // Loaders and other options of the process are not for this thread: it would start several times slower. Early
      // versions of Node 24 call their SQLite experimental; it is the same that later ones call ready.
      execArgv: ['--disable-warning=ExperimentalWarning'],
      resourceLimits: { maxOldGenerationSizeMb: LIMITS.storeWorkerHeapMiB },
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        this.#fail(`it stopped with code ${code}`);
        resolve();
      });
    });
    this.#worker.on('message', (answer: Answer) => this.#settle(answer));
    this.#worker.on('messageerror', (error) => this.#fail(error.message));
    this.#worker.on('error', (error) => this.#fail(error instanceof Error ? error.message : String(error)));
  }

  /**
   * Opens the store in `file`, makes it if missing (mode 0600, its directory 0700), and brings an older format up to
   * date. One process at a time: the file stays locked until `close` or the end of the process.
   * @throws ChatError `store-failed` when the file is damaged, foreign, newer, in use or not writable.
   */
  static async open(file: string, options: SqliteOptions = {}): Promise<SqliteStore> {
    const store = new SqliteStore(file, options.worker ?? workerUrl());
    try {
      await store.#answer(OPENED);
    } catch (error) {
      store.#end ??= closed(file);
      await store.#exited;
      throw error;
    }
    store.#onFailure = options.onFailure;
    return store;
  }

  heads(): Promise<readonly LogHead[]> {
    return this.#ask('heads', []);
  }

  append(commit: Commit): Promise<void> {
    return this.#ask('append', [commit]);
  }

  async page(log: string, place: PagePlace, limit: number): ReturnType<Store['page']> {
    const page = await this.#pages.take(() => this.#ask('page', [log, place, limit]));
    return unpackPage(this.#file, log, page);
  }

  async prune(retention: Retention, maxEntries: number): ReturnType<Store['prune']> {
    const heads = new Map<string, LogHead>();
    let more = true;
    // In slices of a few ms each, so that an append gets in between two of them.
    for (let left = maxEntries; more && left > 0; left -= LIMITS.storePruneSliceEntries) {
      const slice = this.#ask('prune', [retention, Math.min(left, LIMITS.storePruneSliceEntries)]);
      // What the slices before have done stands; what is wrong now shows at the next call.
      const step = await (heads.size === 0 ? slice : slice.catch(() => ({ heads: [], more: true })));
      for (const head of step.heads) heads.set(head.name, head);
      more = step.more;
    }
    return { heads: [...heads.values()], more };
  }

  drop(logs: readonly string[]): Promise<void> {
    return this.#ask('drop', [logs]);
  }

  ping(): Promise<void> {
    return this.#ask('ping', []);
  }

  stats(): ReturnType<Store['stats']> {
    return this.#ask('stats', []);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#pages.all();
    if (this.#end === null) {
      const done = this.#ask('close', []);
      this.#end = closed(this.#file);
      await done;
    }
    await this.#exited;
  }

  async #ask<M extends Method>(method: M, args: Parameters<Store[M]>): Promise<AnswerTo<M>> {
    if (this.#end !== null) throw this.#end;
    const id = ++this.#lastId;
    this.#worker.postMessage({ id, method, args } satisfies Request);
    return this.#answer<AnswerTo<M>>(id);
  }

  #answer<T>(id: number): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('value' in answer) waiting?.resolve(answer.value);
    else if ('failed' in answer) waiting?.reject(new ChatError('store-failed', answer.failed));
    else waiting?.reject(new AssertionError({ message: answer.bug }));
  }

  #fail(why: string): void {
    const first = this.#end === null;
    this.#end ??= new ChatError(
      'store-failed',
      `the thread that keeps ${this.#file} died (${why}): restart the hub (systemctl restart chatroom)`,
    );
    for (const { reject } of this.#waiting.values()) reject(this.#end);
    this.#waiting.clear();
    if (!first) return;
    void this.#worker.terminate();
    this.#onFailure?.(this.#end);
  }
}

function closed(file: string): ChatError {
  return new ChatError(
    'store-failed',
    `the store ${file} is closed: start the hub again (systemctl start chatroom)`,
  );
}

/** The worker's file lies beside this one: as source in a checkout, and as a bundle beside the daemon's. */
function workerUrl(): URL {
  return new URL(
    import.meta.url.endsWith('.ts') ? './sqlite-worker.ts' : './store-worker.js',
    import.meta.url,
  );
}
