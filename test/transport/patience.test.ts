// How long the hub waits for whom, and for how long it keeps what: the settings that are counted in time, over real sockets.

import { mock } from 'node:test';
import t from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { startHub } from '../support/daemon.ts';
import { JsonPeer, type Line, PlainPeer } from '../support/peers.ts';

function said(peer: JsonPeer): Line[] {
  return peer.lines().filter(({ type }) => type === 'message');
}

await t.test('idlePing and idleDrop: the silent are asked, and dropped when they stay silent', async (t) => {
  const hub = await startHub(t, { idlePing: 1, idleDrop: 2, stuckDrop: 1 });
  const dead = await JsonPeer.enter(t, hub.port, 'DEAD');
  const alive = await JsonPeer.enter(t, hub.port, 'ALIVE');
  const quiet = await PlainPeer.enter(t, hub.port, 'QUIET', 'line');
  let pings = 0;
  alive.socket.on('data', (chunk) => {
    if (!String(chunk).includes('"ping"')) return;
    pings++;
    alive.send({ type: 'pong' });
  });
  t.match(await dead.line(({ type }) => type === 'bye'), { code: 'timeout', text: /./, reconnect: true });
  await dead.untilClosed();
  t.equal(dead.lines().filter(({ type }) => type === 'ping').length, 1, 'it was asked first');
  await alive.until('a second ping', () => pings >= 2);
  t.match(await alive.ask({ type: 'ping' }), { type: 'pong' }, 'who answers stays');
  quiet.say('still here');
  await quiet.sees('QUIET: still here');
  t.equal(hub.daemon.hub.directory.named('DEAD')?.info().state, 'away', 'it may come back');
});

await t.test('stuckDrop: who reads nothing is dropped, and gets the rest when it comes back', async (t) => {
  const hub = await startHub(t, { stuckDrop: 1 });
  const lo = await JsonPeer.enter(t, hub.port, 'LO');
  const stuck = await JsonPeer.enter(t, hub.port, 'ER');
  const { token } = stuck.lines()[0] as unknown as { token: string };
  stuck.socket.pause();
  const count = 2500;
  for (let n = 1; n <= count; n++) lo.send({ type: 'say', text: `${n} ${'漢'.repeat(3000)}` });
  await lo.until('all of it', () => said(lo).length === count);
  await lo.until('that it is dropped', () => {
    lo.send({ type: 'ping' });
    return hub.daemon.connections.open === 1;
  });
  const back = await JsonPeer.open(t, hub.port);
  back.send({ type: 'hello', nick: 'ER', resume: { token, after: { '#lobby': 2 } } });
  t.match(await back.line(({ type }) => type === 'welcome'), { resumed: true, recovered: true });
  await back.until('all of it', () => said(back).length === count);
  t.strictSame(
    said(back).map(({ text }) => Number.parseInt(String(text), 10)),
    Array.from({ length: count }, (_, i) => i + 1),
  );
  t.notOk(
    lo.lines().some(({ type, from }) => type === 'leave' && from === 'ER'),
    'nobody saw any of it',
  );
});

await t.test(
  'resumeGrace: a name is held so long and no longer, as the sweep finds (sweepEveryMs)',
  async (t) => {
    const hub = await startHub(t, { resumeGrace: 1 });
    const lo = await JsonPeer.enter(t, hub.port, 'LO');
    const er = await JsonPeer.enter(t, hub.port, 'ER');
    const { token } = er.lines()[0] as unknown as { token: string };
    er.socket.destroy();
    const back = await JsonPeer.open(t, hub.port);
    await lo.until('that it is away', () => {
      lo.send({ type: 'ping' });
      return hub.daemon.hub.directory.named('ER')?.info().state === 'away';
    });
    t.match(await back.ask({ type: 'hello', nick: 'ER' }), { type: 'error', code: 'nick-taken' });
    back.socket.destroy();
    t.match(await lo.line(({ type }) => type === 'leave'), { from: 'ER' });
    const late = await JsonPeer.open(t, hub.port);
    t.match(await late.hello('ER', { resume: { token, after: { '#lobby': 2 } } }), {
      resumed: false,
      recovered: false,
    });
    t.match(hub.logged(), /left nick=ER .*why="did not come back"/);
  },
);

await t.test('plainBacklog: newcomers who cannot resume are shown so many of the last entries', async (t) => {
  const hub = await startHub(t, { plainBacklog: 3 });
  const lo = await JsonPeer.enter(t, hub.port, 'LO');
  for (let i = 1; i <= 5; i++) await lo.ask({ type: 'say', text: `m${i}` });
  const plain = await PlainPeer.enter(t, hub.port, 'PL', 'line');
  t.equal(plain.text, 'NICKNAMELO: m3\nLO: m4\nLO: m5\nPL joined!\nConnected to server!\n');
  const json = await JsonPeer.enter(t, hub.port, 'ER');
  t.match(json.entries('#lobby'), [{ type: 'join', from: 'ER' }], 'a client of ours asks for what it wants');
});

await t.test('retentionEntries and retentionDays: what is past them goes, every pruneEveryMs', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  const hub = await startHub(t, { retentionEntries: 5 });
  const lo = await JsonPeer.enter(t, hub.port, 'LO');
  const er = await JsonPeer.enter(t, hub.port, 'ER');
  const { token } = er.lines()[0] as unknown as { token: string };
  er.socket.destroy();
  for (let i = 1; i <= 10; i++) await lo.ask({ type: 'say', text: `m${i}` });
  const kept = async (): Promise<unknown> => (await lo.ask({ type: 'history', limit: 200 }))['entries'];
  t.equal(((await kept()) as Line[]).length, 12, 'not yet');
  mock.timers.tick(LIMITS.pruneEveryMs);
  const texts = ((await kept()) as Line[]).map(({ text }) => text);
  t.strictSame(texts, ['m6', 'm7', 'm8', 'm9', 'm10']);
  const back = await JsonPeer.open(t, hub.port);
  const welcome = await back.hello('ER', { resume: { token, after: { '#lobby': 2 } } });
  t.match(welcome, { resumed: true, recovered: false, missed: 5 }, 'who missed something is told how much');
  await back.line(({ text }) => text === 'm10');
  t.equal(back.entries('#lobby').length, 5);

  mock.timers.reset();
  mock.timers.enable({ apis: ['setInterval', 'Date'], now: Date.now() });
  const later = await startHub(t, { retentionDays: 1 });
  const qw = await JsonPeer.enter(t, later.port, 'QW');
  await qw.ask({ type: 'say', text: 'old' });
  mock.timers.setTime(Date.now() + 86_400_000);
  await qw.ask({ type: 'say', text: 'new' });
  mock.timers.tick(LIMITS.pruneEveryMs);
  const { entries } = (await qw.ask({ type: 'history' })) as unknown as { entries: Line[] };
  t.strictSame(
    entries.map(({ text }) => text),
    ['new'],
  );
});
