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
    refuseDamaged(db, file);
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

/** Looks at the header alone and without a lock, so that a file of another program stays as it is to the byte. */
function refuseForeign(file: string): void {
  const stats = statSync(file);
  if (!stats.isFile()) throw foreign(file);
  if (stats.size === 0) return;
  const url = pathToFileURL(file);
  url.search = '?immutable=1';
  const header = new DatabaseSync(url, { readOnly: true });
  try {
    if (pragmaNumber(header, 'application_id') !== APPLICATION_ID) throw foreign(file);
  } catch (error) {
    throw isNoDatabase(error) ? unreadable(file) : error;
  } finally {
    header.close();
  }
}

function refuseDamaged(db: DatabaseSync, file: string): void {
  if (pragmaNumber(db, 'page_count') * pragmaNumber(db, 'page_size') > LIMITS.storeFullCheckBytes) return;
  const finding = String(db.prepare('PRAGMA quick_check(1)').get()?.['quick_check']);
  if (finding !== 'ok') throw damaged(file, finding.replaceAll(/\s+/g, ' '));
}
