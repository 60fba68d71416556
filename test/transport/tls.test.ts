// TLS beside everything else on one port: who gets in, who does not, and what happens to handshakes that lead nowhere.

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { get } from 'node:https';
import { text } from 'node:stream/consumers';
import { mock } from 'node:test';
import { connect as connectTls, type SecureVersion } from 'node:tls';
import t, { type Test } from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { Handshakes } from '../../src/transport/handshakes.ts';
import { startHub, type TestHub } from '../support/daemon.ts';
import { dial, JsonPeer, type Line, PlainPeer } from '../support/peers.ts';
import { dialTls, EC, enterTls, madeByOpenssl, noOpenssl, shownKey } from '../support/tls.ts';

function messages(peer: JsonPeer): Line[] {
  return peer.lines().filter(({ type }) => type === 'message');
}

function channelOf(hub: TestHub, nick: string): { kind?: string; binding?: string | null } {
  return hub.daemon.hub.directory.named(nick)?.outlet?.channel ?? {};
}

/** What comes until the hub closes. */
function untilEnd(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
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

await t.test('versions and ciphers', { skip: noOpenssl }, async (t) => {
  const hub = await startHub(t);
  const rsa = madeByOpenssl(hub.stateDir, 'rsa', ['rsa:2048']);
  const settings = { ...hub.daemon.settings, tlsCertificate: rsa.certificateFile, tlsKey: rsa.keyFile };
  const offers = async (version: SecureVersion, ciphers: string): Promise<string> =>
    dialTls(t, hub.port, { minVersion: version, maxVersion: version, ciphers }).then(
      (socket) => {
        const { name } = socket.getCipher();
        socket.destroy();
        return name;
      },
      (error: NodeJS.ErrnoException) => error.code ?? error.message,
    );
  // What is refused must be offered in earnest: at OpenSSL's security level 0, which allows everything it still has.
  const old = [
    'AES128-SHA', // CBC, and no forward secrecy
    'ECDHE-RSA-AES128-SHA',
    'ECDHE-ECDSA-AES128-SHA',
    'ECDHE-ECDSA-AES128-SHA256',
    'AES128-GCM-SHA256',
    'DHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES128-CCM8',
    'ECDHE-ECDSA-NULL-SHA',
    'NULL-SHA256',
    'AECDH-AES128-SHA',
  ];
  for (const kind of ['ECDSA', 'RSA'] as const) {
    if (kind === 'RSA') hub.daemon.apply(settings);
    for (const cipher of ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305'])
      t.equal(await offers('TLSv1.2', `ECDHE-${kind}-${cipher}`), `ECDHE-${kind}-${cipher}`);
    for (const cipher of ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'])
      t.equal(await offers('TLSv1.3', cipher), cipher);
    t.match(await offers('TLSv1.3', 'TLS_AES_128_CCM_SHA256'), /^(ERR_SSL|ECONNRESET)/);
    for (const cipher of old)
      t.match(
        await offers('TLSv1.2', `${cipher}:@SECLEVEL=0`),
        /^(ERR_SSL|ECONNRESET)/,
        `${kind}: ${cipher}`,
      );
    for (const version of ['TLSv1', 'TLSv1.1'] as const)
      t.match(await offers(version, 'ALL:@SECLEVEL=0'), /^(ERR_SSL|ECONNRESET)/, `${kind}: ${version}`);
  }
  t.equal(hub.daemon.userCount, 0);
});

function u16(...values: readonly number[]): Buffer {
  return Buffer.from(values.flatMap((value) => [value >> 8, value & 0xff]));
}

/** A ClientHello (RFC 5246, 7.4.1.2) that offers `ciphers` in `version`, with the curves and signatures that everybody has. */
function clientHello(version: number, ciphers: readonly number[]): Buffer {
  const extension = (type: number, body: Buffer): Buffer => Buffer.concat([u16(type, body.length), body]);
  const extensions = Buffer.concat([
    extension(10, u16(4, 23, 29)),
    extension(11, Buffer.of(1, 0)),
    extension(13, u16(12, 0x0403, 0x0804, 0x0401, 0x0503, 0x0203, 0x0201)),
  ]);
  const body = Buffer.concat([
    u16(version),
    Buffer.alloc(32, 7),
    Buffer.of(0),
    u16(2 * ciphers.length, ...ciphers),
    Buffer.of(1, 0),
    u16(extensions.length),
    extensions,
  ]);
  const message = Buffer.concat([Buffer.of(1, 0), u16(body.length), body]);
  return Buffer.concat([Buffer.of(0x16), u16(0x0301, message.length), message]);
}

await t.test(
  'what no library offers any more is refused as well: old versions, RC4, 3DES, EXPORT, NULL',
  async (t) => {
    const hub = await startHub(t);
    const answer = async (version: number, ...ciphers: number[]): Promise<string> => {
      const socket = await dial(t, hub.port);
      socket.write(clientHello(version, ciphers));
      const first = await new Promise<Buffer>((resolve) => {
        socket.once('data', resolve);
        socket.once('close', () => resolve(Buffer.alloc(0)));
      });
      socket.destroy();
      // A handshake record that is a ServerHello, or an alert with its number (RFC 8446, 6.2).
      return first[0] === 0x16 ? `hello ${first[5]}` : `alert ${first[6]}`;
    };
    const good = 0xc02b;
    t.equal(await answer(0x0303, good), 'hello 2', 'what is offered here is a sound offer');
    // 70 says that the version is refused; to SSL 3.0 the answer is less exact.
    for (const [name, version, alert] of [
      ['SSL 3.0', 0x0300, 40],
      ['TLS 1.0', 0x0301, 70],
      ['TLS 1.1', 0x0302, 70],
    ] as const)
      t.equal(await answer(version, good, 0xc009, 0x002f), `alert ${alert}`, name);
    for (const [name, cipher] of [
      ['NULL-SHA', 0x0002],
      ['EXP-RC4-MD5', 0x0003],
      ['RC4-SHA', 0x0005],
      ['EXP-DES-CBC-SHA', 0x0008],
      ['DES-CBC3-SHA', 0x000a],
      ['ADH-AES128-SHA', 0x0034],
      ['AES128-SHA', 0x002f],
      ['AES128-GCM-SHA256', 0x009c],
      ['ECDHE-ECDSA-NULL-SHA', 0xc006],
      ['ECDHE-ECDSA-RC4-SHA', 0xc007],
      ['ECDHE-ECDSA-DES-CBC3-SHA', 0xc008],
      ['ECDHE-ECDSA-AES128-SHA', 0xc009],
      ['ECDHE-ECDSA-AES256-SHA384', 0xc024],
      ['ECDHE-ECDSA-AES128-CCM8', 0xc0ae],
    ] as const)
      t.equal(await answer(0x0303, cipher), 'alert 40', name);
    t.equal((await enterTls(t, hub.port, 'LO')).nick, 'LO', 'and the hub is none the worse');
  },
);

await t.test("openssl's own client", { skip: noOpenssl }, async (t) => {
  const hub = await startHub(t);
  const where = `127.0.0.1:${hub.port}`;
  const client = (...args: readonly string[]): Promise<string> =>
    said('openssl', ['s_client', '-connect', where, '-brief', ...args]);
  for (const version of ['1_2', '1_3'])
    t.match(await client(`-tls${version}`), new RegExp(`Protocol version: TLSv${version.replace('_', '.')}`));
  for (const version of ['1', '1_1'])
    t.notMatch(await client(`-tls${version}`, '-cipher', 'ALL:@SECLEVEL=0'), /Protocol version/, version);
  t.notMatch(await client('-tls1_2', '-cipher', 'AES128-SHA:ECDHE-ECDSA-AES128-SHA'), /Protocol version/);
});

/** What a program says when it is given nothing to read. */
async function said(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return out + err;
}

await t.test('nothing is resumed: no key of the hub opens what was said before', async (t) => {
  const hub = await startHub(t);
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const first = await dialTls(t, hub.port, { maxVersion });
    const offered = new Promise<Buffer | undefined>((resolve) => {
      first.once('session', resolve);
      first.once('close', () => resolve(first.getSession()));
    });
    const peer = new JsonPeer(first);
    await peer.hello('LO');
    peer.send({ type: 'quit' });
    await peer.untilClosed();
    const session = await offered;
    const second = await dialTls(t, hub.port, { maxVersion, ...(session === undefined ? {} : { session }) });
    t.equal(second.isSessionReused(), false, maxVersion);
  }
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

await t.test('plaintext = "deny": each is told why in its own language', async (t) => {
  const hub = await startHub(t, { plaintext: 'deny' });
  const json = await JsonPeer.open(t, hub.port);
  json.send({ type: 'hello', nick: 'LO' });
  t.match(await json.line(({ type }) => type === 'error'), { code: 'not-secure', text: /use chat/ });
  t.match(await json.line(({ type }) => type === 'bye'), { code: 'not-secure', reconnect: false });
  await json.untilClosed();
  const plain = await PlainPeer.open(t, hub.port, 'line');
  await plain.untilClosed();
  t.match(plain.text, /^! this hub lets nobody in without encryption: .*\n$/, 'one line, and no question');
  const irc = await dial(t, hub.port);
  const answer = untilEnd(irc);
  irc.write('NICK LO\r\n');
  t.match(await answer, /^ERROR :this hub lets nobody in without encryption.*\r\n$/);
  const http = await dial(t, hub.port);
  const health = untilEnd(http);
  http.write('GET /healthz HTTP/1.0\r\n\r\n');
  t.match(await health, /^HTTP\/1\.1 200 /, 'a balancer may ask without');
  t.match((await enterTls(t, hub.port, 'LO')).lines()[0], { type: 'welcome' });
  t.equal(hub.daemon.userCount, 1);
});

await t.test('plaintext = "local": without encryption from this machine only', async (t) => {
  const hub = await startHub(t, {
    plaintext: 'local',
    proxyFrom: [{ address: '127.0.0.0', prefix: 8, family: 'ipv4' }],
  });
  t.match((await JsonPeer.enter(t, hub.port, 'LO')).lines()[0], { type: 'welcome' });
  const far = await JsonPeer.open(t, hub.port);
  far.socket.write('PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\n{"type":"hello","nick":"ER"}\n');
  t.match(await far.line(({ type }) => type === 'bye'), { code: 'not-secure' });
  hub.daemon.apply({ ...hub.daemon.settings, plaintext: 'allow' });
  const now = await JsonPeer.open(t, hub.port);
  now.socket.write('PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\n');
  t.match(await now.hello('ER'), { type: 'welcome' }, 'a reload is enough');
  const { users } = (await now.ask({ type: 'who' })) as unknown as { users: Line[] };
  t.match(
    users.find(({ nick }) => nick === 'ER'),
    { channel: 'open' },
  );
  now.send({ type: 'quit' });
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

await t.test('a changed certificate is taken up, and nobody is dropped', { skip: noOpenssl }, async (t) => {
  const hub = await startHub(t);
  const first = await dialTls(t, hub.port);
  const ownKey = shownKey(first);
  t.equal(ownKey, hub.daemon.keys.fingerprint);
  const lo = new JsonPeer(first);
  await lo.hello('LO');
  const { certificateFile, keyFile } = madeByOpenssl(hub.stateDir, 'other', EC);
  t.ok(hub.daemon.apply({ ...hub.daemon.settings, tlsCertificate: certificateFile, tlsKey: keyFile }));
  const other = await dialTls(t, hub.port);
  t.not(shownKey(other), ownKey);
  t.match(await lo.ask({ type: 'ping' }), { type: 'pong' }, 'who was here goes on');
  madeByOpenssl(hub.stateDir, 'other', EC);
  t.ok(hub.daemon.apply(hub.daemon.settings), 'new contents under the old names');
  t.not(shownKey(await dialTls(t, hub.port)), shownKey(other));
  writeFileSync(keyFile, 'nonsense');
  const now = shownKey(await dialTls(t, hub.port));
  t.throws(() => hub.daemon.apply(hub.daemon.settings), { message: /other\.key: no private key in PEM/ });
  t.equal(shownKey(await dialTls(t, hub.port)), now, 'the old one stays');
  t.match(await lo.ask({ type: 'ping' }), { type: 'pong' });
});
