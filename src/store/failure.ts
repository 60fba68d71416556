// What went wrong with the store's file, in words for the operator: which file, why, and what to do next.
// The codes are SQLite's primary result codes (https://www.sqlite.org/rescode.html) and errno names.

import { dirname } from 'node:path';
import { ChatError } from '../core/errors.ts';

const SQLITE = {
  perm: 3,
  busy: 5,
  locked: 6,
  noMemory: 7,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADb: 26,
};

/** A file that cannot be trusted any more. */
export function damaged(file: string, detail: string): ChatError {
  return failed(
    `${file} is damaged (${detail}): restore a backup, or move the file away to start with an empty store`,
  );
}

/** A file that some other program made. */
export function foreign(file: string): ChatError {
  return failed(
    `${file} is not a chatroom store and was left untouched: choose another path, or move that file away`,
  );
}

/** A file whose first bytes are not even SQLite's. */
export function unreadable(file: string): ChatError {
  return failed(
    `${file} is not a chatroom store, or its beginning is damaged; it was left untouched: ` +
      'restore a backup, choose another path, or move the file away to start with an empty store',
  );
}

/** Whether SQLite finds no database in the file at all. */
export function isNoDatabase(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE.notADb;
}

/** Whether another process holds the file. */
export function isInUse(error: unknown): boolean {
  if (!(error instanceof Error && 'errcode' in error)) return false;
  const code = Number(error.errcode) & 0xff;
  return code === SQLITE.busy || code === SQLITE.locked;
}

/** Whether the index of the search is damaged: https://www.sqlite.org/rescode.html#corrupt_vtab */
export function isBrokenIndex(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === (SQLITE.corrupt | (1 << 8));
}

// What fsync(2) could not write is lost, and Linux says so only once: https://www.sqlite.org/rescode.html#ioerr_fsync
const SYNC_CODES: ReadonlySet<unknown> = new Set([SQLITE.io | (4 << 8), SQLITE.io | (5 << 8)]);

/** Whether the disk took what was written but then could not keep it. Nothing written to that file is safe any more. */
export function isLostWrite(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && SYNC_CODES.has(error.errcode);
}

/**
 * An error met while working on `file` as the ChatError `store-failed` it amounts to; undefined when it is not the
 * world's doing but a bug. `consequence`, when given, ends the text.
 */
export function storeFailure(error: unknown, file: string, consequence = ''): ChatError | undefined {
  if (error instanceof ChatError) return error;
  if (!(error instanceof Error)) return undefined;
  const cause =
    'errcode' in error ? ofSqlite(Number(error.errcode), error.message, file) : ofSystem(error, file);
  if (cause === undefined) return undefined;
  return consequence === '' ? cause : failed(`${cause.message}; ${consequence}`);
}

function ofSqlite(code: number, message: string, file: string): ChatError | undefined {
  switch (code & 0xff) {
    case SQLITE.full:
      return diskFull(file);
    case SQLITE.io:
      if (SYNC_CODES.has(code)) {
        return failed(
          `the disk that holds ${file} loses what is written to it (${message}, code ${code}), so the hub writes no more: ` +
            'see dmesg and replace the disk, then start the hub again (systemctl restart chatroom)',
        );
      }
      return failed(
        `the disk that holds ${file} failed (${message}, code ${code}): see dmesg, the disk's quota and the mount`,
      );
    case SQLITE.corrupt:
    case SQLITE.notADb:
      return damaged(file, message);
    case SQLITE.busy:
    case SQLITE.locked:
      return failed(
        `${file} is in use by another process: stop the other chatroomd (systemctl stop chatroom), ` +
          'or give this one a state directory of its own',
      );
    case SQLITE.readOnly:
    case SQLITE.perm:
    case SQLITE.cantOpen:
      return notWritable(file, message);
    case SQLITE.noMemory:
      return failed('the machine has no memory left for the store: free some, then try again');
    default:
      return undefined;
  }
}

function ofSystem(error: Error, file: string): ChatError | undefined {
  switch ('code' in error ? error.code : undefined) {
    case 'ENOSPC':
    case 'EDQUOT':
      return diskFull(file);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EEXIST':
    case 'EISDIR':
    case 'ELOOP':
    case 'ENAMETOOLONG':
    case 'EIO':
      return notWritable(file, error.message);
    default:
      return undefined;
  }
}

function diskFull(file: string): ChatError {
  return failed(`the disk that holds ${dirname(file)} is full: free some space`);
}

function notWritable(file: string, message: string): ChatError {
  return failed(
    `${file} cannot be opened for writing (${message}): check that it is a file on a disk mounted read-write, ` +
      `and that it and its directory belong to the user who runs chatroomd (user id ${process.getuid?.()})`,
  );
}

function failed(text: string): ChatError {
  return new ChatError('store-failed', text);
}
