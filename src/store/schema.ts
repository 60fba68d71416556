// What the store's file looks like inside, and how a file of an earlier version becomes one of today's.

import type { DatabaseSync } from 'node:sqlite';
import { ChatError } from '../core/errors.ts';
import { transaction } from './transaction.ts';
import { ENTRY_BYTES } from './weight.ts';

/** The mark in a SQLite file's header that makes it ours: "chat" in ASCII. */
export const APPLICATION_ID = 0x63686174;

// An entry's place is its log's id (31 bits) and its seq (32 bits) in one integer key. Measured against a two-column
// key WITHOUT ROWID it appends faster, much faster with texts over 500 bytes, and takes half the disk for those.
//
// A log's row says what a reader would otherwise have to search the entries for. As seq has no gaps and retention takes
// from the old end only, first and last also say how many entries there are. AUTOINCREMENT: an id is never used again,
// so that entries of a dropped log, which retention sweeps up later, can never show up in another.
const FIRST_SCHEMA = `
  CREATE TABLE logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id < 1 << 31),
    name TEXT NOT NULL UNIQUE,
    epoch TEXT NOT NULL,
    topic TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL CHECK (last < 1 << 32),
    first_at INTEGER,
    last_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX logs_by_age ON logs (first_at) WHERE first_at IS NOT NULL;
  CREATE INDEX logs_by_size ON logs (last - first);

  CREATE TABLE entries (
    place INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    text TEXT NOT NULL
  ) STRICT;

  CREATE TABLE dropped (
    log_id INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL
  ) STRICT;
`;

/**
 * The index of the search (see search-index.ts): documents of terms, without the texts. The terms come folded, separated by
 * spaces, so its own tokenizer has nothing to do. It merges nothing by itself, since that could be when somebody waits.
 */
export const INDEX_SCHEMA = `
  CREATE VIRTUAL TABLE search USING fts5 (
    terms, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
  );
  INSERT INTO search (search, rank) VALUES ('automerge', 0), ('crisismerge', 1999);
`;

// Sessions and requests. A session's marks are kept under its number: numbers are never used again, so those of a session
// that is over mean nothing at once, and retention sweeps them up later. What a log's entries take is counted as they come,
// since SQLite only knows the size of the whole file, and that hardly ever shrinks.
const WIDER_SCHEMA = `
  ALTER TABLE logs ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE logs ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
  UPDATE logs SET bytes = (
    SELECT ifnull(sum(${ENTRY_BYTES} + octet_length(text)), 0) FROM entries
    WHERE place BETWEEN (id << 32 | first) AND (id << 32 | last)
  );

  CREATE TABLE sessions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    token TEXT NOT NULL,
    nick TEXT NOT NULL,
    client TEXT NOT NULL,
    account TEXT NOT NULL,
    since INTEGER NOT NULL,
    places TEXT NOT NULL
  ) STRICT;

  CREATE TABLE requests (
    session INTEGER NOT NULL,
    id TEXT NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (session, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX requests_by_place ON requests (place);

  CREATE TABLE ended (session INTEGER PRIMARY KEY) STRICT;

  CREATE TABLE facts (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, key)
  ) STRICT, WITHOUT ROWID;
  ${INDEX_SCHEMA}
`;

/** Step n makes a file of version n out of one of version n - 1. Append only: files of every version are out there. */
export const MIGRATIONS: readonly string[] = [FIRST_SCHEMA, WIDER_SCHEMA];

/** A number that a PRAGMA answers with. */
export function pragmaNumber(db: DatabaseSync, name: string): number {
  const row = db.prepare(`PRAGMA ${name}`).get();
  return Number(Object.values(row ?? {})[0]);
}

/** @throws ChatError `store-failed` when a newer chatroom wrote the file. Returns its version. */
export function versionOf(db: DatabaseSync, file: string, known: number = MIGRATIONS.length): number {
  const version = pragmaNumber(db, 'user_version');
  if (version > known) {
    throw new ChatError(
      'store-failed',
      `${file} was written by a newer chatroom (format ${version}, this one knows ${known}): ` +
        'install that version again, or restore a backup from before the upgrade',
    );
  }
  return version;
}

/**
 * Brings the file up to the last of `migrations`, each in a transaction of its own together with the version it leads to.
 * @throws ChatError `store-failed` when a newer chatroom wrote the file.
 */
export function migrate(db: DatabaseSync, file: string, migrations: readonly string[] = MIGRATIONS): void {
  const version = versionOf(db, file, migrations.length);
  for (const [i, step] of migrations.entries()) {
    if (i < version) continue;
    transaction(db, () => {
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
      db.exec(step);
      db.exec(`PRAGMA user_version = ${i + 1}`);
    });
  }
}
