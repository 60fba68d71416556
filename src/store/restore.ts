// Puts a backup in the place of the store, for chatroomd --restore. It is copied and proved beside the store before
// anything is moved, what is there until then is kept, and at no moment is there no store.

import { randomBytes } from 'node:crypto';
import {
  access,
  chmod,
  chown,
  constants,
  copyFile,
  link,
  mkdir,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ChatError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import { sync } from './backup.ts';
import { damaged, foreign, isInUse, storeFailure } from './failure.ts';
import { ownerOf, refuseAllButStores, refuseDamaged } from './file.ts';
import { versionOf } from './schema.ts';

export interface Restored {
  /** Where the store went that was there before; null if there was none. */
  readonly before: string | null;
}

/**
 * Makes `file` the store that `backup` holds, of this version or an older one. No hub may be running on it. The store that
 * was there is kept beside it as `FILE.before-restore-TIME`.
 *
 * Every log gets a new epoch: what was said since the backup is gone, and its numbers will be given again. So who has seen
 * it is told so when they come back, instead of missing what is said under the same numbers.
 * @throws ChatError `store-failed`; then the store is as it was
 */
export async function restore(backup: string, file: string, now: Date): Promise<Restored> {
  const source = resolve(backup);
  const target = resolve(file);
  const path = `${target}.${randomBytes(6).toString('hex')}.part`;
  try {
    await assertGood(source, target);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await copy(source, path);
    ready(path, source);
    await giveToOwnerOf(target, path);
    await sync(path);
    return { before: await swap(path, target, now) };
  } catch (error) {
    throw storeFailure(error, target) ?? error;
  } finally {
    for (const end of ['', '-wal', '-journal']) await rm(path + end, { force: true });
  }
}

async function assertGood(source: string, target: string): Promise<void> {
  const cure = 'name a file that chatctl backup has written';
  try {
    await access(source, constants.R_OK);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ChatError('store-failed', `${source} cannot be read (${why}): ${cure}`);
  }
  if ((await realpath(source)) === (await realpath(target).catch(() => target)))
    throw new ChatError('store-failed', `${source} is the store itself: ${cure}`);
  try {
    refuseAllButStores(source);
  } catch (error) {
    throw storeFailure(error, source) ?? error;
  }
}

/** Copies a store with the newest of it, which lies beside it if it was copied by hand. */
async function copy(source: string, path: string): Promise<void> {
  for (const end of ['', '-wal']) {
    try {
      await copyFile(source + end, path + end, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      await chmod(path + end, 0o600);
    } catch (error) {
      const isOptional = end !== '' && error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!isOptional) throw error;
    }
  }
}

/** Proves the copy, and makes it one file with epochs of its own. Errors name `source`. */
function ready(path: string, source: string): void {
  const db = new DatabaseSync(path);
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL');
    versionOf(db, source);
    refuseDamaged(db, source);
    db.exec('UPDATE logs SET epoch = lower(hex(randomblob(12))); PRAGMA wal_checkpoint (TRUNCATE)');
  } catch (error) {
    // Without a cause that is the world's, it has our mark but not our tables.
    throw (
      storeFailure(error, source) ?? damaged(source, error instanceof Error ? error.message : String(error))
    );
  } finally {
    db.close();
  }
}

/** Restored by root, it must still belong to the user that the hub runs as. */
async function giveToOwnerOf(target: string, path: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(target).catch(() => stat(dirname(target)));
  await chown(path, uid, gid);
}

/** Puts `path` in the place of `target`; returns where that is now. */
async function swap(path: string, target: string, now: Date): Promise<string | null> {
  // To the millisecond: whoever restores the wrong backup puts back another at once.
  const time = now.toISOString().replaceAll(/[-:.]/g, '');
  const before = `${target}.before-restore-${time}`;
  const isThere = await stat(target).then(
    () => true,
    () => false,
  );
  const held = isThere ? hold(target) : null;
  try {
    if (isThere) await link(target, before);
    // The newest pages of the old store must never meet the new one.
    if (held !== null) await rm(`${target}-wal`, { force: true });
    else await rename(`${target}-wal`, `${before}-wal`).catch(ignoreMissing);
    await rm(`${target}-shm`, { force: true });
    await rename(path, target);
    await sync(dirname(target));
  } finally {
    held?.close();
  }
  return isThere ? before : null;
}

/**
 * Locks the store as a hub does, so that none starts on it meanwhile, and brings its newest pages into its file. Null for
 * one that cannot be locked since it is damaged: no hub starts on that either.
 */
function hold(file: string): DatabaseSync | null {
  const owner = ownerOf(file);
  if (owner === 'another program') throw foreign(file);
  // Where not even the beginning can be read, SQLite could only do more harm.
  const readOnly = owner === 'no database';
  const db = new DatabaseSync(file, { timeout: LIMITS.storeLockWaitMs, readOnly });
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; SELECT * FROM sqlite_schema');
    db.exec('BEGIN IMMEDIATE; COMMIT; PRAGMA wal_checkpoint (TRUNCATE)');
    return db;
  } catch (error) {
    db.close();
    if (isInUse(error)) throw error;
    return null;
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
