// The hub's key and certificate over the years: made once, renewed in time, provided by others, changed when the operator says so.

import { createPrivateKey, verify, X509Certificate } from 'node:crypto';
import { copyFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mock } from 'node:test';
import { Writable } from 'node:stream';
import t, { type Test } from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { HubKeys } from '../../src/daemon/hub-keys.ts';
import { createLogger } from '../../src/daemon/logger.ts';
import type { Settings } from '../../src/daemon/settings.ts';
import { settingsFor, startHub, temporaryDirectory } from '../support/daemon.ts';
import { JsonPeer, PlainPeer } from '../support/peers.ts';
import { freePort, runHub } from '../support/process.ts';
import { dialTls, EC, enterTls, madeByOpenssl, noOpenssl, shownKey, textIn } from '../support/tls.ts';

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 10, 22);

interface Bench {
  readonly dir: string;
  readonly clock: { now: number };
  readonly logged: () => string;
  readonly settings: Settings;
  readonly open: (changed?: Partial<Settings>, credentials?: string | null) => HubKeys;
}

function bench(t: Test): Bench {
  const dir = temporaryDirectory(t);
  const clock = { now: START };
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const log = createLogger({ level: 'debug', format: 'text', stream, env: {} });
  const settings = settingsFor(dir);
  return {
    dir,
    clock,
    logged: () => text,
    settings,
    open: (changed = {}, credentials = null) =>
      HubKeys.open({ settings: { ...settings, ...changed }, credentials, log, now: () => clock.now }),
  };
}

function until(dir: string): number {
  return new X509Certificate(textIn(dir, 'tls.crt')).validToDate.getTime();
}

await t.test('made on first start, for its owner only, and the same ever after', (t) => {
  const { dir, open, clock, logged } = bench(t);
  const { fingerprint } = open();
  t.match(fingerprint, /^sha256-[\w-]{43}$/);
  t.match(logged(), new RegExp(`the key of this hub key=${fingerprint}`));
  for (const name of ['tls.key', 'tls.crt']) t.equal(statSync(join(dir, name)).mode & 0o777, 0o600, name);
  const [key, certificate] = [textIn(dir, 'tls.key'), textIn(dir, 'tls.crt')];
  clock.now += 30 * DAY_MS;
  t.equal(open().fingerprint, fingerprint);
  t.strictSame([textIn(dir, 'tls.key'), textIn(dir, 'tls.crt')], [key, certificate]);
  t.end();
});

await t.test('its certificate is renewed in time, and the key kept', (t) => {
  const { dir, open, clock, logged } = bench(t);
  const keys = open();
  const { fingerprint } = keys;
  const first = { key: textIn(dir, 'tls.key'), until: until(dir), context: keys.context };
  clock.now = first.until - 61 * DAY_MS;
  keys.check();
  t.equal(until(dir), first.until, 'not before it is time');
  t.equal(keys.context, first.context);
  for (let years = 0; years < 3; years++) {
    clock.now = until(dir) - 60 * DAY_MS;
    keys.check();
    t.ok(until(dir) > clock.now + 300 * DAY_MS);
  }
  t.not(keys.context, first.context, 'who comes now gets the new one');
  t.match(logged(), /certificate renewed, for the same key/);
  t.equal(textIn(dir, 'tls.key'), first.key);
  t.equal(keys.fingerprint, fingerprint);
  clock.now = until(dir) + 1000 * DAY_MS;
  t.equal(open().fingerprint, fingerprint, 'a hub that was off for years');
  t.ok(until(dir) > clock.now);
  clock.now = START - 10 * DAY_MS;
  t.equal(open().fingerprint, fingerprint, 'a clock that was set back');
  t.ok(new X509Certificate(textIn(dir, 'tls.crt')).validFromDate.getTime() < clock.now);
  t.end();
});

