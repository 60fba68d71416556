// How chat signs in, over real TLS: by a key of its own, or by a password that goes to no hub it does not know.

import { createPublicKey, verify } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import t from 'tap';
import { enter } from '../../src/chat/enter.ts';
import { Identity } from '../../src/chat/trust/identity.ts';
import { temporaryDirectory } from '../support/daemon.ts';
import { FAST, Guest } from './support/guest.ts';
import { hubKey } from './support/hub-key.ts';
import { scriptedHub, type Visit } from './support/scripted-hub.ts';
import { isRefused, Person } from './support/trusting.ts';

const elsewhere = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

/** Whether the `auth` of this visit is a signature by `key` that is good on this very connection. */
function isProof(visit: Visit, key: string, nonce: string, signature: unknown): boolean {
  const binding = (visit.socket as TLSSocket).exportKeyingMaterial(
    32,
    'EXPORTER-Channel-Binding',
    Buffer.alloc(0),
  );
  const said = Buffer.from(`chatroom auth\n${nonce}\n${binding.toString('base64url')}`);
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key }, format: 'jwk' });
  return verify(null, said, publicKey, Buffer.from(String(signature), 'base64url'));
}

await t.test('signing in by key: a proof that is good on one connection', async (t) => {
  const key = hubKey();
  const hub = await scriptedHub(t, key.tls);
  const lo = new Person(t);
  const identity = Identity.readOrMake(join(lo.dir, 'id_ed25519'));
  const credentials = { kind: 'key', identity } as const;
  let entering = lo.enter(hub.port, { credentials, invite: 'TOKEN' });
  let visit = await hub.visit();
  t.match(await visit.request('hello'), { nick: 'LO', auth: { key: identity.key, invite: 'TOKEN' } });
  t.match(identity.key, /^[\w-]{43}$/);
  visit.say({ type: 'challenge', nonce: 'n-1' });
  const { signature } = await visit.request('auth');
  t.ok(isProof(visit, identity.key, 'n-1', signature));
  t.notOk(isProof(visit, identity.key, 'n-2', signature), 'and for no other nonce');
  await visit.welcome();
  const guest = await entering;

  // On the way back there is a new connection, and a new proof; the invitation has done its work.
  visit.socket.destroy();
  const again = await hub.visit();
  const hello = await again.request('hello');
  t.strictSame(hello['auth'], { key: identity.key });
  again.say({ type: 'challenge', nonce: 'n-1' });
  const { signature: second } = await again.request('auth');
  t.ok(isProof(again, identity.key, 'n-1', second));
  t.notOk(isProof(again, identity.key, 'n-1', signature), 'the old one is worth nothing here');
  await again.welcome({ resumed: true, recovered: true });
  await guest.isTold('back');

  // Somebody who passes everything on, over TLS on both sides, to one who comes for the first time.
  const mallory = createTlsServer(hubKey().tls, (near) => {
    const far = connectTls({ port: hub.port, host: '127.0.0.1', rejectUnauthorized: false });
    for (const side of [near, far]) side.on('error', () => {});
    near.pipe(far).pipe(near);
    t.teardown(() => {
      near.destroy();
      far.destroy();
    });
  });
  await new Promise<void>((resolve) => mallory.listen(0, '127.0.0.1', resolve));
  t.teardown(() => mallory.close());
  entering = new Person(t).enter((mallory.address() as { port: number }).port, { credentials });
  visit = await hub.visit();
  await visit.request('hello');
  visit.say({ type: 'challenge', nonce: 'n-3' });
  const relayed = await visit.request('auth');
  t.notOk(isProof(visit, identity.key, 'n-3', relayed['signature']), 'a relayed proof is none');
  visit.say({ type: 'error', code: 'bad-request', text: 'that is not your key' });
  await t.rejects(entering, { message: 'that is not your key' });

  // Without an exporter there is nothing to bind a proof to, so the key is not even named.
  const older = await scriptedHub(t, { ...key.tls, maxVersion: 'TLSv1.2' });
  entering = new Person(t).enter(older.port, { credentials });
  visit = await older.visit();
  t.equal((await visit.request('hello'))['auth'], undefined);
  visit.say({ type: 'challenge', nonce: 'n' });
  await visit.welcome();
  await entering;
  t.strictSame(
    visit.requests().filter(({ type }) => type === 'auth'),
    [],
  );
});

await t.test('a password goes to a hub whose key is known, and to no other', async (t) => {
  const key = hubKey();
  const hub = await scriptedHub(t, key.tls);
  const lo = new Person(t);
  const credentials = { kind: 'password', password: 'hunter2' } as const;
  const stranger = await scriptedHub(t, key.tls);
  await isRefused(
    t,
    lo.enter(stranger.port, { credentials }),
    stranger,
    new RegExp(`met for the first time[^]*chat --accept ${key.pin} 127.0.0.1:${stranger.port}`),
  );
  const entering = lo.enter(hub.port, { credentials, pin: key.pin });
  const visit = await hub.visit();
  const hello = await visit.welcome();
  t.strictSame(hello['auth'], { password: 'hunter2' });
  await entering;
});

await t.test(
  'plain text that others can read: it is told, and no password goes over it',
  { skip: elsewhere === undefined ? 'this machine has no address but its own' : false },
  async (t) => {
    for (const host of [String(elsewhere), '127.0.0.1']) {
      const hub = await scriptedHub(t, null, host);
      const guest = new Guest();
      const place = { address: { host, port: hub.port }, trusting: null, room: null, timing: FAST };
      const entering = enter({ ...place, nick: 'LO' }, guest.onEvent);
      const visit = await hub.visit();
      t.equal((await visit.welcome())['auth'], undefined);
      guest.talk = await entering;
      t.teardown(() => guest.talk.leave());
      const isTold = guest
        .told()
        .includes('nothing is encrypted here: whoever is on the way can read and change it');
      t.equal(isTold, host !== '127.0.0.1');
      if (isTold) t.throws(() => guest.talk.submit(' /passwd hunter2'), { code: 'not-secure' });
      t.notMatch(visit.text, 'hunter2');
    }
  },
);

await t.test('the own key: made once, read by nobody else, refused when it is none', async (t) => {
  const dir = join(temporaryDirectory(t), 'chatroom');
  const path = join(dir, 'id_ed25519');
  const identity = Identity.readOrMake(path);
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.equal(statSync(dir).mode & 0o777, 0o700);
  t.match(readFileSync(path, 'utf8'), /^-----BEGIN PRIVATE KEY-----\n/);
  t.equal(Identity.readOrMake(path).key, identity.key);
  t.equal(Identity.read(path).key, identity.key);
  t.strictSame(readdirSync(dir), ['id_ed25519']);
  chmodSync(path, 0o640);
  t.throws(() => Identity.read(path), { status: 2, message: `chmod 600 ${path}` });
  t.throws(() => Identity.read(join(dir, 'none')), {
    status: 2,
    message: /openssl genpkey -algorithm ed25519/,
  });
  const wrong = join(dir, 'wrong');
  writeFileSync(wrong, '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n', { mode: 0o600 });
  t.throws(() => Identity.readOrMake(wrong), { status: 2, message: /is no Ed25519 key/ });
  mkdirSync(join(dir, 'directory'), { mode: 0o700 });
  t.throws(() => Identity.read(join(dir, 'directory')), { status: 2, message: /EISDIR/ });
});
