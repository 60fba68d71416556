// How a file of an earlier version becomes one of today's.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { Database } from '../../src/store/database.ts';
import { migrate, MIGRATIONS, pragmaNumber } from '../../src/store/schema.ts';
import { SqliteStore } from '../../src/store/sqlite.ts';
import { weightOf } from '../../src/store/weight.ts';
import { bounds, commit, packed, refusal, run, say, session } from './parts.ts';

const dir = mkdtempSync(join(tmpdir(), 'chatroom-schema-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

// The tables of version 1, as files of that version have them.
const VERSION_1 = `
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
  PRAGMA application_id = 0x63686174;
  PRAGMA user_version = 1;
  PRAGMA journal_mode = WAL;
`;

await t.test('a file of version 1 is brought up to date with all that it holds', async (test) => {
  const file = join(dir, 'version1.db');
  const db = new DatabaseSync(file);
  db.exec(VERSION_1);
  db.exec(`
    INSERT INTO logs VALUES (7, '#a', 'epoch of #a', 'fish', 101, 1100, 1101, 2100), (9, '#b', 'e', '', 1, 0, NULL, 0),
      (12, '@c', 'f', '', 1, 1, 1001, 1001);
    WITH RECURSIVE seqs (seq) AS (SELECT 101 UNION ALL SELECT seq + 1 FROM seqs WHERE seq < 1100)
      INSERT INTO entries SELECT 7 << 32 | seq, 1000 + seq, 0, 'LO', '', 'text ' || seq FROM seqs;
    INSERT INTO entries VALUES (12 << 32 | 1, 1001, 8, 'LO', 'ER', 'Sécret 東京');
    INSERT INTO entries SELECT 3 << 32 | seq, 5, 0, 'QW', '', 'of a dropped log' FROM (SELECT 4 AS seq UNION SELECT 5);
    INSERT INTO dropped VALUES (3, 4, 5);
  `);
  db.close();

  const store = await SqliteStore.open(file);
  test.strictSame(await store.heads(), [
    { name: '#a', epoch: 'epoch of #a', topic: 'fish', first: 101, last: 1100, lastAt: 2100 },
    { name: '#b', epoch: 'e', topic: '', first: 1, last: 0, lastAt: 0 },
    { name: '@c', epoch: 'f', topic: '', first: 1, last: 1, lastAt: 1001 },
  ]);
  test.strictSame(await store.page('#a', { after: 0 }, 2_000), run('#a', 101, 1100));
  test.strictSame(await store.sessions(), []);
  test.match(await store.search('@c', '東京 secret', Infinity, 9), [{ seq: 1, kind: 'private', to: 'ER' }]);
  test.match(
    await store.search('#a', 'text 101', Infinity, 9),
    [{ seq: 1019 }, { seq: 1018 }],
    'as before it is indexed',
  );
  const request = { session: '+a', id: '1', entry: 0 };
  const sessions = [session('+a')];
  await store.append(commit([], [say('#a', 1101)], { sessions, requests: [request] }));
  test.match(await store.append(commit([], [say('#a', 1102)], { requests: [request] })), [{ seq: 1101 }]);
  const total =
    weightOf(
      run('#a', 101, 1101)
        .map(({ text }) => text)
        .join(''),
      1001,
    ) + weightOf('Sécret 東京');
  await store.prune(bounds({ bytes: total }), 5_000);
  test.match(await store.stats(), { entries: 1002 }, 'what they take was counted');
  await store.prune(bounds({ bytes: total - 1 }), 5_000);
  test.match(await store.stats(), { entries: 1001 });
  await store.close();

  const left = new DatabaseSync(file);
  test.equal(
    left.prepare('SELECT count(*) AS n FROM entries').get()?.['n'],
    1001,
    'the dropped log was swept up',
  );
  test.equal(pragmaNumber(left, 'user_version'), MIGRATIONS.length);
  left.close();
});

await t.test('migrations', async (test) => {
  const known = MIGRATIONS.length;
  const steps = [...MIGRATIONS, 'ALTER TABLE logs ADD COLUMN colour TEXT', "UPDATE logs SET colour = 'red'"];
  const file = join(dir, 'old.db');
  const store = new Database(file);
  store.append(packed(['#a'], run('#a', 1, 3)));
  await store.close();

  const db = new DatabaseSync(file);
  const faulty = [...steps.slice(0, -1), 'UPDATE logs SET colour = 1, topic = NULL'];
  test.throws(() => migrate(db, file, faulty), /NOT NULL/);
  test.equal(pragmaNumber(db, 'user_version'), known + 1, 'the steps that went well stand');
  migrate(db, file, steps);
  test.equal(pragmaNumber(db, 'user_version'), known + 2);
  test.match(db.prepare('SELECT name, last, colour FROM logs').get(), { name: '#a', last: 3, colour: 'red' });
  migrate(db, file, steps);
  db.close();

  const { operating, text } = await refusal(SqliteStore.open(file));
  test.ok(operating);
  test.match(text, `${file} was written by a newer chatroom (format ${known + 2}, this one knows ${known})`);
  test.match(text, /install that version again, or restore a backup/);
});
