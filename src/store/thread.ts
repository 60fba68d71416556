// The hub's half of the talk with the store's thread. Whatever becomes of the thread, no request is left without an answer.

import { AssertionError } from 'node:assert';
import { Worker } from 'node:worker_threads';
import { ChatError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import {
  OPENED,
  type Answer,
  type AnswerTo,
  type ArgsOf,
  type Method,
  type Request,
  type Task,
} from './messages.ts';

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

export class StoreThread {
  readonly #worker: Worker;
  readonly #file: string;
  /** The thread is gone, or will do nothing any more: called at most once, and not when opening the file fails. */
  onFailure: ((error: ChatError) => void) | undefined;
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<void>;
  #lastId = OPENED;
  /** Why no call is taken any more. */
  #end: ChatError | null = null;

  /** `script` is what the thread runs (see sqlite-worker.ts). */
  constructor(file: string, script: URL) {
    this.#file = file;
    this.#worker = new Worker(script, {
      name: 'chatroom-store',
      workerData: { serve: file } satisfies Task,
      // Loaders and other options of the process are not for this thread: it would start several times slower.
      execArgv: ['--disable-warning=ExperimentalWarning'],
      resourceLimits: { maxOldGenerationSizeMb: LIMITS.storeWorkerHeapMiB },
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        this.#die(`it stopped with code ${code}`);
        resolve();
      });
    });
    this.#worker.on('message', (answer: Answer) => this.#settle(answer));
    this.#worker.on('messageerror', (error) => this.#die(error.message));
    this.#worker.on('error', (error) => this.#die(error instanceof Error ? error.message : String(error)));
  }

  /**
   * Resolves when the file is open.
   * @throws ChatError `store-failed`; then the thread is gone
   */
  async opened(): Promise<void> {
    try {
      await this.#answer(OPENED);
    } catch (error) {
      this.#end ??= closed(this.#file);
      await this.#exited;
      throw error;
    }
  }

  /** Resolves with what the thread's `method` returns. @throws ChatError `store-failed`, or AssertionError for a bug */
  async ask<M extends Method>(method: M, args: ArgsOf<M>): Promise<AnswerTo<M>> {
    if (this.#end !== null) throw this.#end;
    const id = ++this.#lastId;
    this.#worker.postMessage({ id, method, args } satisfies Request);
    return this.#answer<AnswerTo<M>>(id);
  }

  /** Has what was asked done, and ends the thread. */
  async close(): Promise<void> {
    if (this.#end === null) {
      const done = this.ask('close', []);
      this.#end = closed(this.#file);
      await done;
    }
    await this.#exited;
  }

  #answer<T>(id: number): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('value' in answer) {
      waiting?.resolve(answer.value);
    } else if ('failed' in answer) {
      const failed = new ChatError('store-failed', answer.failed);
      waiting?.reject(failed);
      if (answer.final) this.#fail(failed);
    } else {
      waiting?.reject(new AssertionError({ message: answer.bug }));
    }
  }

  #die(why: string): void {
    this.#fail(
      new ChatError(
        'store-failed',
        `the thread that keeps ${this.#file} died (${why}): restart the hub (systemctl restart chatroom)`,
      ),
    );
  }

  #fail(error: ChatError): void {
    const first = this.#end === null;
    this.#end ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#end);
    this.#waiting.clear();
    if (!first) return;
    void this.#worker.terminate();
    this.onFailure?.(this.#end);
  }
}

function closed(file: string): ChatError {
  return new ChatError(
    'store-failed',
    `the store ${file} is closed: start the hub again (systemctl start chatroom)`,
  );
}
