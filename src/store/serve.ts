// The worker's half of the talk between the hub's thread and the store's: requests are done one by one, in the order
// they come, and each is answered under its number.

import type { MessagePort } from 'node:worker_threads';
import { Database } from './database.ts';
import { storeFailure } from './failure.ts';
import { OPENED, type Answer, type Request } from './messages.ts';

/** Opens the store in `file` and serves it on `port` until `close` is asked; then the port is closed. */
export function serve(port: MessagePort, file: string): void {
  let database: Database;
  try {
    database = new Database(file);
  } catch (error) {
    port.postMessage(failure(OPENED, error, file));
    port.close();
    return;
  }
  port.on('message', ({ id, method, args }: Request) => {
    let answer: object;
    try {
      answer = { id, value: Reflect.apply(database[method], database, args) };
    } catch (error) {
      answer = failure(id, error, file, method === 'append' ? 'nothing was kept of this message' : '');
    }
    port.postMessage(answer);
    if (method === 'close') port.close();
  });
  // A request that cannot be read cannot be answered: the thread ends, and its owner answers for it.
  port.on('messageerror', (error) => {
    throw error;
  });
  port.postMessage({ id: OPENED, value: undefined });
}

function failure(id: number, error: unknown, file: string, consequence = ''): Answer {
  const failed = storeFailure(error, file, consequence);
  if (failed !== undefined) return { id, failed: failed.message };
  return { id, bug: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
