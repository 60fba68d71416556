// What is said to systemd, and when it is kept silent. That systemd understands it is shown by test/system/service.test.ts.

import { mock } from 'node:test';
import { PassThrough } from 'node:stream';
import t from 'tap';
import { createLogger, type Log } from '../../src/daemon/logger.ts';
import { type Addon, inheritedSockets, type Notifier, openNotifier } from '../../src/daemon/systemd.ts';

const PID = 4711;

interface Told {
  readonly notifier: Notifier;
  readonly states: string[];
  readonly log: Log;
  readonly lines: () => string;
}

/** A notifier that speaks into an array, since a Node program cannot read from the socket that systemd has. */
async function notifier(env: Record<string, string>, load?: () => Promise<Addon>): Promise<Told> {
  const stream = new PassThrough();
  const log = createLogger({ level: 'debug', format: 'journal', stream, env: {} });
  const states: string[] = [];
  const record = (): Promise<Addon> =>
    Promise.resolve({ sendState: (state: string) => void states.push(state) });
  return {
    notifier: await openNotifier({ env, pid: PID, log, load: load ?? record }),
    states,
    log,
    lines: () => String(stream.read() ?? ''),
  };
}

function absent(): Promise<Addon> {
  return Promise.reject(new Error('Cannot find module\nsecond line'));
}

/** All that was already decided has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

await t.test('states', async (test) => {
  const { notifier: told, states } = await notifier({ NOTIFY_SOCKET: '/run/notify' });
  told.ready('2 users');
  told.status('3 users\nMAINPID=1');
  told.reloading();
  told.stopping();
  test.match(states, [
    'READY=1\nSTATUS=2 users',
    'STATUS=3 users MAINPID=1',
    /^RELOADING=1\nMONOTONIC_USEC=\d+$/,
    'STOPPING=1',
  ]);
});

await t.test('without systemd, nothing; with it but without the addon, an error in the log', async (test) => {
  const byHand = await notifier({}, absent);
  byHand.notifier.ready('x');
  byHand.notifier.watchdog(() => Promise.reject(new Error('never called')));
  test.equal(byHand.lines(), '', 'the addon is not even looked for');
  const service = await notifier({ NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: '1000' }, absent);
  service.notifier.ready('x');
  service.notifier.watchdog(() => Promise.reject(new Error('never called')));
  test.match(service.lines(), /^<3>systemd cannot be told .* reason="Cannot find module"\n$/);
});

await t.test('the watchdog is told only what was found out', async (test) => {
  mock.timers.enable({ apis: ['setInterval'] });
  test.teardown(() => mock.timers.reset());
  const {
    notifier: told,
    states,
    lines,
  } = await notifier({ NOTIFY_SOCKET: '/x', WATCHDOG_USEC: '2000000', WATCHDOG_PID: String(PID) });
  const pings = (): number => states.filter((state) => state === 'WATCHDOG=1').length;
  let answer: Promise<void> = Promise.resolve();
  let asked = 0;
  told.watchdog(() => {
    asked += 1;
    return answer;
  });
  await settled();
  test.equal(pings(), 1, 'at once');
  mock.timers.tick(999);
  await settled();
  test.equal(pings(), 1);
  mock.timers.tick(1);
  await settled();
  test.equal(pings(), 2, 'and then at half its limit');
  answer = Promise.reject(new Error('the store is gone'));
  mock.timers.tick(1000);
  await settled();
  test.equal(pings(), 2, 'not after a probe that failed');
  test.match(lines(), /^<3>the hub does not answer itself; .* error="the store is gone"/);
  const waiting = Promise.withResolvers<void>();
  answer = waiting.promise;
  mock.timers.tick(5000);
  await settled();
  test.equal(pings(), 2, 'not while a probe is waiting');
  test.equal(asked, 4, 'nor are more of them started');
  waiting.resolve();
  await settled();
  test.equal(pings(), 3, 'again once it answers');
});

await t.test('a watchdog that watches somebody else, or nobody', async (test) => {
  for (const env of [
    {},
    { WATCHDOG_USEC: '2000', WATCHDOG_PID: '1' },
    { WATCHDOG_USEC: '0' },
    { WATCHDOG_USEC: 'x' },
  ]) {
    const { notifier: told, states } = await notifier({ NOTIFY_SOCKET: '/x', ...env });
    told.watchdog(() => Promise.resolve());
    await settled();
    test.strictSame(states, []);
  }
});

await t.test('inherited sockets', async (test) => {
  const env: Record<string, string | undefined> = {
    LISTEN_PID: `${PID}`,
    LISTEN_FDS: '2',
    LISTEN_FDNAMES: 'chat',
    OTHER: '1',
  };
  test.strictSame(inheritedSockets(env, PID), [
    { fd: 3, name: 'chat' },
    { fd: 4, name: 'unknown' },
  ]);
  test.strictSame(env, { OTHER: '1' }, 'a child is not told of them');
  for (const other of [{}, { LISTEN_PID: '1', LISTEN_FDS: '1' }, { LISTEN_FDS: '1' }]) {
    const theirs: Record<string, string | undefined> = { ...other };
    test.strictSame(inheritedSockets(theirs, PID), []);
    test.strictSame(theirs, {});
  }
  for (const count of ['0', '-1', '1.5', 'x', '1000000']) {
    test.strictSame(inheritedSockets({ LISTEN_PID: `${PID}`, LISTEN_FDS: count }, PID), [], count);
  }
});

await t.test('the real addon loads where it was built', async (test) => {
  const stream = new PassThrough();
  const log = createLogger({ level: 'error', format: 'journal', stream, env: {} });
  const told = await openNotifier({ env: { NOTIFY_SOCKET: '/nowhere' }, pid: process.pid, log });
  const complaint = String(stream.read() ?? '');
  const options = complaint === '' ? {} : { skip: complaint.trim() };
  await test.test('sends', options, async (inner) => {
    inner.doesNotThrow(() => told.ready('nobody is listening'));
  });
});
