// Copies the store's file while it is in use, and makes of the copy a backup that has been read back.

import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { backup, type DatabaseSync } from 'node:sqlite';
import { ChatError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import { storeFailure } from './failure.ts';

/**
 * Copies all of `db` to the new file `file` (mode 0600), in steps between which others use `db`. What is written to `db`
 * meanwhile gets into the copy as well.
 * @throws ChatError `store-failed` when `isWanted` says no before it is done; and what the system or SQLite throws
 */
export async function copyOnline(db: DatabaseSync, file: string, isWanted: () => boolean): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  const sync: { underWay: Promise<unknown> | null; error: unknown } = { underWay: null, error: null };
  const assertWanted = (): void => {
    if (isWanted()) return;
    throw new ChatError(
      'store-failed',
      'the hub ends before the backup is written: ask again when it is back',
    );
  };
  const progress = (): void => {
    assertWanted();
    // Else the last step would sync all of it, and every append would wait for that.
    sync.underWay ??= handle.datasync().then(
      () => (sync.underWay = null),
      (error: unknown) => (sync.error = error),
    );
  };
  try {
    for (;;) {
      assertWanted();
      try {
        await backup(db, file, { rate: LIMITS.storeBackupStepPages, progress });
        break;
      } catch (error) {
        if (!isTooEarly(error)) throw error;
      }
      await wait(1);
    }
    await sync.underWay;
    if (sync.error !== null) throw sync.error;
    await handle.sync();
  } finally {
    await sync.underWay;
    await handle.close();
  }
}

/** Node takes it for an error, though one without a code, when its first step meets a transaction under way. */
function isTooEarly(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 0;
}

/**
 * Makes the new file `file` with what `copy` writes to the path it is given, once `prove` has read that through. Returns
 * its size in bytes.
 * @throws ChatError `store-failed`; then nothing is left behind.
 */
export async function backUp(
  file: string,
  copy: (path: string) => Promise<void>,
  prove: (path: string) => Promise<void>,
): Promise<number> {
  const target = resolve(file);
  const path = `${target}.${randomBytes(6).toString('hex')}.part`;
  try {
    await refuseTaken(target);
    await copy(path);
    await prove(path);
    await refuseTaken(target);
    await rename(path, target);
    await sync(dirname(target));
    return (await stat(target)).size;
  } catch (error) {
    await rm(path, { force: true });
    await rm(`${path}-journal`, { force: true });
    const failure = storeFailure(error, target);
    if (failure === undefined) throw error;
    // The name in between says nothing to who asked.
    throw new ChatError(failure.code, failure.message.replaceAll(path, target));
  }
}

async function refuseTaken(file: string): Promise<void> {
  const taken = await stat(file).then(
    () => true,
    () => false,
  );
  if (taken) throw new ChatError('store-failed', `${file} is there already: name a file that is not`);
}

/** Waits until the disk has what was written to a file, or which names a directory holds. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
