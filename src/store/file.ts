// Opens the store's file, or says why not: made if missing, ours and nobody else's, of our version, undamaged, and
// locked, so that two hubs never write one history. The kernel holds the lock, so kill -9 leaves none behind.

import { accessSync, closeSync, constants, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { LIMITS } from '../core/limits.ts';
import { damaged, foreign, isNoDatabase, storeFailure, unreadable } from './failure.ts';
import { APPLICATION_ID, migrate, pragmaNumber } from './schema.ts';

const CACHE_KIB = 16 * 1024;

/**
 * The open database, in WAL mode, with every commit synced to the disk, and with an exclusive lock on the file.
 * A missing file is made (mode 0600), a missing directory too (0700).
 * @throws ChatError `store-failed`.
 */
export function openFile(file: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    makeFile(file);
    refuseForeign(file);
    // SQLite would open it for reading, and fail in stranger words later.
    accessSync(file, constants.W_OK);
    // A process that is just ending may still hold the lock.
    db = new DatabaseSync(file, { timeout: LIMITS.storeLockWaitMs });
    // The lock is taken by the first transaction and then kept. Locked before WAL is first used, SQLite keeps the
    // WAL's index in its own memory instead of a shared file.
    db.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL; PRAGMA cache_size = -${CACHE_KIB}`);
    db.exec('PRAGMA cell_size_check = ON; BEGIN IMMEDIATE; COMMIT');
    migrate(db, file);
    db.exec('PRAGMA journal_mode = WAL');
    const bytes = pragmaNumber(db, 'page_count') * pragmaNumber(db, 'page_size');
    if (bytes <= LIMITS.storeFullCheckBytes) refuseDamaged(db, file);
    return db;
  } catch (error) {
    db?.close();
    throw storeFailure(error, file) ?? error;
  }
}

function makeFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    // Only ever made, never opened when it is there: closing it would take away locks that this process holds on it
    // (fcntl(2)), and SQLite knows nothing of it.
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** Whose a file is, by its header alone and without a lock, so that a file of another program stays as it is to the byte. */
export function ownerOf(file: string): 'chatroom' | 'nobody yet' | 'another program' | 'no database' {
  const stats = statSync(file);
  if (!stats.isFile()) return 'another program';
  if (stats.size === 0) return 'nobody yet';
  const header = openAsItIs(file);
  try {
    // Killed while it moved pages from the WAL into the file, a hub leaves a file that is shorter than its header says.
    // The WAL has the rest of it; only here, without the WAL, SQLite would call that damaged.
    header.exec('PRAGMA writable_schema = ON');
    return pragmaNumber(header, 'application_id') === APPLICATION_ID ? 'chatroom' : 'another program';
  } catch (error) {
    if (isNoDatabase(error)) return 'no database';
    throw error;
  } finally {
    header.close();
  }
}

/** Opens a file that nobody writes to, without a lock or any file beside it. */
export function openAsItIs(file: string): DatabaseSync {
  const url = pathToFileURL(file);
  url.search = '?immutable=1';
  return new DatabaseSync(url, { readOnly: true, defensive: false });
}

/** @throws ChatError `store-failed` unless the file is ours, or empty */
function refuseForeign(file: string): void {
  const owner = ownerOf(file);
  if (owner === 'another program') throw foreign(file);
  if (owner === 'no database') throw unreadable(file);
}

/** @throws ChatError `store-failed` unless the file is ours, with something in it */
export function refuseAllButStores(file: string): void {
  if (ownerOf(file) === 'nobody yet') throw unreadable(file);
  refuseForeign(file);
}

/**
 * Reads the whole file through.
 * @throws ChatError `store-failed` when anything is damaged but the index of the search, which can be made again
 */
export function refuseDamaged(db: DatabaseSync, file: string): void {
  const findings = db
    .prepare('PRAGMA quick_check(10)')
    .all()
    .map((row) => String(row['quick_check']));
  const worst = findings.find((finding) => finding !== 'ok' && !/\bfts5\b/i.test(finding));
  if (worst !== undefined) throw damaged(file, worst.replaceAll(/\s+/g, ' '));
}
