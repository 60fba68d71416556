// Connections over real sockets: how they begin, what they may cost, and how they end.

import { connect } from 'node:net';
import { mock } from 'node:test';
import t, { type Test } from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { startHub, type TestHub } from '../support/daemon.ts';
import { dial, JsonPeer, PlainPeer, untilEnd } from '../support/peers.ts';

const PROXY_FROM_HERE = [{ address: '127.0.0.0', prefix: 8, family: 'ipv4' }] as const;

async function ask(t: Test, hub: TestHub, ...chunks: (string | Buffer)[]): Promise<string> {
  const socket = await dial(t, hub.port);
  const answer = untilEnd(socket);
  for (const chunk of chunks) socket.write(chunk);
  return answer;
}

/** Waits for what no event tells. */
async function eventually(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 2000) throw new Error(`never: ${what}`);
    await new Promise((resolve) => void setTimeout(resolve, 5));
  }
}

function addressOf(hub: TestHub, nick: string): string | undefined {
  return hub.daemon.hub.directory.named(nick)?.info().address;
}

await t.test('silence is plain: NICKNAME, alone in its segment', async (t) => {
  const hub = await startHub(t);
  const socket = await dial(t, hub.port);
  const [first] = await new Promise<[Buffer]>(
    (resolve) => void socket.once('data', (...args: [Buffer]) => resolve(args)),
  );
  t.equal(first.toString(), 'NICKNAME');
  const eager = await PlainPeer.open(t, hub.port, 'line');
  eager.socket.write('EAGER\n');
  await eager.sees('Connected to server!');
  t.ok(eager.text.startsWith('NICKNAME'), 'who speaks first is greeted all the same');
});

