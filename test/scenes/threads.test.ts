// Five ways in which other hubs are known to have lost, repeated or never stopped resending what was said. Each is
// named for the public thread that tells of it, and played here against ours.

import t from 'tap';
import { startHub, type Teardown, temporaryDirectory, type TestHub } from '../support/daemon.ts';
import { JsonPeer, type Line } from '../support/peers.ts';
import { freePort } from '../support/process.ts';
import { Resumer } from '../support/resumer.ts';

const BIG = 'x'.repeat(4000);

/** What was said to the lobby, as number and text. */
const messages = (peer: JsonPeer): [number, string][] =>
  peer
    .entries('#lobby')
    .filter(({ type }) => type === 'message')
    .map(({ seq, text }) => [seq as number, text as string]);

/** Says them in a row and resolves with the number of the last. */
async function say(peer: JsonPeer, ...texts: readonly string[]): Promise<number> {
  for (const text of texts.slice(0, -1)) peer.send({ type: 'say', text });
  return (await peer.ask({ type: 'say', text: texts.at(-1) }))['seq'] as number;
}

async function resume(t: Teardown, port: number, welcome: Line, after: object): Promise<[JsonPeer, Line]> {
  const peer = await JsonPeer.open(t, port);
  return [peer, await peer.hello('LO', { resume: { token: welcome['token'], after } })];
}

/** All it was given of the lobby: number, kind, name and text. */
const given = (peer: JsonPeer): unknown[] =>
  peer.entries('#lobby').map(({ seq, type, from, text = '' }) => [seq, type, from, text]);

const reaches = (peer: JsonPeer, seq: number): Promise<Line> =>
  peer.line(({ log, seq: at, type }) => log === '#lobby' && at === seq && type !== 'ok');

await t.test('ejabberd #668: what waits for one who is away survives a restart of the hub', async (t) => {
  const dir = temporaryDirectory(t);
  const port = await freePort();
  const start = (): Promise<TestHub> => startHub(t, { listen: [{ host: '127.0.0.1', port }] }, dir);
  let hub = await start();
  const lo = new Resumer('LO', port);
  const er = new Resumer('ER', port);
  for (const each of [lo, er]) await each.connect();
  await er.until('its own arrival', () => er.seen.get('#lobby')?.length === 1);
  await lo.until('the arrival of ER', () => lo.seen.get('#lobby')?.length === 2);
  lo.drop();
  er.ask({ type: 'say', text: 'one' });
  er.ask({ type: 'tell', to: 'LO', text: 'for you alone' });
  er.ask({ type: 'say', text: 'two' });
  await er.until('its answers', () => er.outbox.size === 0);
  await er.until('what it said', () => er.seen.get('#lobby')?.length === 3);
  await hub.stop();
  hub = await start();
  await hub.stop();
  await start();
  await er.connect();
  er.ask({ type: 'say', text: 'three' });
  await lo.connect();
  await lo.until('all of it', () => lo.seen.get('#lobby')?.length === 5);
  await lo.until('its private text', () => lo.seen.get('@me')?.length === 1);
  t.strictSame(lo.seen.get('#lobby'), [
    { seq: 1, type: 'join', from: 'LO', text: '' },
    { seq: 2, type: 'join', from: 'ER', text: '' },
    { seq: 3, type: 'message', from: 'ER', text: 'one' },
    { seq: 4, type: 'message', from: 'ER', text: 'two' },
    { seq: 5, type: 'message', from: 'ER', text: 'three' },
  ]);
  t.strictSame(lo.seen.get('@me'), [{ seq: 1, type: 'private', from: 'ER', text: 'for you alone' }]);
  t.strictSame([...lo.faults, ...er.faults], []);
  for (const each of [lo, er]) each.leave();
});

