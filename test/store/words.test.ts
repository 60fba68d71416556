// What a search takes for a word, in all scripts; and that the index never overlooks what reading would find.

import { DatabaseSync } from 'node:sqlite';
import * as fc from 'fast-check';
import t from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { addTerms, Query } from '../../src/store/words.ts';

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
    "CREATE VIRTUAL TABLE search USING fts5 (terms, content = '', contentless_delete = 1, detail = none, prefix = '1 2', tokenize = 'ascii')",
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
      const isFound = ask.get(query.expression) !== undefined;
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
