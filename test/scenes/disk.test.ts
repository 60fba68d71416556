// A hub whose disk is full, write-protected or dying: what people are told, what the operator reads, and that it goes on
// where it can.

import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { temporaryDirectory } from '../support/daemon.ts';
import { FAILING_SYNC, mountDisk, noFailingSync, noMounts } from '../support/disks.ts';
import { JsonPeer, PlainPeer } from '../support/peers.ts';
import { freePort, type HubProcess, runHub } from '../support/process.ts';

const LONG = 'x'.repeat(4000);
const LOG = ['--log-level', 'info'];
const skipMounts = noMounts(temporaryDirectory(t));

function untilLogged({ child, log }: HubProcess, words: RegExp): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!words.test(log())) return;
      for (const stream of [child.stdout, child.stderr]) stream?.off('data', look);
      resolve();
    };
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', look);
    look();
  });
}

await t.test(
  'a full disk: nothing is said that is not kept, until there is space',
  { skip: skipMounts },
  async (t) => {
    const disk = mountDisk(t, temporaryDirectory(t), 'small', 2_048);
    const ballast = join(disk, 'ballast');
    writeFileSync(ballast, Buffer.alloc(1_024 * 1_024));
    const hub = await runHub(t, disk, await freePort(), LOG);
    const lo = await JsonPeer.enter(t, hub.port, 'LO');
    const er = await PlainPeer.enter(t, hub.port, 'ER', 'line');
    let said = 0;
    let answer = await lo.ask({ type: 'say', text: `${said} ${LONG}` });
    while (answer.type === 'ok') answer = await lo.ask({ type: 'say', text: `${++said} ${LONG}` });
    t.match(answer, { type: 'error', code: 'store-failed', text: /is full: free some space/ });
    await untilLogged(hub, /error.*store-refuses.*is full: free some space/i);
    // What carries no id takes a little less room: it may still find some.
    let found = 0;
    const shown = (): number => er.text.split('ER: x').length - 1;
    const isTold = (): boolean => er.text.includes('is full: free some space');
    for (; !isTold(); found = shown()) {
      er.say(LONG);
      await er.until('its text, or why not', () => isTold() || shown() > found);
    }
    t.ok(found < said, `there was room for ${found} more`);
    t.match((await lo.ask({ type: 'who' }))['users'], [{ nick: 'LO' }, { nick: 'ER' }], 'nobody had to go');
    t.match(await lo.ask({ type: 'history', limit: 1 }), {
      entries: [{ text: found > 0 ? LONG : `${said - 1} ${LONG}` }],
    });
    t.notOk(
      lo.entries('#lobby').some(({ text }) => text === `${said} ${LONG}`),
      'what is not kept nobody sees',
    );
    rmSync(ballast);
    t.match(await lo.ask({ type: 'say', text: 'there is space' }), { type: 'ok' });
    await er.sees('LO: there is space');
    await untilLogged(hub, /store-keeps-again/);
    t.equal(hub.log().match(/store-refuses/g)?.length, found > 0 ? 2 : 1, 'the log is not flooded');
    await hub.end('SIGTERM');
  },
);

await t.test(
  'a disk that is write-protected: the hub says so and does not start',
  { skip: skipMounts },
  async (t) => {
    const disk = mountDisk(t, temporaryDirectory(t), 'protected', 4_096);
    await (await runHub(t, disk, await freePort(), LOG)).end('SIGTERM');
    spawnSync('mount', ['-o', 'remount,ro', disk]);
    await t.rejects(
      runHub(t, disk, await freePort(), ['--control', join(temporaryDirectory(t), 'c'), ...LOG]),
      /chatroom\.db cannot be opened for writing .*mounted read-write/,
    );
  },
);

await t.test(
  'a disk that loses what it took: the hub ends, and says why',
  { skip: noFailingSync() },
  async (t) => {
    const dir = temporaryDirectory(t);
    const before = await runHub(t, dir, await freePort(), LOG);
    const lo = await JsonPeer.enter(t, before.port, 'LO');
    await lo.ask({ type: 'say', text: 'kept' });
    await before.end('SIGKILL');
    const hub = await runHub(t, dir, before.port, LOG, ['python3', FAILING_SYNC]);
    const ended = once(hub.child, 'exit');
    const er = await JsonPeer.open(t, hub.port);
    t.match(await er.hello('ER'), {
      type: 'error',
      code: 'store-failed',
      text: /loses what is written to it/,
    });
    t.match(await ended, [1, null], 'so that its manager knows');
    t.match(hub.log(), /error.*loses what is written to it .*replace the disk, then start the hub again/i);
    const again = await runHub(t, dir, hub.port, LOG);
    const qw = await JsonPeer.enter(t, again.port, 'QW');
    const { entries } = await qw.ask({ type: 'history', limit: 10 });
    t.match(entries, [{ type: 'join', from: 'LO' }, { text: 'kept' }, { type: 'join', from: 'QW' }]);
    await again.end('SIGTERM');
  },
);
