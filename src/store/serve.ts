// The worker's half of the talk between the hub's thread and the store's: requests are done one by one, in the order
// they come, and each is answered under its number. A backup is written while others are done, and in the pauses the
// index of the search catches up.

import type { MessagePort } from 'node:worker_threads';
import { Database } from './database.ts';
import { isLostWrite, storeFailure } from './failure.ts';
import { OPENED, type Answer, type Method, type Request } from './messages.ts';
import { Tidy } from './tidy.ts';

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
  const end = (): void => {
    tidy.end();
    port.close();
  };
  const fail = (id: number, error: unknown, consequence = ''): void => {
    if (isLostWrite(error)) database.overwriteRefused();
    const answer = failure(id, error, file, consequence);
    port.postMessage(answer);
    if ('failed' in answer && answer.final) end();
  };
  const tidy = new Tidy(() => {
    try {
      return database.tidy();
    } catch (error) {
      if (storeFailure(error, file) === undefined) throw error;
      // What it amounts to, a request is told that meets it too; but a disk that loses writes must not meet another.
      if (isLostWrite(error)) fail(OPENED, error);
      else tidy.rest();
      return true;
    }
  });
  const later = async (id: number, done: Promise<unknown>, method: Method): Promise<void> => {
    try {
      port.postMessage({ id, value: await done });
    } catch (error) {
      fail(id, error);
    }
    if (method === 'close') end();
  };
  port.on('message', ({ id, method, args }: Request) => {
    try {
      const value: unknown = Reflect.apply(database[method], database, args);
      if (value instanceof Promise) void later(id, value, method);
      else port.postMessage({ id, value });
    } catch (error) {
      fail(id, error, method === 'append' ? 'nothing was kept of this message' : '');
    }
    tidy.wake();
  });
  // A request that cannot be read cannot be answered: the thread ends, and its owner answers for it.
  port.on('messageerror', (error) => {
    throw error;
  });
  port.postMessage({ id: OPENED, value: undefined });
}

function failure(id: number, error: unknown, file: string, consequence = ''): Answer {
  const failed = storeFailure(error, file, consequence);
  if (failed !== undefined) return { id, failed: failed.message, final: isLostWrite(error) };
  return { id, bug: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
