// All of it or nothing: the one place that begins and ends transactions.

import type { DatabaseSync } from 'node:sqlite';

/**
 * Runs `work` in a write transaction. Whatever it or the commit throws, nothing of it stays; nor does it when `isKept`
 * says no to the result.
 */
export function transaction<T>(
  db: DatabaseSync,
  work: () => T,
  isKept: (result: T) => boolean = () => true,
): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec(isKept(result) ? 'COMMIT' : 'ROLLBACK');
    return result;
  } catch (error) {
    // A full disk makes SQLite roll back by itself; a second ROLLBACK would hide the first error.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