await t.test('socket.io #4880: the old connection is not yet known to be dead, time and again', async (t) => {
  const { daemon, port } = await startHub(t);
  const er = await JsonPeer.enter(t, port, 'ER');
  let old = await JsonPeer.open(t, port);
  const first = await old.hello('LO');
  await old.line(({ type, from }) => type === 'join' && from === 'LO');
  let have = 2;
  const got: [number, string][] = [];
  const expected: [number, string][] = [];
  for (let round = 1; round <= 3; round++) {
    // It hears nothing any more, and no end of it either; the last time so much waits that its socket is full.
    old.socket.pause();
    const texts = Array.from(
      { length: round === 3 ? 2500 : 5 },
      (_, i) => `${round}/${i} ${round === 3 ? BIG : ''}`,
    );
    const last = await say(er, ...texts);
    expected.push(...texts.map((text, i): [number, string] => [last - texts.length + 1 + i, text.trim()]));
    if (round === 3) t.ok((daemon.hub.directory.named('LO')?.lag() ?? 0) > 0, 'its socket takes no more');
    const [fresh, welcome] = await resume(t, port, first, { '#lobby': have });
    t.match(welcome, {
      resumed: true,
      recovered: true,
      nick: 'LO',
      session: first['session'],
      token: first['token'],
    });
    await reaches(fresh, last);
    got.push(...messages(fresh).map(([seq, text]): [number, string] => [seq, text.trim()]));
    have = last;
    // As soon as it hears again, the old one learns that it was replaced.
    old.socket.resume();
    await old.untilClosed();
    if (round < 3) t.match(old.lines().at(-1), { type: 'bye', code: 'replaced', reconnect: false });
    old = fresh;
  }
  t.ok(
    JSON.stringify(got) === JSON.stringify(expected),
    `${got.length} of ${expected.length} entries, each once and in order`,
  );
  const who = await er.ask({ type: 'who' });
  t.strictSame(new Set((who['users'] as Line[]).map(({ nick }) => nick)), new Set(['ER', 'LO']));
  t.equal((who['users'] as Line[]).length, 2, 'and there is one of each');
  t.strictSame(
    er
      .entries('#lobby')
      .filter(({ type }) => type !== 'message')
      .map(({ type, from }) => [type, from]),
    [
      ['join', 'ER'],
      ['join', 'LO'],
    ],
  );
});

await t.test('socket.io #4888: it comes back before it was given anything', async (t) => {
  const dir = temporaryDirectory(t);
  const port = await freePort();
  const start = (): Promise<TestHub> => startHub(t, { listen: [{ host: '127.0.0.1', port }] }, dir);
  const hub = await start();
  const er = await JsonPeer.enter(t, port, 'ER');
  const lo = await JsonPeer.open(t, port);
  const first = await lo.hello('LO');
  lo.socket.resetAndDestroy();
  const last = await say(er, 'one', 'two');
  const all = [
    [2, 'join', 'LO', ''],
    [3, 'message', 'ER', 'one'],
    [4, 'message', 'ER', 'two'],
  ];
  // It has nothing, and says so in each way there is: no cursors at all, or those it was welcomed with.
  const logs = first['logs'] as { log: string; seq: number }[];
  const start0 = Object.fromEntries(logs.map(({ log, seq }) => [log, seq]));
  for (const after of [{}, start0]) {
    const [again, welcome] = await resume(t, port, first, after);
    t.match(welcome, { resumed: true, recovered: true, logs });
    await reaches(again, last);
    t.strictSame(given(again), all);
    again.socket.resetAndDestroy();
  }
  await hub.stop();
  await start();
  const [again, welcome] = await resume(t, port, first, {});
  t.match(welcome, { resumed: true, recovered: true, logs });
  await reaches(again, last);
  t.strictSame(given(again), all);
});

