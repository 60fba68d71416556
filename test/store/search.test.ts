// What a search takes for a word, in all scripts; that the index never overlooks what reading would find; and what a search
// of very much costs others.

import { DatabaseSync } from 'node:sqlite';
import * as fc from 'fast-check';
import t from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { addTerms, expressionOf } from '../../src/store/terms.ts';
import { Query } from '../../src/store/words.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entry } from '../../src/core/entry.ts';
import { Database } from '../../src/store/database.ts';
import type { SearchSlice } from '../../src/store/messages.ts';
import { prove } from '../../src/store/proof.ts';
import { bounds, packed, run, say } from './parts.ts';
import { inProcess, prand } from './in-process.ts';

const dir = mkdtempSync(join(tmpdir(), 'chatroom-search-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

function finds(query: string, text: string, from = 'LO'): boolean {
  return new Query(query).matches(text, from);
}

const FOUND: readonly (readonly [query: string, text: string])[] = [
  ['fish', 'Fish!'],
  ['fish', 'some FISHES'],
  ['some fi', 'fish, and some more'],
  ['ECOLE', "à l'école"],
  ['école', 'ecole'],
  ['strasse', 'Straße'],
  ['STRAẞE', 'strasse'],
  ['Οδυσσευς', 'ΟΔΥΣΣΕΎΣ'],
  ['οδυς', 'ΟΔΥΣΣΕΎΣ'],
  ['istanbul', 'İstanbul'],
  ['شكرا', 'شُكْرًا'],
  ['שלום', 'שָׁלוֹם'],
  ['हिन्दी', 'हिन्दी में'],
  ['ｆｉｓｈ', 'fish'],
  ['2026', 'in 2026.'],
  ['foo-bar', 'bar (foo)'],
  ['"fish" OR NOT fish*', 'or not: a fish'],
  ['京都', '東京都です'],
  ['都', '東京都です'],
  ['東京', '東京へ'],
  ['が', 'これがいい'],
  ['iPhone15を', '新しいiPhone15を買う'],
  ['買う iphone15', '新しいiPhone15を買う'],
  ['ภาษา', 'ภาษาไทย'],
  ['ไทย', 'ภาษาไทย'],
  ['한국', '한국어를'],
  ['𠮷野', '𠮷野家'],
  ['野', '𠮷野家'],
  ['lo', 'said by its sender alone'],
  ['lo said', 'said by its sender in part'],
  ['a'.repeat(60), `${'a'.repeat(70)} b`],
];

const NOT_FOUND: readonly (readonly [query: string, text: string])[] = [
  ['', 'anything'],
  ['?! 🎉', 'anything ?! 🎉'],
  ['fish soup', 'fishes and a soup'],
  ['ish', 'fish'],
  ['fish x', 'fish'],
  ['か', 'が'],
  ['हिन्दा', 'हिन्दी'],
  ['京東', '東京都'],
  ['phone', 'iphone'],
  ['iphone1 を', 'iPhone15を'],
  [`${'a'.repeat(60)} b`, `${'a'.repeat(70)} b`],
];

await t.test('words, whatever their case, accents and script', async (test) => {
  for (const [query, text] of FOUND) test.ok(finds(query, text), `${query} in ${text}`);
  for (const [query, text] of NOT_FOUND) test.notOk(finds(query, text), `${query} not in ${text}`);
  test.ok(new Query('?! 🎉').isEmpty);
  const many = Array.from({ length: LIMITS.searchWords }, (_, i) => `w${i}`).join(' ');
  test.ok(finds(`${many} more`, many), 'what comes after very many words does not count');
});

await t.test('whatever reading finds, the index has', async (test) => {
  const db = new DatabaseSync(':memory:');
  db.exec(
    "CREATE VIRTUAL TABLE search USING fts5 (terms, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii')",
  );
  const put = db.prepare('INSERT INTO search (rowid, terms) VALUES (1, ?)');
  const remove = db.prepare('DELETE FROM search');
  const ask = db.prepare('SELECT rowid FROM search WHERE search MATCH ?');
  const piece = fc.oneof(
    fc.constantFrom(...FOUND.flat(), ...NOT_FOUND.flat(), ' ', '-', 'a', 'が', '東'),
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.string({ unit: 'grapheme', maxLength: 4 }),
  );
  const text = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
  let matched = 0;
  fc.assert(
    fc.property(text, text, fc.nat(), fc.nat(30), (said, other, at, length) => {
      // Most pieces of a text are found in it.
      const query = new Query(said.slice(at % (said.length + 1)).slice(0, length));
      if (query.isEmpty) return;
      const terms = new Set<string>();
      for (const each of [other, said]) addTerms(terms, each);
      put.run([...terms].join(' '));
      const isFound = ask.get(expressionOf(query)) !== undefined;
      remove.run();
      const matches = query.matches(said, other);
      if (matches) matched++;
      if (matches && !isFound) throw new Error('the index has overlooked it');
    }),
    { numRuns: 5_000, seed: 3040 },
  );
  test.ok(matched > 1_000, `${matched} were found`);
  db.close();
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
  store.append(packed(['#a', '#b']));
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
      store.append(packed([], entries));
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

function damageIndex(file: string): void {
  const db = new DatabaseSync(file, { defensive: false });
  db.exec('DELETE FROM search_data WHERE id > 10');
  db.close();
}

await t.test('an index that is damaged is made again', async (test) => {
  const file = join(dir, 'large-index.db');
  const first = new Database(file);
  // Too large to be looked through when it is opened.
  const long = run('#a', 1, 9_000).map((entry) => ({ ...entry, text: `${entry.text} ${'.'.repeat(4_000)}` }));
  first.append(packed(['#a'], long));
  while (first.tidy());
  test.ok(first.stats().bytes > LIMITS.storeFullCheckBytes);
  await first.close();

  damageIndex(file);
  const tidied = new Database(file);
  for (let seq = 9_001; seq <= 9_100; seq += 20) {
    tidied.append(packed([], run('#a', seq, seq + 19)));
    tidied.tidy();
  }
  while (tidied.tidy());
  await tidied.close();
  damageIndex(file);
  const second = new Database(file);
  const searched = inProcess(file, second);
  const found = await searched.search('#a', 'text 777', 8_000, 3);
  test.match(found, [{ seq: 7_779 }, { seq: 7_778 }, { seq: 7_777 }]);
  test.match(await searched.search('#a', 'text 777', 7_000, 3), [{ seq: 777 }]);
  while (second.tidy());
  await searched.close();
  const db = new DatabaseSync(file);
  test.match(db.prepare('SELECT indexed FROM logs').get(), { indexed: 9_088 });
  db.close();

  const small = join(dir, 'small-index.db');
  const third = new Database(small);
  third.append(packed(['#a'], run('#a', 1, 2_000)));
  while (third.tidy());
  await third.close();
  damageIndex(small);
  prove(small);
  const mended = inProcess(small);
  test.match(await mended.search('#a', 'text 777', 5_000, 3), [{ seq: 777 }]);
  await mended.close();
});

await t.test('a search that finds little in much is done in slices', async (test) => {
  const file = join(dir, 'slices.db');
  const store = new Database(file);
  const entries = run('#a', 1, 30_000).map((entry) => ({ ...entry, text: leftOrRight(entry.seq) }));
  store.append(packed(['#a'], entries));
  while (store.tidy());
  store.append(packed([], run('#a', 30_001, 30_100)));
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
