// Backups of the embedded store, written while it is in use.

import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { backUp, copyOnline } from '../../src/store/backup.ts';
import { prove, proveInThread } from '../../src/store/proof.ts';
import { SqliteStore } from '../../src/store/sqlite.ts';
import { commit, refusal, run, say, session } from './parts.ts';
import { filled, overwriteMiddle } from './filled.ts';

const dir = mkdtempSync(join(tmpdir(), 'chatroom-backup-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));
const WORKER = new URL('../../src/store/sqlite-worker.ts', import.meta.url);

await t.test(
  'a backup holds what was kept when it was asked for, though everything goes on',
  async (test) => {
    const { place, file, store } = await filled(dir, 'busy', 20_000);
    const copy = join(place, 'copy.db');
    let last = 20_000;
    const state = { isDone: false };
    const backup = store.backup(copy).finally(() => (state.isDone = true));
    let meanwhile = 0;
    while (!state.isDone) {
      await store.append(commit([], run('#a', last + 1, last + 100)));
      last += 100;
      meanwhile++;
      test.equal((await store.page('#a', { before: last + 1 }, 1))[0]?.seq, last);
    }
    const bytes = await backup;
    test.ok(meanwhile > 2, `${meanwhile} appends did not wait for it`);
    test.equal(statSync(copy).size, bytes);
    test.equal(statSync(copy).mode & 0o777, 0o600);
    test.strictSame(
      readdirSync(place).sort(),
      ['chatroom.db', 'chatroom.db-wal', 'copy.db'],
      'nothing else is left',
    );

    const second = await SqliteStore.open(copy);
    const kept = (await second.heads())[0]?.last ?? 0;
    test.ok(kept >= 20_000 && kept <= last && kept % 100 === 0, `${kept} of ${last}`);
    test.strictSame(await second.page('#a', { before: kept + 1 }, 500), run('#a', kept - 499, kept));
    test.strictSame(await second.sessions(), [session('+a')]);
    test.match(
      await second.append(
        commit([], [say('#a', kept + 1)], { requests: [{ session: '+a', id: '1', entry: 0 }] }),
      ),
      [{ seq: 20_000 }],
    );
    test.equal((await second.search('#a', 'text 19999', Infinity, 9)).length, 1);
    await second.close();

    const before = readFileSync(copy);
    for (const taken of [copy, file, place]) {
      const { operating, text } = await refusal(store.backup(taken));
      test.ok(operating);
      test.match(text, `${taken} is there already: name a file that is not`);
    }
    test.ok(before.equals(readFileSync(copy)), 'it is left as it is');
    const nowhere = await refusal(store.backup(join(place, 'no', 'such', 'place.db')));
    test.ok(nowhere.operating);
    test.match(nowhere.text, /no\/such\/place\.db cannot be opened for writing/);
    await store.close();
  },
);

await t.test('two backups at once', async (test) => {
  const { place, store } = await filled(dir, 'two', 3_000);
  const both = await Promise.all([store.backup(join(place, '1.db')), store.backup(join(place, '2.db'))]);
  test.ok(both.every((bytes) => bytes > 100_000));
  for (const name of ['1.db', '2.db']) prove(join(place, name));
  await store.close();
});

await t.test('a store that is closed meanwhile gives its backups up', async (test) => {
  const { place, file, store } = await filled(dir, 'closed', 30_000);
  const backups = Array.from({ length: 5 }, (_, i) => refusal(store.backup(join(place, `${i}.db`))));
  await store.ping();
  await store.close();
  test.strictSame(readdirSync(place), ['chatroom.db'], 'nothing is left of them, nor of the store');
  for (const { operating, text } of await Promise.all(backups)) test.ok(operating, text);
  const again = await SqliteStore.open(file);
  test.match(await again.heads(), [{ last: 30_000 }, { last: 0 }]);
  await again.close();
});

await t.test('a backup that is being read back is given up too', async (test) => {
  const worker = new URL('./dying-worker.ts', import.meta.url);
  const place = join(dir, 'proving');
  const store = await SqliteStore.open(join(place, 'chatroom.db'), { worker });
  await store.append(commit(['#a'], run('#a', 1, 10)));
  const backup = refusal(store.backup(join(place, 'copy.db')));
  // Once the copy is asked for and there, it is only read.
  while (!readdirSync(place).some((name) => name.endsWith('.part'))) await store.ping();
  await store.close();
  test.ok((await backup).operating);
  test.strictSame(readdirSync(place), ['chatroom.db']);
});

await t.test('a copy waits for the commit that it meets', async (test) => {
  const db = new DatabaseSync(join(dir, 'meeting.db'));
  db.exec('PRAGMA journal_mode = WAL; CREATE TABLE a (b); BEGIN IMMEDIATE; INSERT INTO a VALUES (1)');
  const copy = join(dir, 'met.db');
  const copying = copyOnline(db, copy, () => true);
  // Its first step finds the transaction under way.
  await wait(20);
  db.exec('COMMIT');
  await copying;
  db.close();
  const copied = new DatabaseSync(copy);
  test.match(copied.prepare('SELECT b FROM a').get(), { b: 1 });
  copied.close();
});

await t.test('a copy that is not good is no backup', async (test) => {
  const { place, file, store } = await filled(dir, 'bad', 3_000);
  await store.close();
  const ending = new AbortController();
  const proofs = [
    (path: string) => proveInThread(WORKER, path, ending.signal),
    async (path: string) => prove(path),
  ];
  for (const [i, proof] of proofs.entries()) {
    const copy = async (path: string): Promise<void> => {
      copyFileSync(file, path);
      overwriteMiddle(path);
    };
    const { operating, text } = await refusal(backUp(join(place, `${i}.db`), copy, proof));
    test.ok(operating);
    test.match(text, /is damaged \(.*\)/);
  }
  const empty = await refusal(
    backUp(
      join(place, 'empty.db'),
      async (path) => writeFileSync(path, ''),
      async (path) => prove(path),
    ),
  );
  test.match(empty.text, /is not a chatroom store/);
  test.strictSame(readdirSync(place), ['chatroom.db'], 'nothing is left of them');
  const never = async (): Promise<void> => void test.fail('there is no need to copy anything');
  test.match((await refusal(backUp(file, never, never))).text, /is there already/);

  const proving = refusal(proveInThread(WORKER, file, ending.signal));
  ending.abort();
  test.match((await proving).text, /nobody could read it to its end/);
  test.match(
    (await refusal(proveInThread(WORKER, file, ending.signal))).text,
    /nobody could read it to its end/,
  );
  const nowhere = new URL('file:///nowhere/worker.js');
  test.match((await refusal(proveInThread(nowhere, file, new AbortController().signal))).text, /nowhere/);
});
