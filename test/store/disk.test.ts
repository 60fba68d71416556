// The embedded store's promises about its disk: what is acknowledged survives kill -9, and a disk that is full or dying loses
// nothing else.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Commit, Store } from '../../src/core/store.ts';
import { SqliteStore } from '../../src/store/sqlite.ts';
import { Appender } from './children.ts';
import { bounds, commit, refusal, run, say, session } from './parts.ts';
import { FAILING_SYNC, mountDisk, noFailingSync, noMounts } from '../support/disks.ts';

const dir = mkdtempSync(join(tmpdir(), 'chatroom-disk-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

/** Every entry of #a, which must be 1, 2, 3 … as the appender wrote them; returns the last. */
async function readThrough(test: Test, store: Store): Promise<number> {
  let last = 0;
  for (;;) {
    const page = await store.page('#a', { after: last }, 5_000);
    if (page.length === 0) break;
    if (JSON.stringify(page) !== JSON.stringify(run('#a', last + 1, last + page.length))) {
      test.fail(`what follows ${last} is not what was said`);
    }
    last += page.length;
  }
  test.match(await store.stats(), { entries: last }, 'nothing is there twice');
  test.equal((await store.heads())[0]?.last, last, 'the log knows its last entry');
  return last;
}

const skipMounts = noMounts(dir);
const skipLimits = spawnSync('prlimit', ['--version']).status !== 0 && 'prlimit(1) is not installed';

/** Where each request of the appender is answered that was kept, going by how it counts its batches. */
function lastRequest(kept: number): number {
  let last = 0;
  let request = 0;
  while (last < kept) {
    request = last + 1;
    last += 1 + ((last * 7919) % 307);
  }
  return request;
}

await t.test(
  'what was acknowledged survives kill -9, in order and once, and is not done again',
  async (test) => {
    const file = join(dir, 'killed.db');
    let kept = 0;
    for (let kills = 0; kills < 10; kills++) {
      const appender = new Appender(test, file, 307);
      // Some die at once, some after a checkpoint or two.
      test.equal(await appender.until(kept + ((kills * 4_637) % 6_000)), null);
      await appender.kill();
      const store = await SqliteStore.open(file);
      const last = await readThrough(test, store);
      test.ok(last >= appender.kept, `${appender.kept} were acknowledged, ${last} are there`);
      test.match(
        await store.sessions(),
        [{ id: '+a', since: last === 0 ? session('+a').since : last }],
        'the session as it was then',
      );
      const request = lastRequest(appender.kept);
      if (request > 0) {
        const again = commit([], [say('#a', last + 1)], {
          requests: [{ session: '+a', id: `r${request}`, entry: 0 }],
        });
        test.strictSame(await store.append(again), [
          { request: 0, log: '#a', seq: request, at: 1000 + request },
        ]);
      }
      await store.close();
      kept = last;
    }
    test.ok(kept > 10_000, 'the test has tested something');
  },
);

await t.test('a second process is refused, and a killed one leaves no lock behind', async (test) => {
  const file = join(dir, 'shared.db');
  const first = new Appender(test, file);
  test.equal(await first.until(1), null);
  const { operating, text } = await refusal(SqliteStore.open(file));
  test.ok(operating);
  test.match(text, /shared\.db is in use by another process: stop the other chatroomd/);
  await first.kill();

  const store = await SqliteStore.open(file);
  const second = new Appender(test, file);
  const [again, refused] = await Promise.all([refusal(SqliteStore.open(file)), second.until(1)]);
  test.match(again.text, /in use/, 'nor can one process open it twice');
  test.match(refused, /in use/, 'and having tried takes nothing from the lock');
  test.ok((await readThrough(test, store)) >= first.kept);
  await store.close();
});

await t.test(
  'a full disk refuses, keeps nothing by halves, and works again with space',
  { skip: skipMounts },
  async (test) => {
    const place = mountDisk(test, dir, 'small', 2_048);
    const ballast = join(place, 'ballast');
    writeFileSync(ballast, Buffer.alloc(1_024 * 1_024));
    const file = join(place, 'full.db');
    let store = await SqliteStore.open(file);
    await store.append(commit(['#a'], [], { sessions: [session('+a')] }));
    let last = 0;
    /** The next 200 entries, which answer a request, and the session as it is then. */
    const next = (): Commit =>
      commit([], run('#a', last + 1, last + 200), {
        requests: [{ session: '+a', id: `r${last}`, entry: 0 }],
        sessions: [session('+a', { since: last })],
      });
    let text: string | null = null;
    while (text === null) {
      text = await store.append(next()).then(() => null, String);
      if (text === null) last += 200;
    }
    test.match(await store.sessions(), [{ since: last - 200 }], 'nor the session as it was to be');
    test.match(
      text,
      `the disk that holds ${place} is full: free some space; nothing was kept of this message`,
    );
    test.ok(last > 0);
    test.equal(await readThrough(test, store), last, 'what was kept before can be read');
    await store.ping();
    test.ok(
      (await refusal(store.append(commit([], run('#a', last + 1, last + 2_000))))).operating,
      'it stays full',
    );
    const { operating } = await refusal(store.backup(join(place, 'copy.db')));
    test.ok(operating, 'there is no room for a backup either');
    test.strictSame(
      readdirSync(place).sort(),
      ['ballast', 'full.db', 'full.db-wal'],
      'which leaves nothing behind',
    );
    rmSync(ballast);
    test.strictSame(await store.append(next()), [], 'the request was not marked as done');
    const rest = commit([], run('#a', last + 201, last + 2_000));
    const again = { ...rest, requests: next().requests };
    test.match(await store.append(again), [{ request: 0, log: '#a', seq: last + 1 }], 'now it is');
    await store.append(rest);
    test.equal(await readThrough(test, store), last + 2_000, 'no restart was needed');
    await store.close();
    store = await SqliteStore.open(file);
    test.equal(await readThrough(test, store), last + 2_000);
    test.match(await store.sessions(), [{ since: last }]);
    await store.close();
  },
);

await t.test('a disk that takes no more for another reason', { skip: skipLimits }, async (test) => {
  const file = join(dir, 'limited.db');
  const limit = 400_000;
  const appender = new Appender(test, file, 199, ['prlimit', `--fsize=${limit}:unlimited`]);
  test.match(
    await appender.until(Infinity),
    /the disk that holds .*limited\.db failed \(.*\): see dmesg.*; nothing was kept of this message/,
  );
  const { kept } = appender;
  test.ok(kept > 0);
  spawnSync('prlimit', ['--pid', String(appender.pid), '--fsize=unlimited:unlimited']);
  appender.retry();
  test.equal(await appender.until(kept + 5_000), null, 'it goes on where it was');
  await appender.kill();
  const store = await SqliteStore.open(file);
  test.ok((await readThrough(test, store)) >= appender.kept);
  await store.close();
});

await t.test(
  'a disk that loses what it took: what was refused stays refused, and nothing more is tried',
  { skip: noFailingSync() },
  async (test) => {
    const file = join(dir, 'lost.db');
    const before = new Appender(test, file);
    test.equal(await before.until(1_000), null);
    // Killed, it leaves a WAL to which the next one adds.
    await before.kill();
    const appender = new Appender(test, file, 47, ['python3', FAILING_SYNC]);
    const refused = await appender.until(Infinity);
    test.match(
      refused,
      /the disk that holds .*lost\.db loses what is written to it \(.*1034\), so the hub writes no more/,
    );
    test.match(refused, /then start the hub again \(systemctl restart chatroom\)/);
    const { kept } = appender;
    appender.retry();
    test.match(await appender.until(Infinity), /so the hub writes no more/, 'it is not asked again');
    test.ok(kept >= before.kept);
    await appender.kill();

    const store = await SqliteStore.open(file);
    test.equal(
      await readThrough(test, store),
      kept,
      'what was acknowledged is there, and not the entries that were refused',
    );
    await store.append(commit([], run('#a', kept + 1, kept + 20)));
    await store.prune(bounds({ entriesPerLog: 5 }), 10_000);
    test.match(await store.heads(), [{ first: kept + 16, last: kept + 20 }], 'all is well with it');
    await store.close();
  },
);
