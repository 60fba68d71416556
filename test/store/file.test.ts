// Opening the embedded store: a file that cannot be trusted is refused in words that help.

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { isInUse, storeFailure } from '../../src/store/failure.ts';
import { SqliteStore } from '../../src/store/sqlite.ts';
import { commit, refusal, run, say } from './parts.ts';
import { Appender } from './children.ts';
import { mountDisk, noMounts } from '../support/disks.ts';

const dir = mkdtempSync(join(tmpdir(), 'chatroom-file-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

const isRoot = process.getuid?.() === 0;

/** A file of ours with `count` entries in #a. */
async function filled(file: string, count: number, text?: string): Promise<string> {
  const store = await SqliteStore.open(file);
  const entries =
    text === undefined ? run('#a', 1, count) : run('#a', 1, count).map((entry) => ({ ...entry, text }));
  await store.append(commit(['#a']));
  for (let i = 0; i < count; i += 2_000) await store.append(commit([], entries.slice(i, i + 2_000)));
  await store.close();
  return file;
}

function overwrite(file: string, at: number, bytes: number): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, Buffer.alloc(bytes, 0xa5), 0, bytes, at);
  closeSync(fd);
}

await t.test('a file that may not be written', { skip: isRoot && noMounts(dir) }, async (test) => {
  let file: string;
  if (isRoot) {
    const place = mountDisk(test, dir, 'readonly', 1_024);
    file = await filled(join(place, 'fixed.db'), 10);
    spawnSync('mount', ['-o', 'remount,ro', place]);
  } else {
    file = await filled(join(dir, 'fixed.db'), 10);
    chmodSync(file, 0o400);
  }
  const { operating, text } = await refusal(SqliteStore.open(file));
  test.ok(operating);
  test.match(
    text,
    /fixed\.db cannot be opened for writing \(.*\): check that .* belong to the user who runs chatroomd/,
  );
});

