// What is planned: a stop that people are told of, and backups that come back.

import { statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import t from 'tap';
import { startRig } from '../control/rig.ts';
import { startHub, temporaryDirectory } from '../support/daemon.ts';
import { JsonPeer, PlainPeer } from '../support/peers.ts';
import { chatctl, type Ran, run, told } from './run.ts';

await t.test('drain in words', async (t) => {
  const { path, member, hub } = await startRig(t);
  const lo = await member('LO');
  const { drain } = hub;
  const last = (): string => lo.entries.at(-1)?.text ?? '';
  told(t, await chatctl(path, ['drain']), {
    code: 0,
    err: '',
    out: /^told everybody: the hub restarts in 60 s: who uses chat is back by itself a moment later\nit stops at \d\d:\d\d:\d\d; chatctl drain --cancel gives that up\n$/,
  });
  t.equal(last(), 'the hub restarts in 60 s: who uses chat is back by itself a moment later');
  told(t, await chatctl(path, ['status']), { code: 0, out: /^stops +at \d\d:\d\d:\d\d, as planned/m });
  const again = await chatctl(path, ['drain', '--in', '1h', '--text', 'new disk', '--json']);
  t.same(JSON.parse(again.out), { until: drain.until, text: 'the hub restarts in 60 min: new disk' });
  told(t, await chatctl(path, ['drain', '--cancel']), {
    code: 0,
    out: 'the stop is given up, and everybody was told\n',
    err: '',
  });
  t.equal(last(), 'the hub does not restart: everything goes on');
  t.equal(drain.until, null);
  const [none, noneJson, status] = await Promise.all([
    chatctl(path, ['drain', '--cancel']),
    chatctl(path, ['drain', '--cancel', '--json']),
    chatctl(path, ['status']),
  ]);
  told(t, none, { code: 1, out: '', err: /^chatctl: no stop is planned/ });
  told(t, noneJson, { code: 1, out: '{"cancelled":false}\n', err: '' });
  t.notMatch(status.out, /^stops/m);
});

await t.test('a drained hub lets nobody new in, and stops by itself', async (t) => {
  const hub = await startHub(t);
  const lo = await JsonPeer.enter(t, hub.port, 'LO');
  told(t, await chatctl(hub.control, ['drain', '--in', '1', '--text', 'soon back']), { code: 0 });
  const qw = await JsonPeer.open(t, hub.port);
  t.match(await qw.hello('QW'), {
    type: 'error',
    code: 'busy',
    text: /lets nobody new in: come back in [12] s/,
    retry_after_ms: Number,
  });
  const er = await PlainPeer.open(t, hub.port, 'line');
  await er.until('NICKNAME', () => er.text === 'NICKNAME');
  er.socket.write('ER\n');
  await er.sees('lets nobody new in');
  t.match(await lo.line(({ type }) => type === 'notice'), {
    from: 'server',
    text: 'the hub restarts in 1 s: soon back',
  });
  t.match(await lo.line(({ type }) => type === 'bye'), { code: 'shutdown', reconnect: true });
  await hub.stop();
  t.match(hub.logged(), /drain .*seconds=1/);
});

const HUB = join(import.meta.dirname, '../../src/daemon/main.ts');

await t.test('a backup is made while people talk, and brings the room back', async (t) => {
  const dir = temporaryDirectory(t);
  const hub = await startHub(t, {}, dir);
  const lo = await JsonPeer.enter(t, hub.port, 'LO');
  await lo.ask({ type: 'say', text: 'before' });
  const backup = (...args: string[]): Promise<Ran> => chatctl(hub.control, ['backup', ...args]);
  const own = await backup();
  told(t, own, {
    code: 0,
    err: '',
    out: /^the backup is \/.*\/backups\/chatroom-\d{8}T\d{6}Z\.db, [\d.]+KiB\n$/,
  });
  const named = await backup(relative(process.cwd(), join(dir, 'b.db')), '--json');
  const { file, bytes } = JSON.parse(named.out) as { file: string; bytes: number };
  t.equal(file, join(dir, 'b.db'), 'the path is the operator’s, not the hub’s');
  t.equal(statSync(file).size, bytes);
  t.equal(statSync(file).mode & 0o777, 0o600);
  await lo.ask({ type: 'say', text: 'after' });

  const first = hub.daemon.backup(join(dir, 'c.db'));
  await t.rejects(hub.daemon.backup(join(dir, 'd.db')), { code: 'busy', message: /another backup/ });
  await first;
  const refused: readonly [file: string, why: RegExp][] = [
    [file, /b\.db is there already: name a file that is not/],
    [
      join(dir, 'none/b.db'),
      /cannot write to .*none \(ENOENT\)\. It writes as user \S+, and as a service to/,
    ],
    [join(dir, 'chatroom.db-journal'), /a name for the store's own files/],
  ];
  for (const [place, why] of refused) told(t, await backup(place), { code: 1, out: '', err: why }, place);
  t.match(hub.logged(), `backup by="control socket" file=${file} bytes=${bytes} audit=true`);

  const restore = (from: string): Promise<Ran> =>
    run(process.execPath, [HUB, '--restore', from, '--state-dir', dir]);
  told(t, await restore(file), { code: 1, out: '', err: /in use by another process: stop the other/ });
  await hub.stop();
  writeFileSync(join(dir, 'junk.db'), 'no store');
  told(t, await restore(join(dir, 'junk.db')), { code: 1, out: '', err: /^chatroomd: .*junk\.db is not a/ });
  told(t, await restore(join(dir, 'none.db')), { code: 1, out: '', err: /none\.db cannot be read/ });
  const restored = await restore(file);
  told(t, restored, {
    code: 0,
    err: '',
    out: /^chatroomd: \S+chatroom\.db holds what \S+b\.db held; the one /,
  });
  const [, old = ''] = /was there is (\S+)\n$/.exec(restored.out) ?? [];

  const texts = async (): Promise<string[]> => {
    const again = await startHub(t, {}, dir);
    const er = await JsonPeer.enter(t, again.port, 'ER');
    const history = await er.ask({ type: 'history', room: '#lobby', limit: 20 });
    await again.stop();
    return (history['entries'] as { text: string; type: string }[])
      .filter(({ type }) => type === 'message')
      .map(({ text }) => text);
  };
  t.same(await texts(), ['before']);
  told(t, await restore(old), { code: 0 }, 'the old store is a backup as well');
  t.same(await texts(), ['before', 'after']);
});

await t.test('a backup that only the hub can see is none', async (t) => {
  const { path } = await startRig(t, {
    daemon: { backup: async () => ({ file: '/tmp/private-to-the-hub.db', bytes: 4096 }) },
  });
  told(t, await chatctl(path, ['backup', '/tmp/private-to-the-hub.db']), {
    code: 1,
    out: '',
    err: /the hub has a \/tmp of its own, .*: leave FILE out/,
  });
});
