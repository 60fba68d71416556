// What a backup is restored to, and what becomes of the store that was there.

import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { restore } from '../../src/store/restore.ts';
import { SqliteStore } from '../../src/store/sqlite.ts';
import { Appender } from './children.ts';
import { commit, refusal, run, session } from './parts.ts';
import { filled, overwriteMiddle } from './filled.ts';

const dir = mkdtempSync(join(tmpdir(), 'chatroom-restore-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));
const NOW = new Date('2026-01-02T03:04:05.678Z');

function inDatabase(sql: string): (path: string) => void {
  return (path) => {
    const db = new DatabaseSync(path);
    db.exec(sql);
    db.close();
  };
}

function owner(path: string): string {
  return `${statSync(path).uid}:${statSync(path).gid}`;
}

await t.test('a restored store is that of the backup, and the old one is kept', async (test) => {
  const { place, file, store } = await filled(dir, 'restored', 100);
  const backup = join(place, 'backup.db');
  await store.backup(backup);
  await store.append(commit([], run('#a', 101, 150)));
  const taken = await refusal(restore(backup, file, NOW));
  test.ok(taken.operating);
  test.match(taken.text, /chatroom\.db is in use by another process: stop the other chatroomd/);
  test.match(await store.heads(), [{ last: 150 }, {}]);
  await store.close();

  const { before } = await restore(backup, file, NOW);
  test.equal(before, `${file}.before-restore-20260102T030405678Z`);
  test.strictSame(readdirSync(place).sort(), [
    'backup.db',
    'chatroom.db',
    'chatroom.db.before-restore-20260102T030405678Z',
  ]);
  test.equal(statSync(file).mode & 0o777, 0o600);
  const restored = await SqliteStore.open(file);
  const [head] = await restored.heads();
  test.match(head, { name: '#a', first: 1, last: 100 });
  test.match(head?.epoch, /^[0-9a-f]{24}$/, 'it is another log: its next numbers have been given before');
  test.strictSame(await restored.page('#a', { after: 0 }, 500), run('#a', 1, 100));
  test.strictSame(await restored.sessions(), [session('+a')], 'which the sessions can tell');
  await restored.close();
  const old = await SqliteStore.open(String(before));
  test.match(await old.heads(), [{ name: '#a', epoch: 'epoch of #a', last: 150 }, {}]);
  await old.close();

  const again = await refusal(restore(backup, file, NOW));
  test.ok(again.operating);
  test.match(again.text, /EEXIST/);
  test.notOk(readdirSync(place).some((name) => name.endsWith('.part')));
});

await t.test('a store that was killed is put aside with all that it kept', async (test) => {
  const { place, file, store } = await filled(dir, 'killed', 10);
  const backup = join(place, 'backup.db');
  await store.backup(backup);
  await store.close();
  const killed = join(place, 'killed', 'chatroom.db');
  mkdirSync(join(place, 'killed'));
  const appender = new Appender(test, killed);
  test.equal(await appender.until(500), null);
  await appender.kill();
  test.ok(existsSync(`${killed}-wal`));
  const { before } = await restore(backup, killed, NOW);
  test.notOk(existsSync(`${killed}-wal`), 'the new store does not meet the newest pages of the old one');
  const restored = await SqliteStore.open(killed);
  test.match(await restored.heads(), [{ last: 10 }, {}]);
  await restored.close();
  const old = await SqliteStore.open(String(before));
  test.ok(Number((await old.heads())[0]?.last) >= appender.kept);
  await old.close();
  test.ok(existsSync(file));
});

await t.test('a damaged store is put aside as it is', async (test) => {
  const { place, file, store } = await filled(dir, 'damaged', 3_000);
  const backup = join(place, 'backup.db');
  await store.backup(backup);
  await store.close();
  const bytes = readFileSync(file);
  bytes.fill(0x5a, 0, 4_096);
  writeFileSync(file, bytes);
  writeFileSync(`${file}-wal`, 'what is left of its newest pages');
  writeFileSync(`${file}-shm`, '');
  const before = String((await restore(backup, file, NOW)).before);
  test.ok(readFileSync(before).equals(bytes));
  test.equal(String(readFileSync(`${before}-wal`)), 'what is left of its newest pages');
  const restored = await SqliteStore.open(file);
  test.match(await restored.heads(), [{ last: 3_000 }, {}]);
  await restored.close();
});

await t.test('a store where there was none, from files of several kinds', async (test) => {
  const { place, file, store } = await filled(dir, 'new', 50);
  // Copied by hand while it was in use: all of it is in the WAL.
  const byHand = join(place, 'by-hand.db');
  copyFileSync(file, byHand);
  copyFileSync(`${file}-wal`, `${byHand}-wal`);
  await store.close();
  const target = join(place, 'deep', 'state', 'chatroom.db');
  test.equal((await restore(byHand, target, NOW)).before, null);
  test.equal(statSync(join(place, 'deep', 'state')).mode & 0o777, 0o700);
  test.strictSame(readdirSync(join(place, 'deep', 'state')), ['chatroom.db']);
  test.ok(existsSync(`${byHand}-wal`), 'what it is made from stays as it is');
  const restored = await SqliteStore.open(target);
  test.match(await restored.heads(), [{ last: 50 }, {}]);
  await restored.close();

  // An older version is brought up to date when it is opened.
  const older = join(place, 'older.db');
  const db = new DatabaseSync(older);
  db.exec(`PRAGMA application_id = 0x63686174; PRAGMA user_version = 1;
    CREATE TABLE logs (id INTEGER PRIMARY KEY, name, epoch, topic, first, last, first_at, last_at);
    CREATE TABLE entries (place INTEGER PRIMARY KEY, at, kind, sender, recipient, text);
    CREATE TABLE dropped (log_id INTEGER PRIMARY KEY, first, last);
    INSERT INTO logs VALUES (1, '#old', 'e', '', 1, 0, NULL, 0);`);
  db.close();
  await restore(older, target, NOW);
  const upgraded = await SqliteStore.open(target);
  test.match(await upgraded.heads(), [{ name: '#old' }]);
  await upgraded.close();
});

await t.test('what cannot be restored leaves the store as it is', async (test) => {
  const { place, file, store } = await filled(dir, 'refused', 3_000);
  const backup = join(place, 'backup.db');
  await store.backup(backup);
  await store.close();
  const make = (name: string, change: (path: string) => void): string => {
    const path = join(place, name);
    copyFileSync(backup, path);
    change(path);
    return path;
  };
  const cases: [string, RegExp][] = [
    [
      join(place, 'missing.db'),
      /missing\.db cannot be read \(ENOENT.*\): name a file that chatctl backup has written/,
    ],
    [make('damaged.db', overwriteMiddle), /damaged\.db is damaged/],
    [make('cut.db', (path) => truncateSync(path, 8_192)), /cut\.db is damaged/],
    [make('empty.db', (path) => truncateSync(path, 0)), /empty\.db is not a chatroom store/],
    [
      make('letter.db', (path) => writeFileSync(path, 'Dear Sir or Madam, '.repeat(99))),
      /letter\.db is not a chatroom/,
    ],
    [make('foreign.db', inDatabase('PRAGMA application_id = 1')), /foreign\.db is not a chatroom store/],
    [
      make('newer.db', inDatabase('PRAGMA user_version = 99')),
      /newer\.db was written by a newer chatroom \(format 99/,
    ],
    [make('bare.db', inDatabase('DROP TABLE logs')), /bare\.db is damaged/],
    [place, /is not a chatroom store/],
    [file, /is the store itself/],
  ];
  const before = readFileSync(file);
  for (const [path, why] of cases) {
    const { operating, text } = await refusal(restore(path, file, NOW));
    test.ok(operating, text);
    test.match(text, why);
  }
  test.ok(before.equals(readFileSync(file)));
  test.strictSame(
    readdirSync(place).filter((name) => name.startsWith('chatroom.db')),
    ['chatroom.db'],
  );

  const other = join(place, 'chatroom-of-others.db');
  const db = new DatabaseSync(other);
  db.exec('CREATE TABLE recipes (name TEXT)');
  db.close();
  const { operating, text } = await refusal(restore(backup, other, NOW));
  test.ok(operating);
  test.match(text, /of-others\.db is not a chatroom store and was left untouched/);
});

await t.test(
  'restored by root, a store belongs to whom it belonged',
  { skip: process.getuid?.() !== 0 },
  async (test) => {
    const { place, file, store } = await filled(dir, 'owned', 10);
    const backup = join(place, 'backup.db');
    await store.backup(backup);
    await store.close();
    chownSync(file, 12_345, 12_346);
    chmodSync(backup, 0o644);
    await restore(backup, file, NOW);
    test.equal(owner(file), '12345:12346');
    test.equal(statSync(file).mode & 0o777, 0o600);
    chownSync(place, 23_456, 23_457);
    await restore(backup, join(place, 'second.db'), NOW);
    test.equal(owner(join(place, 'second.db')), '23456:23457', 'or to the owner of its directory');
  },
);
