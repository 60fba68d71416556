// Whom chat trusts, over real TLS: the key at first contact, another one later, one that was announced, one from a
// link; and what becomes of the files in which it keeps all that.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import t from 'tap';
import { KnownHubs } from '../../src/chat/trust/known-hubs.ts';
import { FAST, Guest } from './support/guest.ts';
import { hubKey, opensslMissing } from './support/hub-key.ts';
import { Relay } from './support/relay.ts';
import { scriptedHub, type Visit } from './support/scripted-hub.ts';
import { isLetIn, isRefused, Person } from './support/trusting.ts';

await t.test('the first key is taken and kept, the same one is known, another one is refused', async (t) => {
  const [key, other] = [hubKey(), hubKey()];
  const hub = await scriptedHub(t, key.tls);
  const lo = new Person(t);
  const relay = await Relay.open(t, hub.port);
  const [first, visit] = await isLetIn(lo.enter(relay.port), hub);
  t.match(
    first.told()[0],
    `first contact with 127.0.0.1:${relay.port}: its key is ${key.pin}, kept in ${lo.file}`,
  );
  t.equal(lo.known(relay.port), `127.0.0.1:PORT ${key.pin}\n`);
  t.equal(statSync(lo.file).mode & 0o777, 0o600);
  t.equal((visit.socket as TLSSocket).getProtocol(), 'TLSv1.3');

  const [second, again] = await isLetIn(lo.enter(relay.port), hub);
  t.notMatch(second.told().join(), 'key', 'of what is known nothing is said');
  again.socket.destroy();
  await (await hub.visit()).welcome({ resumed: true, recovered: true });
  await second.isTold('back');

  // Somebody comes between while the second one is in the room, and both lose their connection.
  const mallory = await scriptedHub(t, other.tls);
  relay.target = mallory.port;
  relay.cut();
  for (const guest of [first, second]) {
    const { status, text } = await guest.ended();
    t.equal(status, 4);
    t.match(text, /IS NOT THE ONE KNOWN/);
    t.match(text, `chat --accept ${other.pin} 127.0.0.1:${relay.port}`);
  }
  await isRefused(t, lo.enter(relay.port), mallory, /IS NOT THE ONE KNOWN/);
  t.equal(lo.known(relay.port), `127.0.0.1:PORT ${key.pin}\n`);
});

await t.test('nothing is ever said in plain text by itself', async (t) => {
  // A handshake holds more than a thousand random bytes: a name of two letters is among them now and then.
  const lo = new Person(t, 'Lovelace');
  const original = await scriptedHub(t);
  let entering = lo.enter(original.port);
  let visit = await original.visit();
  visit.socket.write('NICKNAME');
  await t.rejects(entering, {
    status: 3,
    message: `127.0.0.1:${original.port} speaks plain text, as the original server does, so nothing can be encrypted: if that is all right, chat --plain 127.0.0.1:${original.port}`,
  });
  const told = visit;
  await told.until('the end', () => told.closed);
  t.equal(visit.text, '', 'the original was told nothing that it could take for a nickname');

  for (const answer of [
    (one: Visit) => void one.socket.resetAndDestroy(),
    (one: Visit) => void one.socket.end(),
    (one: Visit) => void one.socket.end('{"type":"bye","code":"bad-input","text":"","reconnect":false}\n'),
  ]) {
    // However slow this machine is, the answer comes too soon for a hub that lost its patience.
    entering = lo.enter(original.port, {}, new Guest(), { ...FAST, hubPatienceMs: 60_000 });
    visit = await original.visit();
    const met = visit;
    void met.until('its first bytes', () => met.text !== '').then(() => answer(met));
    await t.rejects(entering, { status: 3, message: `chat --plain 127.0.0.1:${original.port}` });
    t.notMatch(visit.text, /Lovelace|hello/);
  }
  entering = lo.enter(original.port, {}, new Guest(), { ...FAST, answerMs: 50 });
  await t.rejects(entering, { status: 3, message: /does not answer in TLS.*--plain/ });
  t.notOk(existsSync(lo.file), 'and none of it is known');

  const old = createTlsServer({
    ...hubKey().tls,
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'ALL@SECLEVEL=0',
  });
  await new Promise<void>((resolve) => old.listen(0, '127.0.0.1', resolve));
  t.teardown(() => old.close());
  await t.rejects(lo.enter((old.address() as { port: number }).port), {
    status: 3,
    message: /does not speak TLS as it should/,
  });
});

