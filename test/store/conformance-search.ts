// What core's port Store means by a search.

import type { Test } from 'tap';
import type { Entry } from '../../src/core/entry.ts';
import type { Store } from '../../src/core/store.ts';
import { bounds, commit, say, type Engine } from './parts.ts';

const TEXTS = [
  'Fish for everybody',
  'à la carte: a soup, a FISH',
  'fishing "quietly" (AND slowly)',
  '東京都で会いましょう',
  'soup-kitchen',
  'Soupe à l’oignon',
];

async function seqs(store: Store, ...args: Parameters<Store['search']>): Promise<number[]> {
  return (await store.search(...args)).map(({ seq }) => seq);
}

export async function searchConforms(t: Test, engine: Engine): Promise<void> {
  let places = 0;
  const fresh = (): Promise<Store> => engine.open(`search-${++places}`);

  await t.test('a search finds words, whatever their case and accents', async (test) => {
    const store = await fresh();
    const entries = TEXTS.map((text, i) => say('#a', i + 1, { text, from: i % 2 === 0 ? 'LO' : 'Zoë' }));
    const other = say('#b', 1, { text: 'fish' });
    await store.append(commit(['#a', '#b'], [other, ...entries]));
    const expected: Record<string, number[]> = {
      fish: [3, 2, 1],
      'fish ': [3, 2, 1],
      'FISH everybody': [1],
      'everybody fish': [1],
      'soup fi': [2],
      'fi soup': [],
      A: [6, 3, 2],
      'a la': [2],
      carte: [2],
      'and slow': [3],
      'quietly" OR "soup': [],
      'fish NOT soup': [],
      'text:fish': [],
      'soup*': [6, 5, 2],
      'NEAR(fish': [],
      京: [4],
      '東京 会い': [4],
      zoe: [6, 4, 2],
      'zoe soup': [6, 2],
      kitchen: [5],
      'soup-kit': [5],
      tchen: [],
      '': [],
      '"*^:(){}-': [],
    };
    for (const [query, found] of Object.entries(expected))
      test.strictSame(await seqs(store, '#a', query, Infinity, 10), found, query);
    test.strictSame(
      await store.search('#b', 'fish', Infinity, 10),
      [other],
      'one log alone, with all its fields',
    );
    test.strictSame(await store.search('#none', 'fish', Infinity, 10), []);
    await store.close();
  });

  await t.test('a search is told in pages, newest first', async (test) => {
    const store = await fresh();
    const entries = Array.from({ length: 2_500 }, (_, i): Entry =>
      say('#a', i + 1, { text: i === 2 ? 'needle' : i % 10 === 4 ? 'soup today' : `nothing ${i}` }),
    );
    await store.append(commit(['#a'], entries.slice(0, 2_000)));
    await store.append(commit([], entries.slice(2_000)));
    const expected = entries.filter(({ text }) => text.startsWith('soup')).toReversed();
    const found: Entry[] = [];
    for (let before = Infinity; ;) {
      const page = await store.search('#a', 'today soup', before, 60);
      found.push(...page);
      if (page.length < 60) break;
      before = page.at(-1)?.seq ?? 0;
    }
    test.strictSame(found, expected);
    test.strictSame(await seqs(store, '#a', 'needle', Infinity, 10), [3], 'however far back');
    test.strictSame(await seqs(store, '#a', 'soup', 25, 10), [15, 5], 'before its place');
    test.strictSame(await seqs(store, '#a', 'soup', 26, 1), [25]);
    for (const before of [5, 1, 0])
      test.strictSame(await seqs(store, '#a', 'soup', before, 10), [], `${before}`);
    test.strictSame(await seqs(store, '#a', 'soup', Infinity, 0), []);
    await store.append(commit([], [say('#a', 2_501, { text: 'soup at last' })]));
    test.strictSame(
      await seqs(store, '#a', 'soup', Infinity, 2),
      [2_501, 2_495],
      'what was said a moment ago',
    );

    await store.prune(bounds({ entriesPerLog: 20 }), 5_000);
    test.strictSame(await seqs(store, '#a', 'soup', Infinity, 10), [2_501, 2_495, 2_485], 'what is kept');
    await store.drop(['#a']);
    test.strictSame(await seqs(store, '#a', 'soup', Infinity, 10), []);
    await store.append(commit(['#a'], [say('#a', 1, { text: 'other soup' })]));
    test.strictSame(
      await seqs(store, '#a', 'soup', Infinity, 10),
      [1],
      'nothing of the log that had its name',
    );
    await store.close();
  });
}