await t.test('what is broken beside the key is made again; the key itself never', (t) => {
  const { dir, open } = bench(t);
  const { fingerprint } = open();
  for (const broken of ['', 'nonsense', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n']) {
    writeFileSync(join(dir, 'tls.crt'), broken);
    t.equal(open().fingerprint, fingerprint);
    t.ok(until(dir) > START);
  }
  writeFileSync(join(dir, 'tls.key'), 'nonsense');
  t.throws(() => open(), { name: 'ConfigError', message: /tls\.key: no private key in PEM/ });
  t.equal(textIn(dir, 'tls.key'), 'nonsense', 'it is left as it is');
  writeFileSync(join(dir, 'tls.key'), 'x'.repeat(300_000));
  t.throws(() => open(), { message: /too large/ });
  rmSync(join(dir, 'tls.key'));
  mkdirSync(join(dir, 'tls.key'));
  t.throws(() => open(), { message: /tls\.key: EISDIR/ });
  t.end();
});

await t.test('a key that is lost while the hub runs is written again', (t) => {
  const { dir, open, settings } = bench(t);
  const keys = open();
  const key = textIn(dir, 'tls.key');
  rmSync(join(dir, 'tls.key'));
  t.notOk(keys.take(settings, keys.read(settings)), 'it is no other');
  t.equal(textIn(dir, 'tls.key'), key);
  t.end();
});

await t.test('a key that cannot be kept', (t) => {
  const { dir, open, logged } = bench(t);
  mkdirSync(join(dir, 'tls.key.new'));
  t.throws(() => open(), { message: /tls\.key: the key of the hub cannot be kept there: EISDIR/ });
  t.match(open({ storeFailure: 'live' }).fingerprint, /^sha256-/, 'but people can talk, if that is wished');
  t.match(logged(), /error.*could not be kept/);
  t.end();
});

await t.test('provided by the settings or by systemd', { skip: noOpenssl }, (t) => {
  const { dir, open, clock, logged, settings } = bench(t);
  clock.now = Date.now();
  const named = madeByOpenssl(dir, 'named', ['rsa:2048'], 100);
  const files = { tlsCertificate: named.certificateFile, tlsKey: named.keyFile };
  const keys = open(files);
  t.match(keys.about(), { from: 'settings', next: null });
  t.notMatch(logged(), /expires/);
  const end = keys.about().certificate.until;
  clock.now = end - 29 * DAY_MS;
  keys.check();
  keys.check();
  t.equal(logged().match(/the certificate expires soon/g)?.length, 1, 'said once');
  clock.now = end + DAY_MS;
  keys.check();
  t.match(logged(), /warn.*the certificate has expired.*chatctl reload/);
  t.throws(() => keys.change('next'), { code: 'bad-request', message: /not of the hub's making/ });

  const credentials = temporaryDirectory(t);
  t.match(open({}, credentials).about(), { from: 'own' }, 'none need be there');
  const given = madeByOpenssl(credentials, 'chatroom.tls', EC);
  const own = open({}, credentials);
  t.match(own.about(), { from: 'credentials' });
  t.equal(
    own.fingerprint,
    open({ tlsCertificate: given.certificateFile, tlsKey: given.keyFile }).fingerprint,
  );
  t.match(open(files, credentials).about(), { from: 'settings' }, 'the settings come first');

  const refused = (changed: Partial<Settings>, expected: RegExp): void => {
    t.throws(() => open(changed), { name: 'ConfigError', message: expected });
    const before = own.fingerprint;
    t.throws(() => own.read({ ...settings, ...changed }), { message: expected });
    t.equal(own.fingerprint, before);
  };
  refused(
    { ...files, tlsKey: given.keyFile },
    /named\.crt: the certificate is of another key than the one in/,
  );
  refused({ ...files, tlsKey: join(dir, 'none') }, /none: there is no such file/);
  refused({ ...files, tlsKey: named.certificateFile }, /named\.crt: no private key/);
  refused({ ...files, tlsCertificate: named.keyFile }, /named\.key: no certificate/);
  const locked = join(dir, 'locked.key');
  writeFileSync(locked, '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n');
  refused({ ...files, tlsKey: locked }, /it is encrypted, and nobody can be asked/);
  rmSync(given.keyFile);
  t.throws(() => open({}, credentials), { message: /chatroom\.tls\.key: there is no such file/ });
  copyFileSync(named.keyFile, join(dir, 'tls.key'));
  t.throws(() => open(), { message: /keys of the curve P-256 only/ }, 'an RSA key where its own belongs');
  t.end();
});

await t.test('the next key: announced in the word of the present one, then switched to', async (t) => {
  const hub = await startHub(t);
  const { keys } = hub.daemon;
  const before = keys.fingerprint;
  t.throws(() => keys.change('switch'), { code: 'bad-request', message: /no key is announced/ });
  t.throws(() => keys.change('drop'), { code: 'bad-request' });
  const early = await enterTls(t, hub.port, 'LO');
  hub.daemon.changeKey('next');
  t.throws(() => keys.change('next'), { code: 'bad-request', message: /announced already/ });
  const told = await early.line(({ type }) => type === 'next-key');
  t.equal(told['key'], keys.next?.key, 'who is here is told at once');
  const late = await dialTls(t, hub.port);
  const peer = new JsonPeer(late);
  await peer.hello('ER');
  const { key, signature } = (await peer.line(({ type }) => type === 'next-key')) as unknown as {
    key: string;
    signature: string;
  };
  t.equal(key, told['key']);
  t.equal(peer.lines()[1]?.type, 'next-key', 'right after the welcome');
  const present = late.getPeerX509Certificate()?.publicKey;
  const signs = (text: string): boolean =>
    present !== undefined &&
    verify('sha256', Buffer.from(text), present, Buffer.from(signature, 'base64url'));
  t.ok(signs(`chatroom next key\n${key}`));
  t.notOk(signs(`chatroom next key\n${before}`));
  const { token } = peer.lines()[0] as unknown as { token: string };
  const back = new JsonPeer(await dialTls(t, hub.port));
  await back.hello('ER', { resume: { token, after: {} } });
  t.ok(await back.line(({ type }) => type === 'next-key'), 'who comes back, too');
  const bare = await JsonPeer.enter(t, hub.port, 'TY');
  const plain = await PlainPeer.enter(t, hub.port, 'UI', 'line');
  await bare.ask({ type: 'ping' });
  t.notOk(
    bare.lines().some(({ type }) => type === 'next-key'),
    'anybody could have said it without encryption',
  );
  t.notMatch(plain.text, /sha256/);
  await hub.stop();

  const again = await startHub(t, {}, hub.stateDir);
  t.equal(again.daemon.keys.next?.key, key, 'it outlives a restart');
  t.equal(again.daemon.keys.fingerprint, before);
  const stays = await enterTls(t, again.port, 'LO');
  t.match(again.daemon.changeKey('switch'), { key, next: null });
  t.equal(shownKey(await dialTls(t, again.port)), key);
  t.match(await stays.ask({ type: 'ping' }), { type: 'pong' }, 'nobody is dropped');
  const x509 = new X509Certificate(textIn(hub.stateDir, 'tls.crt'));
  t.ok(x509.checkPrivateKey(createPrivateKey(textIn(hub.stateDir, 'tls.key'))));
  again.daemon.changeKey('next');
  t.match(again.daemon.changeKey('drop'), { key, next: null });
});

await t.test('a switch that a crash cut in two is a switch', (t) => {
  const { dir, open } = bench(t);
  const keys = open();
  keys.change('next');
  const next = keys.next?.key;
  copyFileSync(join(dir, 'tls.next.key'), join(dir, 'tls.key'));
  rmSync(join(dir, 'tls.next.key'));
  t.match(open().about(), { key: next, next: null }, 'the certificate of the old key is no hindrance');
  t.end();
});

await t.test('the hub looks at its certificate now and then (keyCheckEveryMs)', async (t) => {
  let now = START;
  const clock = mock.method(Date, 'now', () => now);
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => {
    mock.timers.reset();
    clock.mock.restore();
  });
  const hub = await startHub(t);
  const first = until(hub.stateDir);
  now = first - 59 * DAY_MS;
  mock.timers.tick(LIMITS.keyCheckEveryMs);
  t.ok(until(hub.stateDir) > first);
});

await t.test('SIGHUP takes up a changed certificate, or says why not', { skip: noOpenssl }, async (t) => {
  const dir = temporaryDirectory(t);
  const { certificateFile, keyFile } = madeByOpenssl(dir, 'mine', EC);
  const hub = await runHub(t, dir, await freePort(), [
    '--tls-certificate',
    certificateFile,
    '--tls-key',
    keyFile,
  ]);
  const lo = await enterTls(t, hub.port, 'LO');
  const before = shownKey(await dialTls(t, hub.port));
  const logs = async (what: RegExp): Promise<void> => {
    while (!what.test(hub.log()))
      await new Promise((resolve) => void hub.child.stdout?.once('data', resolve));
  };
  madeByOpenssl(dir, 'mine', EC);
  hub.child.kill('SIGHUP');
  await logs(/settings read again changed=tls-certificate/);
  const after = shownKey(await dialTls(t, hub.port));
  t.not(after, before);
  writeFileSync(keyFile, 'nonsense');
  hub.child.kill('SIGHUP');
  await logs(/settings refused, the old ones stay.*mine\.key: no private key/);
  t.equal(shownKey(await dialTls(t, hub.port)), after);
  t.match(await lo.ask({ type: 'ping' }), { type: 'pong' });
  t.equal((await hub.end('SIGTERM')).code, 0);
  await t.rejects(
    runHub(t, dir, hub.port, ['--tls-certificate', certificateFile, '--tls-key', keyFile]),
    /could not start.*mine\.key: no private key/,
    'a hub that is started with it says so and ends',
  );
});
