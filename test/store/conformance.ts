// What core's port Store means: every engine runs this suite.

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import type { Test } from 'tap';
import { ENTRY_KINDS, type Entry } from '../../src/core/entry.ts';
import type { Commit, LogHead, Store } from '../../src/core/store.ts';
import { searchConforms } from './conformance-search.ts';
import { sessionsConform } from './conformance-sessions.ts';
import { applyTo, checkAgainst, type Model, model, operations } from './model.ts';
import { ALL, bounds, commit, type Engine, headsOf, refusal, run, say, sorted } from './parts.ts';

function head(name: string, first: number, last: number, more: Partial<LogHead> = {}): LogHead {
  return {
    name,
    epoch: `epoch of ${name}`,
    topic: '',
    first,
    last,
    lastAt: last === 0 ? 0 : 1000 + last,
    ...more,
  };
}

async function seqs(store: Store, ...args: Parameters<Store['page']>): Promise<number[]> {
  return (await store.page(...args)).map(({ seq }) => seq);
}

export async function conformance(t: Test, engine: Engine): Promise<void> {
  let places = 0;
  const fresh = (): Promise<Store> => engine.open(`conformance-${++places}`);

  await t.test('a new store is empty', async (test) => {
    const store = await fresh();
    test.strictSame(await store.heads(), []);
    test.strictSame(await store.page('#a', { after: 0 }, 10), []);
    test.match(await store.stats(), { entries: 0, logs: 0 });
    test.strictSame(await store.prune(bounds({ olderThan: ALL, entriesPerLog: 0 }), 10), {
      heads: [],
      more: false,
    });
    await store.ping();
    await store.close();
  });

  await t.test('what is appended is in its log, in order, with all its fields', async (test) => {
    const store = await fresh();
    const kinds = ENTRY_KINDS.map((kind, i) => say('#a', i + 1, { kind, from: 'QW', to: 'ER', text: kind }));
    const texts = [
      '',
      'a\nb\tc',
      '\u0000',
      '"quoted", \\ and \'so\'',
      'שלום عليكم',
      '👩‍👩‍👧‍👦 é',
      '🙂'.repeat(4096),
    ];
    const others = texts.map((text, i) => say('@ér', i + 1, { kind: 'private', text, to: 'ér' }));
    const mixed = kinds.flatMap((entry, i) => [entry, ...others.slice(i, i + 1)]);
    await store.append(commit(['#a', '@ér', '#empty'], mixed));
    test.strictSame(await store.page('#a', { after: 0 }, 100), kinds);
    test.strictSame(await store.page('@ér', { after: 0 }, 100), others);
    test.strictSame(await headsOf(store), [
      head('#a', 1, kinds.length),
      head('#empty', 1, 0),
      head('@ér', 1, texts.length),
    ]);
    test.match(await store.stats(), { entries: mixed.length, logs: 3 });
    await store.close();
  });

  await t.test('a page is the entries nearest its place, in rising order', async (test) => {
    const store = await fresh();
    await store.append(
      commit(['#a', '#b', '#c'], [...run('#a', 1, 3), ...run('#b', 1, 20), ...run('#c', 1, 3)]),
    );
    test.strictSame(await seqs(store, '#b', { after: 0 }, 3), [1, 2, 3]);
    test.strictSame(await seqs(store, '#b', { after: 4 }, 2), [5, 6]);
    test.strictSame(await seqs(store, '#b', { after: 18 }, 9), [19, 20]);
    test.strictSame(await seqs(store, '#b', { after: 20 }, 9), []);
    test.strictSame(await seqs(store, '#b', { after: ALL ** 2 }, 9), []);
    test.strictSame(await seqs(store, '#b', { before: 21 }, 3), [18, 19, 20]);
    test.strictSame(await seqs(store, '#b', { before: ALL ** 2 }, 2), [19, 20]);
    test.strictSame(await seqs(store, '#b', { before: 3 }, 9), [1, 2]);
    test.strictSame(await seqs(store, '#b', { before: 1 }, 9), []);
    test.strictSame(await seqs(store, '#b', { before: 0 }, 9), []);
    test.strictSame(await seqs(store, '#b', { after: 4 }, 0), []);
    test.strictSame(await seqs(store, '#d', { before: 10 }, 9), []);
    await store.close();
  });

  await t.test('a topic changes with its entry', async (test) => {
    const store = await fresh();
    await store.append(commit(['#a'], run('#a', 1, 2)));
    const change = { name: '#a', epoch: 'epoch of #a', topic: 'fish' };
    await store.append(commit([], [say('#a', 3, { kind: 'topic', text: 'fish' })], { logs: [change] }));
    test.strictSame(await store.heads(), [head('#a', 1, 3, { topic: 'fish' })]);
    await store.close();
  });

  await t.test('a commit with a fault is a bug, and nothing of it is kept', async (test) => {
    const store = await fresh();
    await store.append(commit(['#a'], run('#a', 1, 3)));
    const faults: Record<string, Commit> = {
      'a gap': commit(['#b'], [say('#b', 1), say('#a', 4), say('#a', 6)]),
      'a repeat': commit(['#b'], [say('#b', 1), say('#a', 3)]),
      'a gap in a new log': commit(['#b'], [say('#b', 2)]),
      'a log that was never mentioned': commit(['#b'], [say('#b', 1), say('#c', 1)]),
      'another epoch': commit([], [say('#a', 4)], { logs: [{ name: '#a', epoch: 'other', topic: 'x' }] }),
      'no such kind': commit(['#b'], [say('#b', 1), say('#a', 4, { kind: 'wink' as Entry['kind'] })]),
    };
    for (const [name, fault] of Object.entries(faults)) {
      const { operating, text } = await refusal(store.append(fault));
      test.notOk(operating, `${name}: ${text}`);
      test.not(text, 'it was not refused', name);
    }
    test.strictSame(await store.heads(), [head('#a', 1, 3)]);
    test.strictSame(await seqs(store, '#a', { after: 0 }, 9), [1, 2, 3]);
    await store.append(commit(['#b'], [say('#a', 4), say('#b', 1)]));
    test.strictSame(await headsOf(store), [head('#a', 1, 4), head('#b', 1, 1)]);
    await store.close();
  });

  await t.test('retention by count, in bounded steps', async (test) => {
    const store = await fresh();
    await store.append(commit(['#a', '#b'], [...run('#a', 1, 20), ...run('#b', 1, 4)]));
    const five = bounds({ entriesPerLog: 5 });
    test.strictSame(await store.prune(five, 10), { heads: [head('#a', 11, 20)], more: true });
    test.strictSame(await seqs(store, '#a', { after: 0 }, 2), [11, 12]);
    test.strictSame(await seqs(store, '#a', { before: 13 }, 9), [11, 12]);
    test.strictSame(await store.prune(five, 10), { heads: [head('#a', 16, 20)], more: false });
    test.strictSame(await store.prune(five, 10), { heads: [], more: false });
    test.match(await store.stats(), { entries: 9, logs: 2 });
    await store.close();
  });

  await t.test('retention by age; an emptied log goes on where it was', async (test) => {
    const store = await fresh();
    await store.append(commit(['#a', '#b'], [...run('#a', 1, 6), ...run('#b', 1, 3)]));
    const step = await store.prune(bounds({ olderThan: 1004 }), 100);
    test.strictSame(sorted(step.heads), [head('#a', 4, 6), head('#b', 4, 3)]);
    test.notOk(step.more);
    test.strictSame(await seqs(store, '#b', { after: 0 }, 9), []);
    test.strictSame(await headsOf(store), [head('#a', 4, 6), head('#b', 4, 3)], 'it keeps its row');
    await store.append(commit([], [say('#b', 4)]));
    test.strictSame(await seqs(store, '#b', { after: 0 }, 9), [4]);
    test.strictSame((await store.prune(bounds({ olderThan: 1005 }), 1)).more, true, 'one of two is left');
    await store.close();
  });

  await t.test('retention by size: the oldest of all logs go first, in bounded steps', async (test) => {
    const store = await fresh();
    const both = Array.from({ length: 40 }, (_, i) => say(i % 4 === 0 ? '#b' : '#a', 0, { at: 1001 + i }));
    const numbered = both.map((entry, i): Entry => {
      const seq = both.slice(0, i + 1).filter(({ log }) => log === entry.log).length;
      return { ...entry, seq };
    });
    await store.append(commit(['#a', '#b', '#empty'], numbered));
    test.strictSame(await store.prune(bounds(), 100), { heads: [], more: false });
    test.strictSame(await store.prune(bounds({ bytes: ALL }), 100), { heads: [], more: false });

    const oldestLeft = async (): Promise<number[]> => {
      const pages = await Promise.all(['#a', '#b'].map((log) => store.page(log, { after: 0 }, 100)));
      return pages.flat().map(({ at }) => at);
    };
    const step = await store.prune(bounds({ bytes: 0 }), 10);
    test.ok(step.more);
    test.equal(step.heads.length, 2);
    test.equal(Math.min(...(await oldestLeft())), 1011, 'ten are gone, from both');
    // About what one takes: 30 are left.
    let bytes = 10_000;
    while ((await oldestLeft()).length === 30) await store.prune(bounds({ bytes: (bytes -= 20) }), 100);
    const { heads, more } = await store.prune(bounds({ bytes: bytes / 2 }), 100);
    test.notOk(more);
    const left = await oldestLeft();
    test.ok(left.length > 10 && left.length < 18, `${left.length} of 30 are left of half the size`);
    test.equal(Math.min(...left), 1041 - left.length, 'the newest');
    test.strictSame(sorted(heads), (await headsOf(store)).slice(0, 2));

    test.strictSame(await store.prune(bounds({ bytes: bytes / 2 }), 100), { heads: [], more: false });
    await store.prune(bounds({ bytes: 0 }), 100);
    test.match(await store.stats(), { entries: 0, logs: 3 });
    await store.append(commit([], [say('#b', 11)]));
    test.match(await store.stats(), { entries: 1 });
    await store.close();
  });

  await t.test('dropped logs are forgotten, and their names can begin anew', async (test) => {
    const store = await fresh();
    await store.append(commit(['#a', '@b', '@c'], [...run('#a', 1, 2), ...run('@b', 1, 9)]));
    await store.drop(['@b', '@c', '@nobody']);
    test.strictSame(await headsOf(store), [head('#a', 1, 2)]);
    test.strictSame(await store.page('@b', { after: 0 }, 9), []);
    test.match(await store.stats(), { entries: 2, logs: 1 });
    const second = { name: '@b', epoch: 'second', topic: '' };
    await store.append(commit([], [say('@b', 1, { text: 'anew' })], { logs: [second] }));
    test.strictSame(await store.page('@b', { after: 0 }, 9), [say('@b', 1, { text: 'anew' })]);
    let more = true;
    for (let steps = 0; more && steps < 10; steps++) {
      ({ more } = await store.prune(bounds(), 4));
    }
    test.notOk(more);
    test.strictSame(await store.page('@b', { after: 0 }, 9), [say('@b', 1, { text: 'anew' })]);
    await store.close();
  });

  await t.test('calls that follow each other without waiting are done in turn', async (test) => {
    const store = await fresh();
    await store.append(commit(['#a'], run('#a', 1, 200)));
    const calls = [
      store.append(commit([], run('#a', 201, 300))),
      ...Array.from({ length: 20 }, () => seqs(store, '#a', { before: 999 }, 2)),
      store.ping().then(() => seqs(store, '#a', { before: 999 }, 1)),
    ];
    const results = await Promise.all(calls);
    test.strictSame(results[20], [299, 300]);
    test.strictSame(results[21], [300], 'a ping comes after what was asked before it');
    await store.close();
  });

  await t.test('a closed store says so', async (test) => {
    const store = await fresh();
    await store.append(commit(['#a'], run('#a', 1, 100)));
    const underWay = Array.from({ length: 20 }, () => store.page('#a', { after: 0 }, 50));
    const closing = store.close();
    test.equal(
      (await Promise.all(underWay)).every((page) => page.length === 50),
      true,
      'what was asked is answered',
    );
    await closing;
    await store.close();
    const calls = [
      store.heads(),
      store.sessions(),
      store.append(commit([])),
      store.page('#a', { after: 0 }, 1),
      store.search('#a', 'text', ALL, 1),
      store.prune(bounds({ entriesPerLog: 1 }), 1),
      store.drop(['#a']),
      store.ping(),
      store.stats(),
      store.backup(join(tmpdir(), 'never.db')),
    ];
    for (const { operating, text } of await Promise.all(calls.map(refusal))) test.ok(operating, text);
  });

  await sessionsConform(t, engine);
  await searchConforms(t, engine);
  await t.test('whatever is done, it is as a simple model has it', (test) => modelled(test, engine, 5));
}

/** `runs` random plays, each on a store of its own, compared with the model after every step. */
export async function modelled(t: Test, engine: Engine, runs: number): Promise<void> {
  let place = 0;
  await fc.assert(
    fc.asyncProperty(operations, async (steps) => {
      const name = `model-${++place}`;
      const kept: Model = model();
      let store = await engine.open(name);
      for (const step of steps) {
        if (step.type !== 'restart') {
          await applyTo(store, kept, step);
        } else if (engine.lasting) {
          await store.close();
          store = await engine.open(name);
        }
        await checkAgainst(store, kept);
      }
      await store.close();
    }),
    { numRuns: runs, seed: 3040 },
  );
  t.equal(place, runs);
}
