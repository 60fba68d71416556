// The embedded store's logic, called directly: against the model, and its sweeps.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { Database } from '../../src/store/database.ts';
import { unpackPage } from '../../src/store/packing.ts';
import { pragmaNumber } from '../../src/store/schema.ts';
import { modelled } from './conformance.ts';
import { bounds, packed, refusal, run, session } from './parts.ts';
import { inProcess, prand } from './in-process.ts';

const dir = mkdtempSync(join(tmpdir(), 'chatroom-database-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

await t.test('the logic, against the model', (test) =>
  modelled(test, { lasting: true, open: async (place) => inProcess(join(dir, 'model', place)) }, 40),
);

await t.test('entries of a dropped log are swept up in bounded steps', async (test) => {
  const file = join(dir, 'dropped.db');
  const database = new Database(file);
  database.append(packed(['#a', '@b'], [...run('#a', 1, 3), ...run('@b', 1, 25)]));
  database.drop(['@b']);

  const left = async (): Promise<number> => {
    await database.close();
    const db = new DatabaseSync(file);
    const count = Number(db.prepare('SELECT count(*) AS n FROM entries').get()?.['n']);
    db.close();
    return count;
  };
  test.strictSame(database.prune(bounds(), 10), { heads: [], more: true });
  test.strictSame(database.prune(bounds(), 10), { heads: [], more: true });
  test.strictSame(database.prune(bounds(), 10), { heads: [], more: false });
  test.equal(await left(), 3);
});

/** What a table of a store's file holds. */
function countIn(file: string, table: string): number {
  const db = new DatabaseSync(file);
  const count = Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
  db.close();
  return count;
}

await t.test('marks of a session that is over are swept up in bounded steps', async (test) => {
  const file = join(dir, 'ended.db');
  let database = new Database(file);
  const requests = run('#a', 1, 25).map(({ seq }, entry) => ({
    session: seq > 20 ? '+b' : '+a',
    id: `${seq}`,
    entry,
  }));
  const sessions = [session('+a'), session('+b'), session('+c')];
  database.append(packed(['#a', '@b'], run('#a', 1, 25), { sessions, requests }));
  database.append(packed([], [], { ended: ['+a', '+c'] }));
  test.strictSame(database.prune(bounds(), 15), { heads: [], more: true });
  test.strictSame(database.prune(bounds(), 5), { heads: [], more: true });
  await database.close();
  test.equal(countIn(file, 'requests'), 5);
  test.equal(countIn(file, 'ended'), 1);
  database = new Database(file);
  test.strictSame(database.prune(bounds(), 15), { heads: [], more: false });
  database.prune(bounds({ entriesPerLog: 2 }), 100);
  await database.close();
  test.equal(countIn(file, 'ended'), 0);
  test.equal(countIn(file, 'requests'), 2, 'and those of entries that are past retention with these');
});

await t.test('retention by size goes by what the file takes', async (test) => {
  const file = join(dir, 'size.db');
  const database = new Database(file);
  const random = prand();
  const chinese = (): string =>
    Array.from({ length: 200 }, () => String.fromCodePoint(0x4e00 + Math.floor(random() * 3_000))).join('');
  const entries = run('#a', 1, 3_000).map((entry) => ({ ...entry, text: chinese() }));
  database.append(packed(['#a'], entries));
  while (database.tidy());
  const { bytes } = database.stats();
  test.ok(bytes > LIMITS.storeWeighedBytes);
  for (let more = true; more;) ({ more } = database.prune(bounds({ bytes: bytes / 2 }), 100));
  const left = database.stats().entries;
  test.ok(left > 1_350 && left < 1_950, `${left} of 3,000 are left`);
  while (database.tidy());
  database.prune(bounds({ bytes: bytes / 2 }), 5_000);
  test.ok(database.stats().entries > 1_300, 'then it is enough');
  await database.close();
  const db = new DatabaseSync(file);
  const used = pragmaNumber(db, 'page_count') - pragmaNumber(db, 'freelist_count');
  test.ok(used * 4_096 < bytes * 0.75, `${used} pages are in use`);
  db.close();
});

await t.test('what is closed gives up its backups; what is refused is overwritten', async (test) => {
  const database = new Database(join(dir, 'closing.db'));
  database.append(packed(['#a'], run('#a', 1, 20_000)));
  await database.backup(join(dir, 'copied.db'));
  const copy = refusal(database.backup(join(dir, 'given-up.db')));
  await database.close();
  test.match(await copy, { operating: true, text: /the hub ends before the backup is written/ });

  const file = join(dir, 'overwritten.db');
  const second = new Database(file);
  second.append(packed(['#a'], run('#a', 1, 3)));
  second.overwriteRefused();
  second.append(packed([], run('#a', 4, 5)));
  await second.close();
  test.doesNotThrow(() => second.overwriteRefused(), 'nor can it be helped when that fails');
  const third = new Database(file);
  test.match(third.heads(), [{ last: 5 }], 'which changes nothing');
  await third.close();
});

await t.test('a row that does not agree with its entries does not hold up retention', async (test) => {
  const file = join(dir, 'astray.db');
  let database = new Database(file);
  database.append(packed(['#a'], run('#a', 1, 10)));
  await database.close();
  const db = new DatabaseSync(file);
  db.exec('UPDATE logs SET first_at = 1');
  db.close();
  database = new Database(file);
  test.match(database.prune(bounds({ olderThan: 500 }), 50), {
    heads: [{ first: 2 }],
    more: false,
  });
  await database.close();
});

await t.test('an entry of a kind that only a newer version knows', async (test) => {
  test.throws(() => unpackPage('x.db', '#a', '[[7,1,99,"LO","","hi"]]'), /entry 7 of #a is of no known kind/);
});
