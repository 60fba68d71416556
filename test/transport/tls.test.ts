// TLS beside everything else on one port: who gets in, who does not, and what happens to handshakes that lead nowhere.

import { connect, createServer, type Socket } from 'node:net';
import { get } from 'node:https';
import { mock } from 'node:test';
import { connect as connectTls } from 'node:tls';
import t, { type Test } from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { Handshakes } from '../../src/transport/handshakes.ts';
import { startHub, type TestHub } from '../support/daemon.ts';
import { dial, JsonPeer, type Line, PlainPeer, untilEnd } from '../support/peers.ts';
import { dialTls, enterTls } from '../support/tls.ts';

function messages(peer: JsonPeer): Line[] {
  return peer.lines().filter(({ type }) => type === 'message');
}

function channelOf(hub: TestHub, nick: string): { kind?: string; binding?: string | null } {
  return hub.daemon.hub.directory.named(nick)?.outlet?.channel ?? {};
}

async function eventually(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 2000) throw new Error(`never: ${what}`);
    await new Promise((resolve) => void setTimeout(resolve, 5));
  }
}

async function body(hub: TestHub): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = get(
      { host: hub.host, port: hub.port, path: '/healthz', rejectUnauthorized: false, agent: false },
      (answer) => {
        let text = '';
        answer.on('data', (chunk) => {
          text += String(chunk);
        });
        answer.on('end', () => resolve(text));
      },
    );
    asked.on('error', reject);
  });
}