await t.test(
  'mattermost #30388: a cursor that does not fit is told once, and then all is level',
  async (t) => {
    const { daemon, port } = await startHub(t);
    const er = await JsonPeer.enter(t, port, 'ER');
    const lo = await JsonPeer.open(t, port);
    const first = await lo.hello('LO');
    await reaches(lo, 2);
    await say(er, 'one', 'two');
    const [ahead, told] = await resume(t, port, first, { '#lobby': 10_000 });
    t.match(told, { resumed: true, recovered: false, losses: [{ log: '#lobby', why: 'ahead', missed: 0 }] });
    const level = (told['logs'] as { log: string; seq: number }[]).find(({ log }) => log === '#lobby')?.seq;
    t.equal(level, 4, 'it goes on after the newest entry there is');
    await say(er, 'three');
    await reaches(ahead, 5);
    t.strictSame(messages(ahead), [[5, 'three']]);
    const [fits, welcome] = await resume(t, port, first, { '#lobby': 5 });
    t.match(welcome, { resumed: true, recovered: true });
    t.notOk('losses' in welcome, 'and it is not told again');
    await say(er, 'four');
    await reaches(fits, 6);
    t.strictSame(messages(fits), [[6, 'four']]);
    t.strictSame(
      [ahead, fits].flatMap((peer) => peer.lines().filter(({ type }) => type === 'welcome')).length,
      2,
    );

    // What is no longer kept is counted, once; what is kept follows.
    fits.socket.resetAndDestroy();
    const last = await say(er, ...Array.from({ length: 20 }, (_, i) => `old ${i}`));
    await daemon.hub.prune({ olderThan: 0, entriesPerLog: 5, bytes: Infinity });
    const [late, missing] = await resume(t, port, first, { '#lobby': 6 });
    t.match(missing, {
      recovered: false,
      missed: 15,
      losses: [{ log: '#lobby', why: 'retention', missed: 15 }],
    });
    await reaches(late, last);
    t.strictSame(
      messages(late),
      Array.from({ length: 5 }, (_, i) => [last - 4 + i, `old ${15 + i}`]),
    );
    const [, settled] = await resume(t, port, first, { '#lobby': last });
    t.match(settled, { resumed: true, recovered: true });
    t.notOk('losses' in settled, 'nor again');
  },
);

await t.test('socket.io #5413: two returns in a row, the first one never answered', async (t) => {
  const { port } = await startHub(t);
  const er = await JsonPeer.enter(t, port, 'ER');
  const lo = await JsonPeer.open(t, port);
  const first = await lo.hello('LO');
  await reaches(lo, 2);
  lo.send({ type: 'say', text: 'mine', id: 'mine' });
  lo.socket.resetAndDestroy();
  await say(er, 'one', 'two');
  const hello = { type: 'hello', nick: 'LO', resume: { token: first['token'], after: { '#lobby': 2 } } };
  const request = { type: 'say', text: 'mine', id: 'mine' };
  for (let i = 0; i < 2; i++) {
    const lost = await JsonPeer.open(t, port);
    lost.socket.pause();
    lost.send(hello);
    // Once it was heard, once perhaps not even that: either way the answer never arrives.
    lost.send(request);
    if (i === 0) await er.until('mine', () => messages(er).some(([, text]) => text === 'mine'));
    lost.socket.resetAndDestroy();
  }
  const [peer, welcome] = await resume(t, port, first, { '#lobby': 2 });
  t.match(welcome, { resumed: true, recovered: true });
  peer.send(request);
  const ok = await peer.line(({ type, id }) => type === 'ok' && id === 'mine');
  const last = await say(er, 'three');
  await reaches(peer, last);
  t.strictSame(
    messages(peer).map(([seq]) => seq),
    [3, 4, 5, 6],
    'each number once, in order',
  );
  t.strictSame(
    messages(peer)
      .map(([, text]) => text)
      .sort(),
    ['mine', 'one', 'three', 'two'],
  );
  t.strictSame(messages(er), messages(peer), 'as everybody else saw it');
  t.strictSame(
    messages(peer).find(([seq]) => seq === ok['seq'])?.[1],
    'mine',
    'and it was answered with its one place',
  );
});