await t.test('a directory that cannot be made', async (test) => {
  writeFileSync(join(dir, 'plain'), '');
  const { operating, text } = await refusal(SqliteStore.open(join(dir, 'plain', 'sub', 'a.db')));
  test.ok(operating);
  test.match(text, /plain\/sub\/a\.db cannot be opened for writing \(ENOTDIR/);
});

await t.test('files of others are refused and left as they are', async (test) => {
  const other = join(dir, 'other.db');
  const db = new DatabaseSync(other);
  db.exec("PRAGMA journal_mode = WAL; CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('soup')");
  writeFileSync(join(dir, 'copy.db'), readFileSync(other));
  writeFileSync(join(dir, 'copy.db-wal'), readFileSync(`${other}-wal`));
  db.close();
  writeFileSync(join(dir, 'letter.db'), 'Dear Sir or Madam, '.repeat(500));
  for (const name of ['other.db', 'copy.db', 'copy.db-wal', 'letter.db']) {
    const file = join(dir, name);
    const before = readFileSync(file);
    const { operating, text } = await refusal(SqliteStore.open(file));
    test.ok(operating, name);
    test.match(text, `${file} is not a chatroom store`);
    test.match(text, /left untouched/);
    test.ok(before.equals(readFileSync(file)), `${name} is the same to the byte`);
  }
});

await t.test('a file whose WAL was being moved into it when the hub was killed', async (test) => {
  const file = join(dir, 'moving.db');
  const appender = new Appender(test, file);
  test.equal(await appender.until(2_000), null);
  await appender.kill();
  // First its header is written, with the size that it is to have.
  const bytes = readFileSync(file);
  bytes.writeUInt32BE(bytes.length / 4_096 + 50, 28);
  writeFileSync(file, bytes);
  const store = await SqliteStore.open(file);
  test.ok(Number((await store.heads())[0]?.last) >= appender.kept);
  await store.close();
});

await t.test('damaged files', async (test) => {
  const cure = /is damaged \(.*\): restore a backup, or move the file away to start with an empty store/;

  const head = await filled(join(dir, 'head.db'), 100);
  overwrite(head, 0, 100);
  test.match((await refusal(SqliteStore.open(head))).text, /its beginning is damaged.*restore a backup/);

  const middle = await filled(join(dir, 'middle.db'), 5_000);
  overwrite(middle, Math.floor(statSync(middle).size / 8_192) * 4_096, 4_096);
  const refused = await refusal(SqliteStore.open(middle));
  test.ok(refused.operating);
  test.match(refused.text, cure);
  test.match(refused.text, middle, 'the file is named');

  const cut = await filled(join(dir, 'cut.db'), 5_000);
  truncateSync(cut, Math.floor(statSync(cut).size / 8_192) * 4_096);
  test.match((await refusal(SqliteStore.open(cut))).text, cure);

  const bare = await filled(join(dir, 'bare.db'), 5);
  const db = new DatabaseSync(bare);
  db.exec('DROP TABLE dropped');
  db.close();
  test.match((await refusal(SqliteStore.open(bare))).text, cure, 'our mark without our tables');

  // Too large to be looked through at the start: found by whoever reads there.
  const large = await filled(join(dir, 'large.db'), 10_000, 'x'.repeat(4_000));
  const { size } = statSync(large);
  test.ok(size > LIMITS.storeFullCheckBytes);
  overwrite(large, Math.floor(size / 8_192) * 4_096, 40_960);
  const store = await SqliteStore.open(large);
  const places = Array.from({ length: 20 }, (_, i) => ({ after: i * 500 }));
  const read = await Promise.all(places.map((place) => refusal(store.page('#a', place, 500))));
  const found = read.filter(({ operating }) => operating);
  test.ok(found.length > 0 && found.length < 5, `${found.length} of 20 pages are lost`);
  test.match(found[0]?.text, cure);
  await store.append(commit([], [say('#a', 10_001)]));
  test.match(await store.page('#a', { before: 10_002 }, 1), [{ seq: 10_001 }], 'the rest of it works');
  await store.close();
});

await t.test('the directory and the file are for their owner alone', async (test) => {
  const file = join(dir, 'private', 'deep', 'mine.db');
  const store = await SqliteStore.open(file);
  await store.append(commit(['#a'], run('#a', 1, 3)));
  const modes = ['', '/deep', '/deep/mine.db', '/deep/mine.db-wal'].map((path) =>
    (statSync(join(dir, 'private') + path).mode & 0o777).toString(8),
  );
  test.strictSame(modes, ['700', '700', '600', '600']);
  await store.close();
});

function failureOf(facts: object): string {
  return storeFailure(Object.assign(new Error('why'), facts), '/x/chat.db', 'so it is')?.message ?? 'a bug';
}

await t.test('what the system and SQLite say, in words that help', async (test) => {
  const texts: [object, RegExp][] = [
    [
      { errcode: 3850 },
      /^the disk that holds \/x\/chat\.db failed \(why, code 3850\): see dmesg.*; so it is$/,
    ],
    [{ errcode: 1034 }, /^the disk that holds \/x\/chat\.db loses what is written to it \(why, code 1034\)/],
    [{ errcode: 1290 }, /loses what is written to it/],
    [{ errcode: 7 }, /no memory left for the store: free some/],
    [{ errcode: 13 }, /the disk that holds \/x is full: free some space/],
    [{ code: 'EDQUOT' }, /the disk that holds \/x is full/],
    [{ errcode: 267 }, /chat\.db is damaged \(why\): restore a backup/],
    [{ errcode: 1 }, /a bug/],
    [{ code: 'EBADF' }, /a bug/],
    [{}, /a bug/],
  ];
  for (const [facts, text] of texts) test.match(failureOf(facts), text, JSON.stringify(facts));
  test.equal(storeFailure('no error at all', '/x/chat.db'), undefined);
  test.notOk(isInUse('no error at all'));
});
