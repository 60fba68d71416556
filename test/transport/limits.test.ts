// What people send, hold and open is limited: each is reached here over a real socket: the peer is told the documented code and
// the next step, and nobody else notices.

import t, { type Test } from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { startHub, type TestHub } from '../support/daemon.ts';
import { JsonPeer, type Line, PlainPeer } from '../support/peers.ts';

/** A hub, one who runs into its limits and one who must not notice. */
async function scene(
  t: Test,
  settings: Parameters<typeof startHub>[1] = {},
): Promise<{ hub: TestHub; lo: JsonPeer; qw: JsonPeer }> {
  const hub = await startHub(t, settings);
  const qw = await JsonPeer.enter(t, hub.port, 'QW');
  return { hub, qw, lo: await JsonPeer.enter(t, hub.port, 'LO') };
}

/** An error or a goodbye says what is wrong and, after a colon, the next step. */
function refused(t: Test, line: Line, code: string): void {
  t.match(line, { code, text: /^[^:]+: .+/ }, `${code}: ${String(line['text'])}`);
}

async function undisturbed(t: Test, qw: JsonPeer): Promise<void> {
  t.match(await qw.ask({ type: 'ping' }), { type: 'pong' }, 'others are undisturbed');
  t.notOk(qw.lines().some(({ type }) => type === 'error' || type === 'bye' || type === 'kick'));
}

function chars(count: number): string {
  return '😀'.repeat(count);
}

await t.test('what people write', async (t) => {
  const { hub, lo, qw } = await scene(t);
  for (const [code, within, beyond] of [
    [
      'too-long',
      { type: 'say', text: chars(LIMITS.textChars) },
      { type: 'say', text: chars(LIMITS.textChars + 1) },
    ],
    [
      'too-long',
      { type: 'tell', to: 'QW', text: chars(LIMITS.textChars) },
      { type: 'tell', to: 'QW', text: chars(LIMITS.textChars + 1) },
    ],
    [
      'bad-nick',
      { type: 'nick', nick: 'x'.repeat(LIMITS.nickChars) },
      { type: 'nick', nick: 'y'.repeat(LIMITS.nickChars + 1) },
    ],
    [
      'bad-room',
      { type: 'join', room: `#${'x'.repeat(LIMITS.roomChars - 1)}` },
      { type: 'join', room: `#${'y'.repeat(LIMITS.roomChars)}` },
    ],
    [
      'too-long',
      { type: 'topic', room: '#lobby', text: chars(LIMITS.topicChars) },
      { type: 'topic', room: '#lobby', text: chars(LIMITS.topicChars + 1) },
    ],
    [
      'too-long',
      { type: 'report', log: '#lobby', seq: 1, text: chars(LIMITS.reasonChars) },
      { type: 'report', log: '#lobby', seq: 1, text: chars(LIMITS.reasonChars + 1) },
    ],
    ['too-long', { type: 'ping' }, { type: 'quit', text: chars(LIMITS.reasonChars + 1) }],
  ] as const) {
    t.match(await lo.ask(within), { type: /ok|pong/ }, `${within.type}: the most there may be`);
    refused(t, await lo.ask(beyond), code);
  }
  refused(t, await lo.ask({ type: 'search', text: chars(LIMITS.queryChars + 1) }), 'too-long');
  lo.send({ type: 'ping', id: 'x'.repeat(LIMITS.requestIdChars) });
  t.ok(await lo.line(({ type, id }) => type === 'pong' && String(id).length === LIMITS.requestIdChars));
  lo.send({ type: 'ping', id: 'x'.repeat(LIMITS.requestIdChars + 1) });
  t.match(await lo.line(({ code }) => code === 'bad-request'), { text: /at most 64/ });

  const resume = { token: 'x'.repeat(LIMITS.tokenChars + 1), after: {} };
  const newcomer = await JsonPeer.open(t, hub.port);
  refused(t, await newcomer.ask({ type: 'hello', nick: 'ER', resume }), 'bad-request');
  await newcomer.ask({ type: 'hello', nick: 'ER', client: chars(LIMITS.clientNameChars + 1) });
  t.equal(hub.daemon.hub.directory.named('ER')?.client, chars(LIMITS.clientNameChars), 'cut, not refused');
  await undisturbed(t, qw);
});