await t.test('who spoke in time is heard, however busy the hub was meanwhile', async (t) => {
  const hub = await startHub(t);
  const socket = await dial(t, hub.port);
  await eventually('the hub has the connection', () => hub.daemon.connections.open === 1);
  socket.write('{"type":"hello","nick":"LO"}\n');
  const until = performance.now() + 2 * LIMITS.firstBytesWaitMs;
  while (performance.now() < until);
  const [first] = await new Promise<[Buffer]>(
    (resolve) => void socket.once('data', (...args: [Buffer]) => resolve(args)),
  );
  t.match(first.toString(), /^{"type":"welcome"/);
});

await t.test('a peer that only looks leaves no trace', async (t) => {
  const hub = await startHub(t);
  const before = hub.logged();
  for (let i = 0; i < 5; i++) (await dial(t, hub.port)).end();
  for (let i = 0; i < 5; i++) (await dial(t, hub.port)).resetAndDestroy();
  await eventually(
    'all are gone',
    () => hub.daemon.connections.accepted === 10 && hub.daemon.connections.open === 0,
  );
  t.notMatch(hub.logged().slice(before.length), /info|warn|error /);
  t.equal(hub.daemon.userCount, 0);
});

await t.test('languages that are not spoken here', async (t) => {
  const hub = await startHub(t);
  t.match(await ask(t, hub, 'NICK LO\r\nUSER lo 0 * :Lo\r\n'), /^ERROR :IRC is not spoken here.*nc.*\r\n$/);
  t.equal(hub.daemon.userCount, 0);
});

await t.test('a PROXY header is believed from who may send one', async (t) => {
  const hub = await startHub(t, { proxyFrom: PROXY_FROM_HERE });
  const header = 'PROXY TCP4 192.0.2.7 192.0.2.1 1000 3040\r\n';
  const json = await JsonPeer.open(t, hub.port);
  json.socket.write(header.slice(0, 20));
  json.socket.write(header.slice(20));
  await json.hello('LO');
  t.equal(addressOf(hub, 'LO'), '192.0.2.7');
  const plain = await PlainPeer.open(t, hub.port, 'line');
  plain.socket.write(header);
  await plain.until('NICKNAME', () => plain.text === 'NICKNAME');
  plain.socket.write('ER\n');
  await plain.sees('Connected to server!');
  t.equal(addressOf(hub, 'ER'), '192.0.2.7', 'and silence after it is plain');
  const bare = await JsonPeer.enter(t, hub.port, 'QW');
  t.equal(addressOf(hub, 'QW'), '127.0.0.1', 'it may be left out');
  t.equal(await ask(t, hub, 'PROXY TCP4 nonsense\r\n{"type":"ping"}\n'), '', 'a bad one is the end');
  t.equal(await ask(t, hub, 'PROXY TCP4 192.'), '', 'and so is one that stops halfway');
  t.match(hub.logged(), /debug.*bad PROXY header/);
  bare.socket.end();
});

await t.test('a PROXY header from anybody else is text', async (t) => {
  const hub = await startHub(t, { proxyFrom: [{ address: '192.0.2.0', prefix: 24, family: 'ipv4' }] });
  const peer = await PlainPeer.open(t, hub.port, 'line');
  peer.socket.write('PROXY TCP4 192.0.2.7 192.0.2.1 1000 3040\r\n');
  await peer.sees('Connected to server!');
  const [session] = hub.daemon.hub.directory.sessions();
  t.equal(session?.info().address, '127.0.0.1');
  t.match(session?.nick, /^PROXY_TCP4/);
});

await t.test('a limit per address counts whom the balancer speaks for', async (t) => {
  const hub = await startHub(t, { proxyFrom: PROXY_FROM_HERE, limits: 'on', maxConnectionsPerAddress: 1 });
  const enter = async (nick: string, address: string | null): Promise<string> => {
    const peer = await JsonPeer.open(t, hub.port);
    const [version, here] = address?.includes(':') === true ? [6, '::1'] : [4, '192.0.2.1'];
    const header = address === null ? '' : `PROXY TCP${version} ${address} ${here} 1 2\r\n`;
    peer.socket.write(`${header}{"type":"hello","nick":"${nick}"}\n`);
    const { type, code } = await peer.line(() => true);
    return type === 'bye' ? String(code) : type;
  };
  t.equal(await enter('LO', '192.0.2.7'), 'welcome');
  t.equal(await enter('ER', '192.0.2.8'), 'welcome');
  t.equal(await enter('X', '192.0.2.7'), 'too-many-connections');
  t.equal(await enter('QW', '2001:db8::7'), 'welcome');
  t.equal(await enter('TY', '2001:db8:0:1::7'), 'welcome');
  t.equal(await enter('X', '2001:db8::8'), 'too-many-connections', 'IPv6 by its first 64 bits');
  t.equal(await enter('UI', null), 'welcome');
  t.equal(await enter('X', null), 'too-many-connections', 'also when it speaks for itself');
});

await t.test('who says nothing makes room for who does, the first to come first', async (t) => {
  const hub = await startHub(t, { limits: 'on', maxConnections: 4, maxConnectionsPerAddress: 2 });
  const from = async (host: string): Promise<JsonPeer> => {
    const socket = connect({ port: hub.port, host: '127.0.0.1', localAddress: host, noDelay: true });
    t.teardown(() => socket.destroy());
    const peer = new JsonPeer(socket);
    t.match(await peer.ask({ type: 'ping' }), { type: 'pong' });
    return peer;
  };
  const first = await from('127.0.0.2');
  const second = await from('127.0.0.3');
  const third = await from('127.0.0.3');
  const fourth = await from('127.0.0.3');
  await second.untilClosed();
  t.match(second.lines().at(-1), { type: 'bye', code: 'too-many-connections', reconnect: true });
  t.notOk(first.closed, 'of its own address, when that has too many');
  const fifth = await from('127.0.0.4');
  await from('127.0.0.5');
  await first.untilClosed();
  t.notOk(third.closed, 'of all, when the hub is full');
  t.equal((await third.hello('LO')).type, 'welcome');
  t.equal((await fourth.hello('ER')).type, 'welcome');
  t.equal((await fifth.hello('QW')).type, 'welcome');
  t.equal((await (await from('127.0.0.6')).hello('TY')).type, 'welcome');
  const late = new JsonPeer(await dial(t, hub.port));
  late.send({ type: 'ping' });
  t.match(await late.line(() => true), { code: 'too-many-connections' }, 'but nobody who is in');
  t.equal(hub.daemon.connections.refused, 4);
});

await t.test('one hub on several addresses', async (t) => {
  const listen = [
    { host: '127.0.0.1', port: 0 },
    { host: '127.0.0.2', port: 0 },
    { host: '::1', port: 0 },
  ];
  const hub = await startHub(t, { listen }).catch(() => startHub(t, { listen: listen.slice(0, 2) }));
  const peers: JsonPeer[] = [];
  for (const [i, { host, port }] of hub.daemon.addresses.entries()) {
    const peer = await JsonPeer.open(t, port, host);
    await peer.hello(`P${i}`);
    peers.push(peer);
  }
  peers[0]?.send({ type: 'say', text: 'to all' });
  for (const peer of peers) t.ok(await peer.line(({ text }) => text === 'to all'), peer.nick);
});

await t.test('hello: asked for, waited for, said once', async (t) => {
  const hub = await startHub(t);
  const peer = await JsonPeer.open(t, hub.port);
  t.match(await peer.ask({ type: 'say', text: 'x' }), { type: 'error', code: 'hello-first' });
  t.match(await peer.ask({ type: 'ping' }), { type: 'pong' });
  t.match(await peer.ask({ type: 'hello', nick: 'a b' }), { type: 'error', code: 'bad-nick' });
  t.match(
    await peer.ask({ type: 'hello', nick: 'LO' }),
    { type: 'welcome', nick: 'LO' },
    'the welcome answers it',
  );
  t.match(await peer.ask({ type: 'hello', nick: 'ER' }), { type: 'error', code: 'already-welcome' });
  peer.send({ type: 'hello', nick: 'ER' });
  peer.send({ type: 'quit' });
  t.match(await peer.line(({ type }) => type === 'bye'), { code: 'quit', reconnect: false });
  await peer.untilClosed();
});

await t.test('who does not say hello is not waited for', async (t) => {
  const hub = await startHub(t);
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const json = await JsonPeer.open(t, hub.port);
  t.match(await json.ask({ type: 'ping' }), { type: 'pong' });
  const plain = await PlainPeer.open(t, hub.port, 'line');
  const welcome = await JsonPeer.enter(t, hub.port, 'LO');
  mock.timers.tick(LIMITS.firstBytesWaitMs);
  await plain.sees('NICKNAME');
  mock.timers.tick(LIMITS.helloWaitMs);
  t.match(await json.line(({ type }) => type === 'bye'), { code: 'timeout', reconnect: true });
  await plain.sees('! you did not say who you are');
  await Promise.all([json.untilClosed(), plain.untilClosed()]);
  t.match(await welcome.ask({ type: 'ping' }), { type: 'pong' }, 'who has said it is left alone');
});

await t.test(
  'a peer that does not close after goodbye is not waited for longer than goodbyeMs',
  async (t) => {
    const hub = await startHub(t);
    for (const last of ['{"type":"quit"}\n', '{"type":"hello"}\n'.repeat(LIMITS.badRequestsInARow)]) {
      const socket = connect({ port: hub.port, host: '127.0.0.1', allowHalfOpen: true });
      t.teardown(() => socket.destroy());
      socket.on('data', () => {});
      socket.on('error', () => {});
      socket.write(`{"type":"hello","nick":"LO"}\n${last}`);
      await new Promise((resolve) => void socket.once('end', resolve));
      await eventually('the hub lets go of it', () => hub.daemon.connections.open === 0);
    }
    t.pass();
  },
);

await t.test('what is sent just before the end is heard', async (t) => {
  const hub = await startHub(t);
  const lo = await JsonPeer.enter(t, hub.port, 'LO');
  (await dial(t, hub.port)).end('ER\nlast words\n');
  t.ok(await lo.line(({ text }) => text === 'last words'));
  t.ok(await lo.line(({ type, from }) => type === 'leave' && from === 'ER'));
  const raw = await dial(t, hub.port);
  raw.end('QW');
  await eventually('it is gone', () => hub.daemon.connections.open === 1);
  t.notOk(
    lo.lines().some(({ from }) => from === 'QW'),
    'a nickname that was not settled is nobody',
  );
});

await t.test('nobody floods the log, nor writes lines of their own into it', async (t) => {
  const hub = await startHub(t, { proxyFrom: PROXY_FROM_HERE, limits: 'on', maxConnectionsPerAddress: 5 });
  const header = 'PROXY TCP4 192.0.2.7 192.0.2.1 1000 3040\r\n';
  const forged = 'x\n2026-01-01T00:00:00.000Z error forged address=192.0.2.66\u001b[2J';
  const lines = (pattern: RegExp): string[] =>
    hub
      .logged()
      .split('\n')
      .filter((line) => pattern.test(line));
  for (let i = 0; i < 20; i++) {
    await ask(t, hub, 'PROXY TCP4 nonsense\r\n{"type":"ping"}\n');
    await ask(t, hub, `${header}\u0016\u0003\u0001no handshake`);
  }
  const peer = await JsonPeer.open(t, hub.port);
  peer.socket.write(header);
  for (let i = 0; i < 20; i++) {
    t.match(await peer.ask({ type: 'hello', nick: forged }), { code: 'bad-nick' });
    const auth = { password: 'wrong horse' };
    peer.send({ type: 'hello', nick: forged, auth });
  }
  t.strictSame(
    [/bad PROXY header/, /TLS failed/, /refused code=bad-nick/, /refused code=not-secure/].map(
      (pattern) => lines(pattern).length,
    ),
    [1, 1, 1, 1],
    'one line for each kind',
  );
  t.match(lines(/refused code=bad-nick/)[0], /address=192\.0\.2\.7 unsaid=0$/);
  t.notMatch(hub.logged(), /forged|\u001b/);
});