await t.test('a hub that lost its patience is asked again, at once', async (t) => {
  const key = hubKey();
  const hub = await scriptedHub(t, key.tls);
  const impatient = await scriptedHub(t);
  const relay = await Relay.open(t, impatient.port);
  const timing = { ...FAST, hubPatienceMs: 200 };
  const entering = new Person(t).enter(relay.port, {}, new Guest(), timing);
  const late = await impatient.visit();
  await late.until('its first bytes', () => late.text !== '');
  relay.target = hub.port;
  setTimeout(() => late.socket.write('NICKNAME'), timing.hubPatienceMs);
  await isLetIn(entering, hub);
});

await t.test(
  'a link brings the key: it is checked at first contact, and against what is known',
  async (t) => {
    const [key, other] = [hubKey(), hubKey()];
    const hub = await scriptedHub(t, key.tls);
    const lo = new Person(t);
    const deceived = await scriptedHub(t, key.tls);
    await isRefused(t, lo.enter(deceived.port, { pin: other.pin }), deceived, /IS NOT THE ONE IN THE LINK/);
    t.equal(lo.known(hub.port), '');
    const [guest] = await isLetIn(lo.enter(hub.port, { pin: key.pin }), hub);
    t.notMatch(guest.told().join(), 'first contact', 'a key that was expected needs no word');
    t.equal(lo.known(hub.port), `127.0.0.1:PORT ${key.pin}\n`);

    await t.rejects(lo.enter(hub.port, { pin: other.pin }), {
      status: 4,
      message: new RegExp(`THE LINK NAMES ANOTHER KEY[^]*--accept ${other.pin} 127.0.0.1:${hub.port}`),
    });
    await isLetIn(lo.enter(hub.port, { pin: key.pin }), hub);
  },
);

for (const kind of ['p256', 'ed25519', 'rsa:2048'] as const) {
  const skip = kind === 'p256' ? false : opensslMissing();
  await t.test(`a next key that the present one (${kind}) has signed`, { skip }, async (t) => {
    const [key, next, other] = [hubKey(kind), hubKey(), hubKey()];
    const hub = await scriptedHub(t, key.tls);
    const after = await scriptedHub(t, next.tls);
    const lo = new Person(t);
    const relay = await Relay.open(t, hub.port);
    const [guest, visit] = await isLetIn(lo.enter(relay.port), hub);
    visit.say({ ...key.announce(next.pin), signature: next.announce(next.pin)['signature'] });
    await guest.isTold('announced a next key without a signature');
    visit.say({ ...key.announce('sha256-short') });
    visit.say(key.announce(other.pin));
    visit.say(key.announce(next.pin));
    const known = new KnownHubs(lo.file);
    const address = { host: '127.0.0.1', port: relay.port };
    while (known.pins(address)[1] !== next.pin) await new Promise(setImmediate);
    t.strictSame(known.pins(address), [key.pin, next.pin]);

    // The old key is still good, until the hub has shown the next one.
    visit.socket.destroy();
    await (await hub.visit()).welcome({ resumed: true, recovered: true });
    await guest.isTold('back');
    t.strictSame(known.pins(address), [key.pin, next.pin]);
    relay.target = after.port;
    relay.cut();
    await (await after.visit()).welcome({ resumed: true, recovered: true });
    await guest.isTold(`has the new key that it announced, ${next.pin}`);
    t.equal(lo.known(relay.port), `127.0.0.1:PORT ${next.pin}\n`);
    const before = await scriptedHub(t, key.tls);
    relay.target = before.port;
    await isRefused(t, lo.enter(relay.port), before, /IS NOT THE ONE KNOWN/);
  });
}