/** An encrypted connection whose bytes to the hub pass through `relay` on their way. */
async function throughRelay(
  t: Test,
  hub: TestHub,
  relay: (chunk: Buffer, write: (bytes: Buffer) => void) => void,
): Promise<Socket> {
  const server = createServer((near) => {
    const far = connect({ port: hub.port, host: '127.0.0.1', noDelay: true });
    near.on('data', (chunk: Buffer) => relay(chunk, (bytes) => void far.write(bytes)));
    far.pipe(near);
    for (const socket of [near, far]) socket.on('error', () => {});
    near.on('close', () => far.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return dialTls(t, (server.address() as { port: number }).port);
}

await t.test('plain, TLS and HTTP on one port at once', async (t) => {
  const hub = await startHub(t);
  const [json, older, plain, raw, bare, health] = await Promise.all([
    enterTls(t, hub.port, 'LO'),
    enterTls(t, hub.port, 'ER', { maxVersion: 'TLSv1.2' }),
    dialTls(t, hub.port).then((socket) => new PlainPeer(socket, 'line')),
    PlainPeer.enter(t, hub.port, 'QW', 'raw'),
    JsonPeer.enter(t, hub.port, 'TY'),
    body(hub),
  ]);
  t.equal(health, 'ok\n', 'over https');
  await plain.until('the question, after a silence inside', () => plain.text === 'NICKNAME');
  plain.socket.write('UI\n');
  await plain.sees('Connected to server!');
  json.send({ type: 'say', text: 'to all' });
  for (const peer of [older, bare]) t.ok(await peer.line(({ text }) => text === 'to all'));
  for (const peer of [plain, raw]) await peer.sees('LO: to all');
  t.equal(channelOf(hub, 'LO').kind, 'tls');
  t.match(channelOf(hub, 'LO').binding, /^[\w-]{43}$/);
  const own = json.socket as unknown as { exportKeyingMaterial: (n: number, l: string, c: Buffer) => Buffer };
  t.equal(
    own.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)).toString('base64url'),
    channelOf(hub, 'LO').binding,
    'both ends know it',
  );
  t.strictSame({ ...channelOf(hub, 'ER') }, { kind: 'tls', binding: null }, 'TLS 1.2 has none');
  t.strictSame({ ...channelOf(hub, 'QW') }, { kind: 'local', binding: null });
  const { users } = (await bare.ask({ type: 'who' })) as unknown as { users: Line[] };
  t.match(
    users.find(({ nick }) => nick === 'LO'),
    { channel: 'tls' },
  );
  t.match(
    users.find(({ nick }) => nick === 'TY'),
    { channel: 'local' },
  );
  json.socket.end();
  await json.untilClosed();
  await eventually('it is gone', () => channelOf(hub, 'LO').kind === undefined);
});

await t.test('one byte at a time, and all of it in one piece', async (t) => {
  const hub = await startHub(t);
  const slow = await throughRelay(t, hub, (chunk, write) => {
    for (const byte of chunk) write(Buffer.of(byte));
  });
  const peer = new JsonPeer(slow);
  t.match(await peer.hello('LO'), { type: 'welcome' });
  peer.send({ type: 'say', text: '漢'.repeat(3000) });
  t.ok(await peer.line(({ type }) => type === 'message'));
});

await t.test('a PROXY header comes before TLS, and not inside', async (t) => {
  const hub = await startHub(t, { proxyFrom: [{ address: '127.0.0.0', prefix: 8, family: 'ipv4' }] });
  const header = 'PROXY TCP4 192.0.2.7 192.0.2.1 1000 3040\r\n';
  const raw = await dial(t, hub.port);
  raw.write(header);
  const socket = connectTls({ socket: raw, rejectUnauthorized: false });
  const peer = new JsonPeer(socket);
  await peer.hello('LO');
  t.equal(hub.daemon.hub.directory.named('LO')?.info().address, '192.0.2.7');
  const inside = new PlainPeer(await dialTls(t, hub.port), 'line');
  inside.socket.write(header);
  await inside.sees('Connected to server!');
  const [, session] = hub.daemon.hub.directory.sessions();
  t.match(session?.info(), { address: '127.0.0.1', nick: /^PROXY_TCP4/ });
});

await t.test('what leads nowhere: garbage, TLS in TLS, an end in the middle, silence', async (t) => {
  const hub = await startHub(t);
  const before = hub.logged().length;
  for (const garbage of [
    '\x16garbage garbage garbage',
    '\x16\x03\x01\x40\x00',
    `\x16\x03\x01\x00\x05${'\0'.repeat(64)}`,
    `\x16\x03\x01\xff\xff${'\x01'.repeat(70_000)}`,
    '\x16\x03\x01\x00\x2eGET / HTTP/1.1\r\nHost: x\r\n\r\n                  ',
  ]) {
    const socket = await dial(t, hub.port);
    const ended = untilEnd(socket);
    socket.end(Buffer.from(garbage, 'latin1'));
    await ended;
  }
  const inner = await dialTls(t, hub.port);
  const end = untilEnd(inner);
  inner.write(Buffer.from('16030100', 'hex'));
  t.equal(await end, '', 'one layer is enough');
  (await dial(t, hub.port)).end(Buffer.of(0x16));
  (await dial(t, hub.port)).resetAndDestroy();
  const reset = await dialTls(t, hub.port);
  reset.destroy();
  await eventually('all are gone', () => hub.daemon.connections.open === 0);
  t.notMatch(hub.logged().slice(before), / (info|warn|error) /, 'no noise in the log');
  const lo = await enterTls(t, hub.port, 'LO');
  t.match(await lo.ask({ type: 'ping' }), { type: 'pong' });
});

await t.test('a handshake that stalls is not waited for (handshakeWaitMs)', async (t) => {
  const hub = await startHub(t);
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const stalled = await dial(t, hub.port);
  const ended = untilEnd(stalled);
  stalled.write(Buffer.from('160301', 'hex'));
  // Its time begins when it is heard: before whoever comes later.
  const lo = await enterTls(t, hub.port, 'LO');
  mock.timers.tick(LIMITS.handshakeWaitMs);
  t.equal(await ended, '');
  t.match(await lo.ask({ type: 'ping' }), { type: 'pong' }, 'who has finished it stays');
});

await t.test(
  'so many handshakes at once; the one that has taken longest makes room (handshakes)',
  async (t) => {
    const handshakes = new Handshakes();
    const gone: number[] = [];
    const begun = Array.from({ length: LIMITS.handshakes + 2 }, (_, i) => ({ giveUp: () => gone.push(i) }));
    for (const handshake of begun) handshakes.add(handshake);
    t.strictSame(gone, [0, 1]);
    t.equal(handshakes.size, LIMITS.handshakes);
    for (const handshake of begun) handshakes.delete(handshake);
    t.equal(handshakes.size, 0);
    const hub = await startHub(t);
    const stalled: Socket[] = [];
    for (let i = 0; i < LIMITS.handshakes + 8; i++) {
      const socket = await dial(t, hub.port);
      socket.on('error', () => {});
      socket.write(Buffer.of(0x16));
      stalled.push(socket);
    }
    await eventually('the first have made room', () => stalled.slice(0, 8).every(({ closed }) => closed));
    const lo = await enterTls(t, hub.port, 'LO');
    t.match(await lo.ask({ type: 'ping' }), { type: 'pong' }, 'nobody is kept out');
  },
);

await t.test('limits count encrypted peers too, and tell them why inside', async (t) => {
  const hub = await startHub(t, { limits: 'on', maxConnectionsPerAddress: 1 });
  const lo = await enterTls(t, hub.port, 'LO');
  const second = new JsonPeer(await dialTls(t, hub.port));
  second.send({ type: 'ping' });
  t.match(await second.line(() => true), { type: 'bye', code: 'too-many-connections' });
  await second.untilClosed();
  t.match(await lo.ask({ type: 'ping' }), { type: 'pong' });
});

await t.test('who does not read is served later, encrypted as well', async (t) => {
  const hub = await startHub(t);
  const lo = await enterTls(t, hub.port, 'LO');
  const slow = await enterTls(t, hub.port, 'ER');
  slow.socket.pause();
  const count = 1500;
  for (let n = 1; n <= count; n++) lo.send({ type: 'say', text: `${n} ${'漢'.repeat(3000)}` });
  await lo.until('all of it', () => messages(lo).length === count);
  t.ok(
    hub.daemon.hub.directory.named('ER')?.info().lag,
    'it is behind, and its texts are not in memory twice',
  );
  slow.socket.resume();
  await slow.until('all of it', () => messages(slow).length === count);
  t.strictSame(
    messages(slow).map(({ text }) => Number.parseInt(String(text), 10)),
    Array.from({ length: count }, (_, i) => i + 1),
  );
});
