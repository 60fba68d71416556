// The embedded store between its two threads: who waits for whom, and what happens when the worker dies.

import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MessageChannel } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import t from 'tap';
import type { Answer, Request } from '../../src/store/messages.ts';
import { serve } from '../../src/store/serve.ts';
import { SqliteStore } from '../../src/store/sqlite.ts';
import { bounds, commit, packed, refusal, run, say } from './parts.ts';

const dir = mkdtempSync(join(tmpdir(), 'chatroom-sqlite-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

await t.test('the talk between the threads', async (test) => {
  const { port1, port2 } = new MessageChannel();
  const answers: Answer[] = [];
  port2.on('message', (answer: Answer) => answers.push(answer));
  const requests: Omit<Request, 'id'>[] = [
    { method: 'append', args: [packed(['#a'], run('#a', 1, 2))] },
    { method: 'append', args: [packed([], [say('#a', 9)])] },
    { method: 'page', args: ['#a', { after: 1 }, 5] },
    { method: 'close', args: [] },
  ];
  serve(port1, join(dir, 'talk.db'));
  requests.forEach((request, i) => port2.postMessage({ id: i + 1, ...request }, []));
  await once(port2, 'close');
  test.match(answers, [
    { id: 0 },
    { id: 1, value: [] },
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

await t.test('an append waits for no long search, and the index catches up by itself', async (test) => {
  const file = join(dir, 'searched.db');
  const store = await SqliteStore.open(file);
  const entries = run('#a', 1, 30_000).map((entry) => ({
    ...entry,
    text: entry.seq % 2 === 0 ? 'left' : 'right',
  }));
  await store.append(commit(['#a'], entries));
  const done: string[] = [];
  const searching = store.search('#a', 'left right', Infinity, 5).finally(() => done.push('search'));
  const appending = store.append(commit([], [say('#a', 30_001)])).finally(() => done.push('append'));
  test.strictSame(await searching, []);
  await appending;
  test.strictSame(done, ['append', 'search']);

  // Nothing tells when it does; but it writes.
  const written = statSync(`${file}-wal`).mtimeMs;
  while (statSync(`${file}-wal`).mtimeMs === written) await wait(5);
  await store.close();
  const db = new DatabaseSync(file);
  test.ok(Number(db.prepare('SELECT indexed FROM logs').get()?.['indexed']) > 0);
  db.close();
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
  test.ok((await store.backup(join(dir, 'bundled-copy.db'))) > 0, 'and so does a backup its reader');
  await store.close();
});
