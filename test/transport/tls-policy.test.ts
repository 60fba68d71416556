// What TLS has to be here: which versions and ciphers, no resumption, who may do without it, and a certificate that changes.

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { type SecureVersion } from 'node:tls';
import t from 'tap';
import { startHub } from '../support/daemon.ts';
import { dial, JsonPeer, type Line, PlainPeer, untilEnd } from '../support/peers.ts';
import { dialTls, EC, enterTls, madeByOpenssl, noOpenssl, shownKey } from '../support/tls.ts';

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

/** What a program says when it is given nothing to read. */
async function said(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return out + err;
}

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
