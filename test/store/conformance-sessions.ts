// What core's port Store means for sessions, and for requests that are asked again.

import type { Test } from 'tap';
import type { Fact, FactChange, RequestMark, SessionRecord, Store } from '../../src/core/store.ts';
import { bounds, commit, headsOf, refusal, run, say, session, type Engine } from './parts.ts';

function mark(session: string, id: string, entry = 0): RequestMark {
  return { session, id, entry };
}

function fact(kind: string, key: string, value: string | null): FactChange {
  return { kind, key, value };
}

async function sessionsOf(store: Store): Promise<SessionRecord[]> {
  return [...(await store.sessions())].sort((a, b) => (a.id < b.id ? -1 : 1));
}

export async function sessionsConform(t: Test, engine: Engine): Promise<void> {
  let places = 0;
  const fresh = (): Promise<Store> => engine.open(`sessions-${++places}`);

  await t.test('sessions are kept, changed and ended', async (test) => {
    let store = await fresh();
    test.strictSame(await store.sessions(), []);
    await store.append(commit([], [], { sessions: [session('+b'), session('+a')] }));
    test.strictSame(await sessionsOf(store), [session('+a'), session('+b')]);
    const changed = session('+a', { nick: 'ER', client: '', token: 't', since: 5, places: [] });
    await store.append(commit(['#a'], run('#a', 1, 2), { sessions: [changed], ended: ['+b', '+nobody'] }));
    test.strictSame(await sessionsOf(store), [changed]);
    if (engine.lasting) {
      await store.close();
      store = await engine.open(`sessions-${places}`);
      test.strictSame(await sessionsOf(store), [changed]);
    }
    await store.append(commit([], [], { sessions: [session('+c')], ended: ['+c', '+a'] }));
    test.strictSame(await store.sessions(), [], 'one that comes and ends in one commit is over');
    await store.close();
  });

  await t.test('facts are kept, changed and removed with their commit', async (test) => {
    let store = await fresh();
    const facts = async (): Promise<Fact[]> =>
      [...(await store.facts())].sort((a, b) => (a.kind + a.key < b.kind + b.key ? -1 : 1));
    test.strictSame(await store.facts(), []);
    const first = [fact('account', 'é', '{"a":1}'), fact('account', 'f', ''), fact('ban', 'é', '"b"')];
    await store.append(commit([], [], { facts: first }));
    test.strictSame(await facts(), [first[1], first[0], first[2]]);
    const changes = [fact('account', 'é', '2'), fact('ban', 'é', null), fact('ban', 'none', null)];
    await store.append(commit(['#a'], run('#a', 1, 1), { facts: changes }));
    const left = [fact('account', 'f', ''), fact('account', 'é', '2')];
    test.strictSame(await facts(), left);
    const refused = refusal(
      store.append(commit([], [say('#a', 9)], { facts: [fact('account', 'f', null)] })),
    );
    test.notOk((await refused).operating);
    const asked: RequestMark = { session: '+a', id: 'q', entry: 0 };
    await store.append(commit([], [say('#a', 2)], { sessions: [session('+a')], requests: [asked] }));
    const again = commit([], [say('#a', 3)], { requests: [asked], facts: [fact('account', 'f', null)] });
    test.equal((await store.append(again)).length, 1);
    test.strictSame(await facts(), left, 'nothing of a refused commit is kept');
    if (engine.lasting) {
      await store.close();
      store = await engine.open(`sessions-${places}`);
      test.strictSame(await facts(), left);
    }
    await store.close();
  });

  await t.test('sessions go the way of their commit', async (test) => {
    const store = await fresh();
    await store.append(commit(['#a'], run('#a', 1, 2), { sessions: [session('+a')] }));
    const faulty = commit([], [say('#a', 9)], { sessions: [session('+b')], ended: ['+a'] });
    test.notOk((await refusal(store.append(faulty))).operating);
    test.strictSame(await store.sessions(), [session('+a')]);
    await store.close();
  });

  await t.test('a request is done once, however often it is asked', async (test) => {
    let store = await fresh();
    const first = commit(['#a', '@b'], [say('#a', 1), say('@b', 1), say('#a', 2)], {
      sessions: [session('+a'), session('+b')],
      requests: [mark('+a', 'one', 2), mark('+b', 'one', 1), mark('+b', 'two', 1)],
    });
    test.strictSame(await store.append(first), []);
    if (engine.lasting) {
      await store.close();
      store = await engine.open(`sessions-${places}`);
    }
    const again = commit(['#new'], [say('#a', 3), say('#new', 1), say('#a', 4)], {
      sessions: [session('+c')],
      ended: ['+a'],
      requests: [mark('+b', 'three', 0), mark('+b', 'two', 1), mark('+a', 'one', 2)],
    });
    test.strictSame(await store.append(again), [
      { request: 1, log: '@b', seq: 1, at: 1001 },
      { request: 2, log: '#a', seq: 2, at: 1002 },
    ]);
    test.match(await headsOf(store), [
      { name: '#a', last: 2 },
      { name: '@b', last: 1 },
    ]);
    test.strictSame(await sessionsOf(store), [session('+a'), session('+b')], 'nothing of it was kept');
    const rest = commit([], [say('#a', 3)], { requests: [mark('+b', 'three')] });
    test.strictSame(await store.append(rest), [], 'nor the mark of what was new in it');
    test.strictSame(await store.append(commit([], [say('#a', 4)], { requests: [mark('+b', 'three')] })), [
      { request: 0, log: '#a', seq: 3, at: 1003 },
    ]);
    await store.close();
  });

  await t.test('a mark is kept as long as its session', async (test) => {
    const store = await fresh();
    const sessions = [session('+a')];
    await store.append(commit(['#a'], [say('#a', 1)], { sessions, requests: [mark('+a', '1')] }));
    await store.append(commit([], [], { ended: ['+a'] }));
    test.strictSame(
      await store.append(commit([], [say('#a', 2)], { requests: [mark('+a', '1')] })),
      [],
      'who has no session has no marks',
    );
    test.strictSame(await store.append(commit([], [say('#a', 3)], { requests: [mark('+a', '1')] })), []);
    test.strictSame(
      await store.append(commit([], [say('#a', 4)], { sessions, requests: [mark('+a', '1')] })),
      [],
      'another of that name begins with none',
    );
    test.strictSame(await store.append(commit([], [say('#a', 5)], { requests: [mark('+a', '1')] })), [
      { request: 0, log: '#a', seq: 4, at: 1004 },
    ]);
    const last = { requests: [mark('+a', '2')], ended: ['+a'] };
    test.strictSame(
      await store.append(commit([], [say('#a', 5)], last)),
      [],
      'one that ends with its request',
    );
    await store.close();
  });

  await t.test('a mark is kept as long as the entry that it points to', async (test) => {
    const store = await fresh();
    const requests = [mark('+a', '1', 0), mark('+a', '2', 1), mark('+a', '3', 2)];
    const entries = [...run('#a', 1, 2), say('@b', 1)];
    await store.append(commit(['#a', '@b'], entries, { sessions: [session('+a')], requests }));
    await store.prune(bounds({ olderThan: 1002 }), 100);
    await store.drop(['@b']);
    test.strictSame(
      await store.append(commit([], [say('#a', 3)], { requests: [mark('+a', '1')] })),
      [],
      'past retention',
    );
    const anew = { requests: [mark('+a', '3')], logs: [{ name: '@b', epoch: 'second', topic: '' }] };
    test.strictSame(await store.append(commit([], [say('@b', 1)], anew)), [], 'dropped');
    const all = [mark('+a', '3'), mark('+a', '2'), mark('+a', '1')];
    const expected = [
      { request: 0, log: '@b', seq: 1, at: 1001 },
      { request: 1, log: '#a', seq: 2, at: 1002 },
      { request: 2, log: '#a', seq: 3, at: 1003 },
    ];
    test.strictSame(await store.append(commit([], [say('#a', 4)], { requests: all })), expected);
    for (let more = true; more;) ({ more } = await store.prune(bounds(), 1));
    test.strictSame(await store.append(commit([], [say('#a', 4)], { requests: all })), expected);
    await store.close();
  });

  await t.test('marks with a fault are bugs, and nothing of the commit is kept', async (test) => {
    const store = await fresh();
    await store.append(commit(['#a'], run('#a', 1, 2), { sessions: [session('+a')] }));
    await store.append(commit([], [say('#a', 3)], { requests: [mark('+a', 'old')] }));
    const faults = {
      'of no entry': [mark('+a', '1', 1)],
      'twice in one commit': [mark('+a', '1'), mark('+a', '2'), mark('+a', '1')],
      'twice, though done before': [mark('+a', 'old'), mark('+a', 'old')],
    };
    for (const [name, requests] of Object.entries(faults)) {
      const { operating, text } = await refusal(store.append(commit([], [say('#a', 4)], { requests })));
      test.notOk(operating, `${name}: ${text}`);
      test.not(text, 'it was not refused', name);
    }
    test.match(await store.heads(), [{ last: 3 }]);
    await store.close();
  });
}
