// The embedded store's logic, called directly: against the model, its index against plain reading, and its sweeps.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import type { Entry } from '../../src/core/entry.ts';
import type { Store } from '../../src/core/store.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { Database } from '../../src/store/database.ts';
import type { SearchSlice } from '../../src/store/messages.ts';
import { unpackPage } from '../../src/store/rows.ts';
import { Query } from '../../src/store/words.ts';
import { modelled } from './conformance.ts';
import { bounds, commit, run, say, session } from './parts.ts';

const dir = mkdtempSync(join(tmpdir(), 'chatroom-database-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

/** Numbers from 0 to 1 that are the same each time. */
function prand(): () => number {
  let state = 3040;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The logic without its thread. */
function inProcess(file: string, database = new Database(file)): Store {
  return {
    heads: async () => database.heads(),
    sessions: async () => database.sessions(),
    append: async (...args) => database.append(...args),
    page: async (log, ...args) => unpackPage(file, log, database.page(log, ...args)),
    search: async (log, query, before, limit) => {
      const found: Entry[] = [];
      let rest: Pick<SearchSlice, 'before' | 'blocks'> = { before, blocks: [] };
      do {
        const slice = database.search(log, query, rest.before, limit - found.length, rest.blocks);
        found.push(...unpackPage(file, log, slice.page).toReversed());
        rest = slice;
      } while (rest.before > 0 && found.length < limit);
      return found;
    },
    prune: async (...args) => database.prune(...args),
    drop: async (...args) => database.drop(...args),
    ping: async () => database.ping(),
    stats: async () => database.stats(),
    backup: async (path) => database.backup(path).then(() => 0),
    close: async () => database.close(),
  };
}

await t.test('the logic, against the model', (test) =>
  modelled(test, { lasting: true, open: async (place) => inProcess(join(dir, 'model', place)) }, 40),
);

await t.test('entries of a dropped log are swept up in bounded steps', async (test) => {
  const file = join(dir, 'dropped.db');
  const database = new Database(file);
  database.append(commit(['#a', '@b'], [...run('#a', 1, 3), ...run('@b', 1, 25)]));
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
  database.append(commit(['#a', '@b'], run('#a', 1, 25), { sessions, requests }));
  database.append(commit([], [], { ended: ['+a', '+c'] }));
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

const VOCABULARY = [
  'fish',
  'fisher',
  'FISHING',
  'soup',
  'Été',
  '東京都',
  '京',
  'left',
  'right',
  'x'.repeat(40),
];

await t.test('whatever the index covers, a search finds what reading finds', async (test) => {
  const file = join(dir, 'indexed.db');
  const store = new Database(file);
  const searching = inProcess(file, store);
  const kept = new Map<string, Entry[]>([
    ['#a', []],
    ['#b', []],
  ]);
  store.append(commit(['#a', '#b']));
  const random = prand();
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const next = (log: string): Entry => {
    const words = Array.from({ length: Math.floor(random() * 4) }, () => pick(VOCABULARY));
    // Now and then one with more words than a block has room for.
    if (random() < 0.002) words.push(...Array.from({ length: 2_500 }, (_, i) => `w${i}`));
    return say(log, (kept.get(log)?.at(-1)?.seq ?? 0) + 1, {
      text: words.join(' '),
      from: pick(['LO', 'ER']),
    });
  };
  let compared = 0;
  for (let round = 0; round < 40; round++) {
    for (let i = 0; i < 5; i++) {
      const entries = Array.from({ length: Math.floor(random() * 60) }, () => {
        const entry = next(random() < 0.8 ? '#a' : '#b');
        kept.get(entry.log)?.push(entry);
        return entry;
      });
      store.append(commit([], entries));
    }
    if (round % 3 > 0) store.tidy();
    if (round % 10 === 9) {
      for (const { name, first } of store.prune(bounds({ entriesPerLog: 1_500 }), 400).heads)
        kept.set(name, kept.get(name)?.filter(({ seq }) => seq >= first) ?? []);
    }
    for (const query of [
      'fish',
      'fishe',
      'fish soup',
      'lo soup',
      'ete left right',
      '京',
      '東京',
      'w2499',
      'x'.repeat(35),
    ]) {
      const log = pick(['#a', '#a', '#b']);
      const all = kept.get(log) ?? [];
      const before = random() < 0.3 ? Infinity : Math.floor(random() * (all.at(-1)?.seq ?? 0));
      const limit = 1 + Math.floor(random() * 80);
      const wanted = new Query(query);
      const expected = all.filter(({ seq, text, from }) => seq < before && wanted.matches(text, from));
      const found = await searching.search(log, query, before, limit);
      if (JSON.stringify(found) !== JSON.stringify(expected.toReversed().slice(0, limit)))
        test.fail(`${query} before ${before} of ${log}, round ${round}`);
      compared += found.length;
    }
  }
  test.ok(compared > 2_000, `${compared} were found`);
  while (store.tidy());
  test.notOk(store.tidy(), 'then there is nothing left to do');
  const first = kept.get('#a')?.[0]?.seq ?? 0;
  test.ok(first > 16);
  await store.close();
  const db = new DatabaseSync(file);
  const oldest = db.prepare('SELECT min(rowid) AS place FROM search WHERE rowid < 2 << 32').get();
  test.ok(Number(oldest?.['place']) >= 2 ** 32 + first, 'the index has let go of what retention took');
  const log = db.prepare("SELECT last - indexed AS behind FROM logs WHERE name = '#a'").get();
  test.ok(Number(log?.['behind']) < LIMITS.storeBlockEntries, 'and it is up to date');
  test.match(db.prepare('PRAGMA integrity_check').get(), { integrity_check: 'ok' });
  db.close();
});

/** Two words that are hardly ever together. */
function leftOrRight(seq: number): string {
  if (seq === 3) return 'left and right';
  return seq % 2 === 0 ? 'left' : 'right';
}

await t.test('a search that finds little in much is done in slices', async (test) => {
  const file = join(dir, 'slices.db');
  const store = new Database(file);
  const entries = run('#a', 1, 30_000).map((entry) => ({ ...entry, text: leftOrRight(entry.seq) }));
  store.append(commit(['#a'], entries));
  while (store.tidy());
  store.append(commit([], run('#a', 30_001, 30_100)));
  let slices = 0;
  let handed = 0;
  let found = '';
  let rest: Pick<SearchSlice, 'before' | 'blocks'> = { before: Infinity, blocks: [] };
  do {
    const slice = store.search('#a', 'left right', rest.before, 5, rest.blocks);
    slices++;
    handed += slice.blocks.length;
    test.ok(slice.before < rest.before, 'each goes on where the last one ended');
    found += slice.page;
    rest = slice;
  } while (rest.before > 0);
  test.ok(slices > 2, `${slices} slices`);
  test.ok(handed > 0, 'without asking the index each time');
  test.match(found, /^(\[\])*\[\[3,1003,0,"LO","","left and right"\]\](\[\])*$/);
  await store.close();
});

await t.test('a row that does not agree with its entries does not hold up retention', async (test) => {
  const file = join(dir, 'astray.db');
  let database = new Database(file);
  database.append(commit(['#a'], run('#a', 1, 10)));
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
