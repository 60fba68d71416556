// The embedded store between its two threads: who waits for whom, and what happens when the worker dies; and the logic
// inside it, called directly.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MessageChannel } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import t from 'tap';
import type { Entry } from '../../src/core/entry.ts';
import type { Store } from '../../src/core/store.ts';
import { Database } from '../../src/store/database.ts';
import type { Answer, Request, SearchSlice } from '../../src/store/messages.ts';
import { unpackPage } from '../../src/store/rows.ts';
import { migrate, MIGRATIONS, pragmaNumber } from '../../src/store/schema.ts';
import { serve } from '../../src/store/serve.ts';
import { SqliteStore } from '../../src/store/sqlite.ts';
import { modelled } from './conformance.ts';
import { bounds, commit, refusal, run, say } from './parts.ts';

const dir = mkdtempSync(join(tmpdir(), 'chatroom-sqlite-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

/** The logic without its thread. */
function inProcess(file: string): Store {
  const database = new Database(file);
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

  const left = (): number => {
    database.close();
    const db = new DatabaseSync(file);
    const count = Number(db.prepare('SELECT count(*) AS n FROM entries').get()?.['n']);
    db.close();
    return count;
  };
  test.strictSame(database.prune(bounds(), 10), { heads: [], more: true });
  test.strictSame(database.prune(bounds(), 10), { heads: [], more: true });
  test.strictSame(database.prune(bounds(), 10), { heads: [], more: false });
  test.equal(left(), 3);
});

await t.test('a row that does not agree with its entries does not hold up retention', async (test) => {
  const file = join(dir, 'astray.db');
  let database = new Database(file);
  database.append(commit(['#a'], run('#a', 1, 10)));
  database.close();
  const db = new DatabaseSync(file);
  db.exec('UPDATE logs SET first_at = 1');
  db.close();
  database = new Database(file);
  test.match(database.prune(bounds({ olderThan: 500 }), 50), {
    heads: [{ first: 2 }],
    more: false,
  });
  database.close();
});

await t.test('migrations', async (test) => {
  const steps = [...MIGRATIONS, 'ALTER TABLE logs ADD COLUMN colour TEXT', "UPDATE logs SET colour = 'red'"];
  const file = join(dir, 'old.db');
  const store = new Database(file);
  store.append(commit(['#a'], run('#a', 1, 3)));
  store.close();

  const db = new DatabaseSync(file);
  const faulty = [...steps.slice(0, 2), 'UPDATE logs SET colour = 1, topic = NULL'];
  test.throws(() => migrate(db, file, faulty), /NOT NULL/);
  test.equal(pragmaNumber(db, 'user_version'), 2, 'the steps that went well stand');
  migrate(db, file, steps);
  test.equal(pragmaNumber(db, 'user_version'), 3);
  test.match(db.prepare('SELECT name, last, colour FROM logs').get(), { name: '#a', last: 3, colour: 'red' });
  migrate(db, file, steps);
  db.close();

  const { operating, text } = await refusal(SqliteStore.open(file));
  test.ok(operating);
  test.match(text, `${file} was written by a newer chatroom (format 3, this one knows ${MIGRATIONS.length})`);
  test.match(text, /install that version again, or restore a backup/);
});

await t.test('an entry of a kind that only a newer version knows', async (test) => {
  test.throws(() => unpackPage('x.db', '#a', '[[7,1,99,"LO","","hi"]]'), /entry 7 of #a is of no known kind/);
});

await t.test('the talk between the threads', async (test) => {
  const { port1, port2 } = new MessageChannel();
  const answers: Answer[] = [];
  port2.on('message', (answer: Answer) => answers.push(answer));
  const requests: Omit<Request, 'id'>[] = [
    { method: 'append', args: [commit(['#a'], run('#a', 1, 2))] },
    { method: 'append', args: [commit([], [say('#a', 9)])] },
    { method: 'page', args: ['#a', { after: 1 }, 5] },
    { method: 'close', args: [] },
  ];
  serve(port1, join(dir, 'talk.db'));
  requests.forEach((request, i) => port2.postMessage({ id: i + 1, ...request }, []));
  await once(port2, 'close');
  test.match(answers, [
    { id: 0 },
    { id: 1 },
    { id: 2, bug: /#a: entry 9 where 3 is next/ },
    { id: 3, value: '[[2,1002,0,"LO","","text 2"]]' },
    { id: 4 },
  ]);

  const refused = new MessageChannel();
  const answer = once(refused.port2, 'message');
  serve(refused.port1, dir);
  test.match(await answer, [{ id: 0, failed: /is not a chatroom store/ }]);
});

await t.test('an append waits neither for many readers nor for a long prune', async (test) => {
  const store = await SqliteStore.open(join(dir, 'turns.db'));
  await store.append(commit(['#a'], run('#a', 1, 3_000)));
  const done: string[] = [];
  const note = (what: string) => (): void => void done.push(what);
  const reading = Array.from({ length: 50 }, () => store.page('#a', { after: 0 }, 100).then(note('page')));
  const appending = store.append(commit([], [say('#a', 3_001)])).then(note('append'));
  await Promise.all([...reading, appending]);
  const before = done.indexOf('append');
  test.ok(before < 10, `${before} of 50 pages came first`);

  done.length = 0;
  const pruning = store.prune(bounds({ entriesPerLog: 1 }), 2_000);
  const second = store.append(commit([], [say('#a', 3_002)])).then(note('append'));
  const { heads, more } = await pruning.finally(note('prune'));
  await second;
  test.strictSame(done, ['append', 'prune']);
  test.match(heads, [{ name: '#a', first: 2_001, last: 3_002 }], 'each head once, as it is at the end');
  test.ok(more);
  await store.close();
});

for (const [way, why] of [
  ['exit', /it stopped with code 7/],
  ['throw', /the worker stumbled/],
  ['memory', /memory/],
] as const) {
  await t.test(`the worker dies: ${way}`, async (test) => {
    const file = join(dir, `${way}.db`);
    const failures: string[] = [];
    const worker = new URL('./dying-worker.ts', import.meta.url);
    const store = await SqliteStore.open(file, {
      worker,
      onFailure: (error) => failures.push(error.message),
    });
    await store.append(commit(['#a'], run('#a', 1, 50)));
    const pages = Array.from({ length: 9 }, () => store.page('#a', { after: 0 }, 1));
    await Promise.all(pages);

    // A worker that throws may still answer the call that made it throw.
    void store.stats().catch(() => {});
    const pending = [
      store.append(commit([], [say('#a', 51)])),
      ...Array.from({ length: 9 }, () => store.page('#a', { after: 0 }, 1)),
      store.prune(bounds({ entriesPerLog: 1 }), 10),
      store.ping(),
    ];
    for (const call of await Promise.all(pending.map(refusal))) {
      test.ok(call.operating);
      test.match(call.text, why);
      test.match(call.text, `the thread that keeps ${file} died`);
      test.match(call.text, /restart the hub/);
    }
    test.ok((await refusal(store.ping())).operating, 'later calls too');
    test.equal(failures.length, 1, 'and it is said once');
    await store.close();

    const next = await SqliteStore.open(file);
    test.match(
      await next.heads(),
      [{ name: '#a', first: 1, last: 50 }],
      'the file is free, with what was acknowledged',
    );
    await next.close();
    test.equal(failures.length, 1);
  });
}

await t.test('a worker that does not start', async (test) => {
  const failures: unknown[] = [];
  const options = { worker: new URL('file:///nowhere/worker.js'), onFailure: () => failures.push(null) };
  const { operating, text } = await refusal(SqliteStore.open(join(dir, 'never.db'), options));
  test.ok(operating);
  test.match(text, /nowhere/);
  test.strictSame(failures, []);
});

await t.test('bundled, it finds its worker beside it', async (test) => {
  const source = fileURLToPath(new URL('../../src/store/', import.meta.url));
  buildSync({
    entryPoints: { chatroomd: `${source}sqlite.ts`, 'store-worker': `${source}sqlite-worker.ts` },
    outdir: dir,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  // As source the same module has the same shape.
  const bundle: { SqliteStore: typeof SqliteStore } = await import(
    pathToFileURL(join(dir, 'chatroomd.js')).href
  );
  const store = await bundle.SqliteStore.open(join(dir, 'bundled.db'));
  await store.append(commit(['#a'], run('#a', 1, 3)));
  test.strictSame(await store.page('#a', { after: 1 }, 9), run('#a', 2, 3));
  await store.close();
});
