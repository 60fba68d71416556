// The control socket as a file: who may open it from its first moment on, and what it takes the place of.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { listenAt } from '../../src/control/socket.ts';
import { ask, startRig, type Teardown, temporaryDirectory } from './rig.ts';

const modeOf = (path: string): string => (lstatSync(path).mode & 0o777).toString(8);
const ownGroup = String(process.getegid?.() ?? 0);

/** A server with nothing behind it, closed with the test. */
function listener(t: Teardown): ReturnType<typeof createServer> {
  const server = createServer();
  t.teardown(() => server.close());
  return server;
}

await t.test('it is open to its group, or to its owner alone', async (t) => {
  const dir = temporaryDirectory(t);
  // As loose as can be: what the socket has, it has not from the mask.
  const usual = process.umask(0);
  t.teardown(() => process.umask(usual));
  const without = join(dir, 'without');
  t.match(await listenAt(listener(t), without, 'no-such-group'), { ownerOnly: /no group no-such-group/ });
  t.equal(modeOf(without), '600');
  const own = join(dir, 'own');
  t.same(await listenAt(listener(t), own, ownGroup), { group: Number(ownGroup) });
  t.equal(modeOf(own), '660');
  t.equal(lstatSync(own).gid, Number(ownGroup));
  t.equal(process.umask(), 0, 'the mask is as it was');
  const [name = '', , number = ''] = readFileSync('/etc/group', 'utf8').split('\n')[0]?.split(':') ?? [];
  const named = join(dir, 'named');
  if (process.geteuid?.() === 0 || number === ownGroup) {
    t.same(await listenAt(listener(t), named, name), { group: Number(number) });
    t.equal(lstatSync(named).gid, Number(number));
  } else {
    t.match(await listenAt(listener(t), named, name), { ownerOnly: /cannot be given/ });
    t.equal(modeOf(named), '600');
  }
});

await t.test('its directory is made for the owner alone, or left as it is', async (t) => {
  const dir = temporaryDirectory(t);
  await listenAt(listener(t), join(dir, 'a/b/control.sock'), ownGroup);
  t.equal(modeOf(join(dir, 'a/b')), '700');
  mkdirSync(join(dir, 'c'));
  chmodSync(join(dir, 'c'), 0o755);
  await listenAt(listener(t), join(dir, 'c/control.sock'), ownGroup);
  t.equal(modeOf(join(dir, 'c')), '755');
});

await t.test('a socket left behind is replaced, one that is alive is not', async (t) => {
  const { path, member } = await startRig(t);
  await member('LO');
  await t.rejects(listenAt(listener(t), path, ownGroup), {
    name: 'ControlSocketError',
    message: /^another chatroomd is running: it answers at .*control.sock \(chatctl stop/,
  });
  t.match(await ask(path, 'GET', '/v1/users'), { status: 200, text: /LO/ }, 'and is undisturbed');

  // A socket whose process ended without a chance to remove it: bound, never unlinked.
  const dir = temporaryDirectory(t);
  const stale = join(dir, 'stale.sock');
  const script = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', script, stale]), 'exit');
  t.ok(lstatSync(stale).isSocket());
  t.same(await listenAt(listener(t), stale, ownGroup), { group: Number(ownGroup) });
});

await t.test('nothing else is touched', async (t) => {
  const dir = temporaryDirectory(t);
  const file = join(dir, 'file');
  writeFileSync(file, 'precious');
  const link = join(dir, 'link');
  symlinkSync(file, link);
  const below = join(dir, 'directory');
  mkdirSync(below);
  for (const path of [file, link, below]) {
    await t.rejects(listenAt(listener(t), path, ownGroup), {
      name: 'ControlSocketError',
      message: /is no socket: remove it/,
    });
  }
  t.equal(readFileSync(file, 'utf8'), 'precious');
  t.ok(lstatSync(link).isSymbolicLink());
  await t.rejects(listenAt(listener(t), join(file, 'control.sock'), ownGroup), {
    name: 'ControlSocketError',
    message: /cannot be at .*choose another place by --control/,
  });
  const long = join(dir, 'x'.repeat(100));
  await t.rejects(listenAt(listener(t), long, ownGroup), { message: /may have 107: choose a shorter one/ });
  t.notOk(existsSync(long));
});