await t.test('lines, and what cannot be understood', async (t) => {
  const { hub, lo, qw } = await scene(t);
  lo.socket.write(`${'x'.repeat(LIMITS.lineBytes + 1)}\n`);
  refused(t, await lo.line(({ type }) => type === 'error'), 'too-long');
  t.match(await lo.ask({ type: 'ping' }), { type: 'pong' }, 'the next line is heard');
  const plain = await PlainPeer.enter(t, hub.port, 'PL', 'line');
  plain.say('x'.repeat(LIMITS.lineBytes + 1));
  await plain.sees('! a line has at most 65536 bytes: send it in parts');
  plain.say('x'.repeat(LIMITS.textChars + 1));
  await plain.sees('! a text has at most 4096 characters, this one 4097: send it in parts');

  for (const [peer, nonsense] of [
    [lo, 'nonsense\n'],
    [plain, '/nonsense\n'],
  ] as const) {
    peer.socket.write(nonsense.repeat(LIMITS.badRequestsInARow - 1));
    peer.socket.write(peer === lo ? '{"type":"ping"}\n' : '/rooms\n');
    peer.socket.write(nonsense.repeat(LIMITS.badRequestsInARow - 1));
    peer.socket.write(nonsense);
    await peer.untilClosed();
  }
  t.match(lo.lines().at(-1), { type: 'bye', code: 'bad-input', reconnect: false });
  t.match(plain.text, /nothing you send can be understood\n$/);
  t.equal(lo.lines().filter(({ code }) => code === 'bad-json').length, 2 * LIMITS.badRequestsInARow - 1);
  await undisturbed(t, qw);
});

await t.test('rooms, pages, answers, and ids that are remembered', async (t) => {
  const { hub, lo, qw } = await scene(t, { maxRooms: LIMITS.roomsPerSession + 1 });
  for (let i = 1; i < LIMITS.roomsPerSession; i++)
    t.match(await lo.ask({ type: 'join', room: `#r${i}` }), { type: 'ok' });
  refused(t, await lo.ask({ type: 'join', room: '#more' }), 'too-many-rooms');
  const er = await JsonPeer.enter(t, hub.port, 'ER');
  t.match(await er.ask({ type: 'join', room: '#last' }), { type: 'ok' });
  refused(t, await er.ask({ type: 'join', room: '#beyond' }), 'too-many-rooms');

  const ids = LIMITS.rememberedRequestIds;
  for (let i = 0; i <= ids; i++) lo.send({ type: 'say', text: `s${i}`, id: `s${i}` });
  await lo.line(({ id }) => id === `s${ids}`);
  lo.send({ type: 'say', text: `s${ids}`, id: `s${ids}` });
  await lo.until('the same answer', () => lo.lines().filter(({ id }) => id === `s${ids}`).length === 2);
  lo.send({ type: 'say', text: 's0', id: 's0' });
  await lo.until('the store’s answer', () => lo.lines().filter(({ id }) => id === 's0').length === 2);
  const [first, again] = lo.lines().filter(({ id }) => id === 's0');
  t.equal(again?.['seq'], first?.['seq'], 'memory forgot the oldest, the store did not');

  const page = await lo.ask({ type: 'history', limit: 100_000 });
  t.match(page, { entries: { length: LIMITS.historyPage }, more: true });
  for (let i = 0; i < LIMITS.usersPerAnswer; i++) {
    const guest = await JsonPeer.open(t, hub.port);
    guest.send({ type: 'hello', nick: `g${i}` });
  }
  await qw.line(({ from }) => from === `g${LIMITS.usersPerAnswer - 1}`);
  lo.send({ type: 'who', id: 'w' });
  await lo.line(({ type, more }) => type === 'who' && more === false);
  const parts = lo.lines().filter(({ type }) => type === 'who');
  const sizes = parts.map(({ users }) => (users as unknown[]).length);
  t.ok(parts.length > 1 && parts.every(({ id }) => id === 'w'), 'a long answer comes in parts');
  t.ok(Math.max(...sizes) <= LIMITS.usersPerAnswer);
  t.equal(
    sizes.reduce((sum, size) => sum + size),
    LIMITS.usersPerAnswer + 3,
  );
  await undisturbed(t, qw);
});