await t.test('known_hubs: what it may hold, and what becomes of the rest of it', async (t) => {
  const lo = new Person(t);
  const known = new KnownHubs(lo.file);
  const pins = ['one', 'two', 'three'].map(
    (word) => `sha256-${createHash('sha256').update(word).digest('base64url')}`,
  );
  const [one = '', two = '', three = ''] = pins;
  const hub = { host: 'Hub.Example.org', port: 3040 };
  t.strictSame(known.pins(hub), []);
  await known.update(hub, () => [one]);
  await known.update({ host: '::1', port: 3040 }, () => [two]);
  await known.update({ host: '::1', port: 99 }, () => [two, three]);
  t.equal(readFileSync(lo.file, 'utf8'), `hub.example.org ${one}\n::1 ${two}\n[::1]:99 ${two} ${three}\n`);
  t.strictSame(readdirSync(lo.dir), ['known_hubs']);

  writeFileSync(
    lo.file,
    `# mine\n\n  HUB.example.ORG:3040\t${one}  ${two} # at work\nhub.example.org ${three}\nother ${one}`,
  );
  t.strictSame(known.pins(hub), [one, two, three], 'two lines of one hub count as one');
  await known.update(hub, ([, ...rest]) => rest);
  t.equal(
    readFileSync(lo.file, 'utf8'),
    `# mine\n\nhub.example.org ${two} ${three} # at work\nother ${one}\n`,
  );
  await known.update(hub, () => []);
  t.equal(readFileSync(lo.file, 'utf8'), `# mine\n\nother ${one}\n`);

  for (const bad of [
    'hub.example.org',
    `hub.example.org ${one.slice(0, -1)}`,
    `a/b ${one}`,
    '\u0000\u0001\ufffd',
    one,
  ]) {
    const text = `other ${one}\n${bad}\n`;
    writeFileSync(lo.file, text);
    const refusal = { name: 'Ending', status: 2, message: `line 2 of ${lo.file} is not` };
    t.throws(() => known.pins(hub), refusal, JSON.stringify(bad));
    await t.rejects(
      known.update(hub, () => [one]),
      refusal,
    );
    t.equal(readFileSync(lo.file, 'utf8'), text, 'it is left as it is');
  }
  t.strictSame(readdirSync(lo.dir), ['known_hubs'], 'and nothing is left behind');

  // Kept elsewhere by somebody who has all such files in one place; and a turn that was never finished.
  const elsewhere = join(lo.dir, 'elsewhere');
  writeFileSync(elsewhere, '');
  rmSync(lo.file);
  symlinkSync(elsewhere, lo.file);
  writeFileSync(`${elsewhere}.new`, 'half');
  utimesSync(`${elsewhere}.new`, 1, 1);
  await known.update(hub, () => [one]);
  t.equal(readFileSync(elsewhere, 'utf8'), `hub.example.org ${one}\n`);
});

await t.test('many programs that write known_hubs at once lose nothing', async (t) => {
  const lo = new Person(t);
  const module = join(import.meta.dirname, '../../src/chat/trust/known-hubs.ts');
  const pin = `sha256-${'A'.repeat(43)}`;
  const script = `const { KnownHubs } = await import(${JSON.stringify(module)});
    const known = new KnownHubs(process.argv[1]);
    for (let i = 0; i < 20; i++) await known.update({ host: process.argv[2] + i, port: 3040 }, () => ['${pin}']);`;
  const run = (name: string): Promise<unknown> =>
    new Promise((resolve) => {
      spawn(process.execPath, ['--input-type=module', '-e', script, lo.file, name]).on('close', resolve);
    });
  t.strictSame(await Promise.all([run('a'), run('b'), run('c')]), [0, 0, 0]);
  const lines = readFileSync(lo.file, 'utf8').trim().split('\n').toSorted();
  const expected = ['a', 'b', 'c'].flatMap((name) =>
    Array.from({ length: 20 }, (_, i) => `${name}${i} ${pin}`),
  );
  t.strictSame(lines, expected.toSorted());
});

await t.test('where nothing can be kept one can still talk, and is told', async (t) => {
  const [key, other] = [hubKey(), hubKey()];
  const hub = await scriptedHub(t, key.tls);
  const lo = new Person(t);
  // A file where the directory should be: root may write anywhere else.
  writeFileSync(lo.dir, '');
  const relay = await Relay.open(t, hub.port);
  const [guest] = await isLetIn(lo.enter(relay.port), hub);
  t.match(
    guest.told()[0],
    /first contact with .* not kept: .*known_hubs cannot be written \((?:EEXIST|ENOTDIR)\)/,
  );
  // It counts while the conversation lasts.
  const mallory = await scriptedHub(t, other.tls);
  relay.target = mallory.port;
  relay.cut();
  t.match(await guest.ended(), { status: 4 });
});
