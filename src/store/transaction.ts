// All of it or nothing: the one place that begins and ends transactions.

import type { DatabaseSync } from 'node:sqlite';

/** Runs `work` in a write transaction. Whatever it or the commit throws, nothing of it stays. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk makes SQLite roll back by itself; a second ROLLBACK would hide the first error.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
