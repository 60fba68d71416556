// Reads a whole copy of the store, in a thread of its own since that may take seconds: a backup that nobody has read is
// only a hope.

import { Worker } from 'node:worker_threads';
import { ChatError } from '../core/errors.ts';
import { damaged, storeFailure } from './failure.ts';
import { openAsItIs, refuseAllButStores, refuseDamaged } from './file.ts';
import type { Task } from './messages.ts';
import { versionOf } from './schema.ts';

/**
 * Reads `file`, which nobody writes to.
 * @throws ChatError `store-failed` when it is not a store, damaged, or of a newer version
 */
export function prove(file: string): void {
  try {
    refuseAllButStores(file);
    const db = openAsItIs(file);
    try {
      versionOf(db, file);
      refuseDamaged(db, file);
    } finally {
      db.close();
    }
  } catch (error) {
    throw storeFailure(error, file) ?? error;
  }
}

/**
 * The same in a thread that `worker` starts. Rejects with the same errors, and when `signal` puts an end to it.
 */
export function proveInThread(worker: URL, file: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(worker, {
      name: 'chatroom-proof',
      workerData: { prove: file } satisfies Task,
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    const abort = (): void => void thread.terminate();
    signal.addEventListener('abort', abort);
    thread.once('message', (finding: string | null) => {
      if (finding === null) resolve();
      else reject(new ChatError('store-failed', finding));
    });
    thread.once('error', reject);
    thread.once('exit', () => {
      signal.removeEventListener('abort', abort);
      reject(damaged(file, 'nobody could read it to its end'));
    });
    if (signal.aborted) abort();
  });
}
