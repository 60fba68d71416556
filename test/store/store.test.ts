// Every engine against the suite of core's port, and what makes one out of another: openStore and liveOnFailure.

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Entry } from '../../src/core/entry.ts';
import { ChatError } from '../../src/core/errors.ts';
import type { Commit, Store } from '../../src/core/store.ts';
import { liveOnFailure } from '../../src/store/live.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { openStore } from '../../src/store/open.ts';
import { SqliteStore } from '../../src/store/sqlite.ts';
import { conformance, modelled } from './conformance.ts';
import { bounds, commit, headsOf, refusal, run, say, session } from './parts.ts';

const dir = mkdtempSync(join(tmpdir(), 'chatroom-store-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

function never(error: ChatError): void {
  t.fail(`announced: ${error.message}`);
}

function broken(what: string): ChatError {
  return new ChatError('store-failed', `${what} is broken`);
}

/** A store in memory that fails in the ways a disk does. */
class FragileStore extends MemoryStore {
  broken: 'nothing' | 'append' | 'all' = 'nothing';

  override async append(...args: Parameters<Store['append']>): ReturnType<Store['append']> {
    if (this.broken !== 'nothing') throw broken('append');
    return super.append(...args);
  }

  override async page(...args: Parameters<Store['page']>): ReturnType<Store['page']> {
    if (this.broken === 'all') throw broken('page');
    return super.page(...args);
  }

  override async search(...args: Parameters<Store['search']>): ReturnType<Store['search']> {
    if (this.broken === 'all') throw broken('search');
    return super.search(...args);
  }

  override async drop(...args: Parameters<Store['drop']>): Promise<void> {
    if (this.broken !== 'nothing') throw broken('drop');
    return super.drop(...args);
  }
}

await t.test('sqlite', (test) =>
  conformance(test, { lasting: true, open: (place) => SqliteStore.open(join(dir, 'sqlite', place)) }),
);

await t.test('memory', async (test) => {
  const engine = { lasting: false, open: async () => new MemoryStore() };
  await conformance(test, engine);
  await modelled(test, engine, 100);
});

await t.test('live, as long as all is well', (test) =>
  conformance(test, { lasting: false, open: async () => liveOnFailure(new MemoryStore(), never) }),
);

await t.test('live, failed before the first word', (test) =>
  conformance(test, {
    lasting: false,
    open: async () => {
      const store = liveOnFailure(await closedStore(), () => {});
      await store.ping();
      return store;
    },
  }),
);

/** A store of which every call fails. */
async function closedStore(): Promise<Store> {
  const store = new MemoryStore();
  await store.close();
  return store;
}

await t.test('memory is bounded: the largest logs lose their oldest entries', async (test) => {
  const store = new MemoryStore(100_000);
  await store.append(commit(['#quiet', '#busy'], run('#quiet', 1, 10)));
  const long = { text: 'x'.repeat(900) };
  for (let seq = 1; seq <= 1000; seq++) await store.append(commit([], [say('#busy', seq, long)]));
  test.ok((await store.stats()).bytes <= 100_000);
  const { heads } = await store.prune(bounds({ entriesPerLog: 1_000_000 }), 10);
  test.strictSame(
    heads.map(({ name }) => name),
    ['#busy'],
    'the next prune tells of it',
  );
  const kept = await store.page('#busy', { before: 1001 }, 1000);
  test.equal(kept[0]?.seq, heads[0]?.first);
  test.equal(kept.at(-1)?.seq, 1000);
  test.ok(kept.length > 50, 'and it keeps what there is room for');
  test.equal((await store.page('#quiet', { after: 0 }, 100)).length, 10);
  test.strictSame((await store.prune(bounds({ entriesPerLog: 1_000_000 }), 10)).heads, [], 'once');
});

await t.test('live: talk goes on from memory, and what was kept can still be read', async (test) => {
  const kept = new FragileStore();
  const announced: string[] = [];
  const store = liveOnFailure(kept, (error) => announced.push(error.message));
  await store.append(
    commit(
      ['#a', '#b', '@c', '@d'],
      [...run('#a', 1, 10), ...run('#b', 1, 3), ...run('@c', 1, 2), ...run('@d', 1, 2)],
    ),
  );
  await store.heads();

  kept.broken = 'append';
  await store.append(commit(['#new'], [...run('#a', 11, 20), say('#new', 1)]));
  await store.append(commit([], run('#a', 21, 22)));
  await store.ping();
  test.equal(announced.length, 1, 'said once');
  test.match(announced[0], /append is broken/);
  const seqs = async (...args: Parameters<Store['page']>): Promise<number[]> =>
    (await store.page(...args)).map(({ seq }) => seq);

  test.strictSame(await seqs('#a', { after: 10 }, 3), [11, 12, 13]);
  test.strictSame(await seqs('#a', { after: 21 }, 3), [22]);
  test.strictSame(await seqs('#a', { after: 8 }, 9), [9, 10], 'what came before is read where it was kept');
  test.strictSame(await seqs('#a', { before: 13 }, 4), [9, 10, 11, 12]);
  test.strictSame(await seqs('#a', { before: 23 }, 3), [20, 21, 22]);
  test.strictSame(await seqs('#a', { before: 5 }, 2), [3, 4]);
  test.strictSame(await seqs('#b', { after: 0 }, 9), [1, 2, 3], 'a log that nothing was said in since');
  test.strictSame(await seqs('#new', { before: 9 }, 9), [1]);
  test.strictSame(await seqs('#none', { after: 0 }, 9), []);
  test.match((await store.prune(bounds({ entriesPerLog: 5 }), 100)).heads, [
    { name: '#a', epoch: 'epoch of #a', first: 18, last: 22 },
  ]);

  await store.append(commit([], [], { logs: [{ name: '#b', epoch: 'epoch of #b', topic: 'soup' }] }));
  await store.append(commit([], [say('#b', 4)]));
  test.match(
    (await headsOf(store)).find(({ name }) => name === '#b'),
    { topic: 'soup', first: 4, last: 4 },
    'a topic set meanwhile is known when talk goes on',
  );
  await store.append(commit([], [say('@d', 3)]));
  await store.drop(['@c', '@d']);
  test.strictSame(
    await seqs('@c', { after: 0 }, 9),
    [],
    'what is dropped is gone, though the disk did not take it',
  );
  test.strictSame(await seqs('@d', { after: 0 }, 9), []);

  kept.broken = 'all';
  test.strictSame(
    await seqs('#a', { after: 8 }, 1),
    [18],
    'what cannot be read any more is missing, and shows',
  );
  test.strictSame(await seqs('#b', { before: 9 }, 9), [4]);
  await store.drop(['#b']);
  await store.close();
  test.ok((await refusal(store.append(commit([], [])))).operating, 'closed is closed');
});

function mark(entry: number): Pick<Commit, 'requests'> {
  return { requests: [{ session: '+a', id: '1', entry }] };
}

function text(n: number): Pick<Entry, 'text'> {
  return { text: n % 2 === 0 ? 'fish' : 'soup' };
}

await t.test('live: sessions go on, and what is asked from then on is done once', async (test) => {
  const kept = new FragileStore();
  await kept.append(commit(['#a'], run('#a', 1, 3), { sessions: [session('+a'), session('+b')] }));
  const store = liveOnFailure(kept, () => {});
  await store.heads();
  test.equal((await store.sessions()).length, 2);
  await store.append(commit([], [], { sessions: [session('+c')], ended: ['+b'] }));
  await store.append(commit([], [say('#a', 4)], mark(0)));
  const faulty = await store.append(commit([], [say('#a', 5)], { ...mark(0), sessions: [session('+e')] }));
  test.equal(faulty.length, 1);

  kept.broken = 'append';
  const sessions = [session('+d'), session('+a', { nick: 'ER' })];
  test.strictSame(await store.append(commit([], run('#a', 5, 6), { sessions, ...mark(1) })), []);
  const ids = (await store.sessions()).map(({ id, nick }) => `${id} ${nick}`);
  test.strictSame(ids.sort(), ['+a ER', '+c LÖ', '+d LÖ'], 'those that were kept, and those since');
  test.strictSame(await store.append(commit([], [say('#a', 7)], mark(0))), [
    { request: 0, log: '#a', seq: 6, at: 1006 },
  ]);
  await store.close();
});

await t.test('live: a search finds what was said before and since', async (test) => {
  const kept = new FragileStore();
  const store = liveOnFailure(kept, () => {});
  const entries = Array.from({ length: 20 }, (_, i) => say('#a', i + 1, text(i + 1)));
  await store.append(commit(['#a', '#b'], [...entries.slice(0, 10), say('#b', 1, text(2))]));
  kept.broken = 'append';
  await store.append(commit(['#new'], [...entries.slice(10), say('#new', 1, text(2))]));
  const seqs = async (...args: Parameters<Store['search']>): Promise<number[]> =>
    (await store.search(...args)).map(({ seq }) => seq);
  test.strictSame(await seqs('#a', 'fish', Infinity, 7), [20, 18, 16, 14, 12, 10, 8]);
  test.strictSame(await seqs('#a', 'fish', 16, 2), [14, 12]);
  test.strictSame(await seqs('#a', 'fish', 7, 9), [6, 4, 2]);
  test.strictSame(await seqs('#b', 'fish', Infinity, 9), [1], 'a log that nothing was said in since');
  test.strictSame(await seqs('#new', 'fish', Infinity, 9), [1]);
  test.strictSame(await seqs('#none', 'fish', Infinity, 9), []);
  kept.broken = 'all';
  test.strictSame(await seqs('#a', 'fish', Infinity, 9), [20, 18, 16, 14, 12]);
  await store.close();
});

await t.test('backups of what is on no disk, and of what still is', async (test) => {
  const memory = await refusal(new MemoryStore().backup());
  test.ok(memory.operating);
  test.match(memory.text, /nothing is kept on a disk, so there is nothing to back up: see why/);
  const kept = await SqliteStore.open(join(dir, 'kept', 'kept.db'));
  const store = liveOnFailure(kept, () => {});
  await store.append(commit(['#a'], run('#a', 1, 3)));
  test.ok((await store.backup(join(dir, 'kept', 'copy.db'))) > 0);
  await store.close();
});

await t.test('live: calls that fail together', async (test) => {
  const announced: string[] = [];
  const store = liveOnFailure(await closedStore(), (error) => announced.push(error.message));
  await Promise.all([store.append(commit(['#a'], run('#a', 1, 3))), store.ping(), store.heads()]);
  test.equal(announced.length, 1);
  test.strictSame(await store.page('#a', { after: 0 }, 9), run('#a', 1, 3), 'there is one memory');
  await store.close();
});

await t.test('live: bugs are passed on', async (test) => {
  const store = liveOnFailure(new MemoryStore(), never);
  await store.append(commit(['#a'], [say('#a', 1)]));
  test.notOk((await refusal(store.append(commit([], [say('#a', 3)])))).operating);
  await store.close();
});

await t.test('openStore', async (test) => {
  const announced: string[] = [];
  const announce = (error: ChatError): void => void announced.push(error.message);
  const refuse = { onFailure: 'refuse', announce } as const;
  const live = { onFailure: 'live', announce } as const;
  const damaged = join(dir, 'damaged.db');
  writeFileSync(damaged, 'not a database at all, '.repeat(100));

  for (const place of [
    join(dir, 'p', 'one.db'),
    `sqlite:${join(dir, 'two.db')}`,
    `SQLite://${join(dir, 'three.db')}`,
  ]) {
    const store = await openStore(place, refuse);
    await store.append(commit(['#a'], run('#a', 1, 3)));
    await store.close();
    test.ok(existsSync(place.replace(/^sqlite:(\/\/)?/i, '')), place);
  }
  const memory = await openStore('memory:', refuse);
  await memory.append(commit(['#a'], run('#a', 1, 3)));
  test.match(await memory.stats(), { entries: 3 });

  for (const place of ['redis://:secret@host/', 'sqlite:', '']) {
    for (const options of [refuse, live]) {
      const { operating, text } = await refusal(openStore(place, options));
      test.ok(operating, text);
      test.match(text, /names no store: give sqlite:PATH/);
      test.notMatch(text, /secret/);
    }
  }
  test.match((await refusal(openStore(damaged, refuse))).text, /damaged\.db.*restore a backup/);
  test.strictSame(announced, []);

  const talk = await openStore(damaged, live);
  test.equal(announced.length, 1);
  test.match(announced[0], /damaged\.db.*restore a backup/);
  await talk.append(commit(['#a'], run('#a', 1, 3)));
  test.strictSame(await talk.page('#a', { after: 1 }, 9), run('#a', 2, 3));
  await talk.close();

  mkdirSync(join(dir, 'folder.db'));
  test.match(
    (await refusal(openStore(join(dir, 'folder.db'), refuse))).text,
    /folder\.db is not a chatroom store/,
  );
});