await t.test('rates: ratePerSession and burstPerSession', async (t) => {
  const { hub, qw } = await scene(t, { limits: 'on', ratePerSession: 10, burstPerSession: 3 });
  const er = await JsonPeer.enter(t, hub.port, 'ER');
  const answers: Line[] = [];
  for (let i = 0; i < 5; i++) answers.push(await er.ask({ type: 'say', text: `m${i}` }));
  const error = answers.find(({ type }) => type === 'error');
  if (error === undefined) throw new Error('five at once were not too fast');
  refused(t, error, 'rate-limited');
  const wait = Number(error['retry_after_ms']);
  t.ok(wait > 0 && wait <= 100);
  await new Promise((resolve) => void setTimeout(resolve, wait));
  t.match(
    await er.ask({ type: 'say', text: 'slower' }),
    { type: 'ok' },
    'who waits as it was told may go on',
  );
  const plain = await PlainPeer.enter(t, hub.port, 'PL', 'line');
  plain.socket.write('a\nb\nc\nd\n');
  await plain.sees('! you send too fast: wait 0.1 s and send it again');
  await undisturbed(t, qw);
});

await t.test('rates: ratePerAddress and burstPerAddress', async (t) => {
  const { hub, lo, qw } = await scene(t, {
    limits: 'on',
    ratePerSession: 1000,
    burstPerSession: 1000,
    ratePerAddress: 0.01,
    burstPerAddress: 6,
  });
  await lo.ask({ type: 'ping' });
  await qw.ask({ type: 'ping' });
  await qw.ask({ type: 'ping' });
  t.match(await lo.ask({ type: 'ping' }), { type: 'pong' }, 'six, two hellos among them');
  refused(t, await lo.ask({ type: 'say', text: 'x' }), 'rate-limited');
  const newcomer = await JsonPeer.open(t, hub.port);
  refused(t, await newcomer.ask({ type: 'hello', nick: 'ER' }), 'rate-limited');
  const plain = await PlainPeer.open(t, hub.port, 'line');
  plain.socket.write('PL\n');
  await plain.untilClosed();
  t.match(
    plain.text,
    /! your address sends too fast: wait .+ s and send it again\n! come back in a moment\n$/,
  );
});

await t.test('connections: maxConnections, and those beyond that are told', async (t) => {
  const { hub, lo, qw } = await scene(t, { maxConnections: 2 });
  const json = await JsonPeer.open(t, hub.port);
  json.send({ type: 'hello', nick: 'ER' });
  refused(t, await json.line(({ type }) => type === 'bye'), 'too-many-connections');
  const silent = await PlainPeer.open(t, hub.port, 'raw');
  await Promise.all([json.untilClosed(), silent.untilClosed()]);
  t.equal(silent.text, '! the hub is full: come back later\n');

  // Silent ones hold their places until they are told; those beyond get no word at all.
  const crowd = await Promise.all(
    Array.from({ length: LIMITS.refusedConnections + 20 }, () => PlainPeer.open(t, hub.port, 'line')),
  );
  await Promise.all(crowd.map((peer) => peer.untilClosed()));
  const told = crowd.filter(({ text }) => text !== '').length;
  t.ok(told >= LIMITS.refusedConnections && told < crowd.length, `${told} of ${crowd.length} were told`);
  await undisturbed(t, qw);
  lo.send({ type: 'quit' });
  await lo.untilClosed();
  await qw.line(({ type, from }) => type === 'leave' && from === 'LO');
  // Its connection closes a moment after it has left.
  while (hub.daemon.connections.open > 1) await qw.ask({ type: 'ping' });
  t.match(
    await (await JsonPeer.open(t, hub.port)).hello('ER'),
    { type: 'welcome' },
    'when one goes another may come',
  );
});

await t.test('connections: maxConnectionsPerAddress', async (t) => {
  const { hub, qw } = await scene(t, { limits: 'on', maxConnectionsPerAddress: 2 });
  const third = await PlainPeer.open(t, hub.port, 'line');
  await third.untilClosed();
  t.equal(third.text, '! your address has 2 connections already: close one first\n');
  await undisturbed(t, qw);
});
