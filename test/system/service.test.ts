// The hub as a service of a real systemd, installed where the package installs it: it starts, tells, reloads, is watched, stops and keeps its
// port. One machine is booted for all of it, and the tests below follow one another on it.

import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { promisify } from 'node:util';
import t from 'tap';
import { Container, containerProblem, waitFor } from './container.ts';

const ROOT = join(import.meta.dirname, '../..');
const WAIT_MS = 15_000;
/** Short enough to see a watchdog bite; the unit's own limit is for busy machines. */
const DROP_IN = '[Service]\nWatchdogSec=2s\nRestartSec=100ms\n';

/** Connects again and again, as people would; for each line of input, says how many were let in and how many refused so far. */
const STORM = `
const net = require('node:net');
const tally = { connected: 0, refused: 0 };
const next = () => {
  const socket = net.connect(3040, '127.0.0.1');
  socket.on('connect', () => { tally.connected += 1; if (tally.connected === 20) console.log('going'); socket.end(); });
  socket.on('error', ({ code }) => { if (code === 'ECONNREFUSED') tally.refused += 1; });
  socket.on('close', () => setTimeout(next, 2));
};
for (let lane = 0; lane < 4; lane += 1) next();
process.stdin.on('data', () => console.log(JSON.stringify(tally))).on('end', () => process.exit());
`;

/** The files of an installed package, as a tree to lay over a root. */
async function installTree(): Promise<string> {
  const tree = await mkdtemp(join(tmpdir(), 'chatroom-install-'));
  const units = join(tree, 'usr/lib/systemd/system');
  const dropIns = join(tree, 'etc/systemd/system/chatroom.service.d');
  for (const path of [
    units,
    dropIns,
    join(tree, 'usr/bin'),
    join(tree, 'usr/lib/chatroom'),
    join(tree, 'etc/chatroom'),
  ]) {
    await mkdir(path, { recursive: true });
  }
  await promisify(execFile)(process.execPath, [
    join(ROOT, 'packaging/build.mjs'),
    join(tree, 'usr/lib/chatroom'),
  ]);
  await copyFile(process.execPath, join(tree, 'usr/bin/node-24'));
  for (const name of await readdir(join(ROOT, 'systemd')))
    await cp(join(ROOT, 'systemd', name), join(units, name));
  await writeFile(join(dropIns, 'test.conf'), DROP_IN);
  await writeFile(join(tree, 'etc/chatroom/chatroom.toml'), 'log-level = "info"\n');
  return tree;
}

const problem = containerProblem();

await t.test('as a service', { skip: problem ?? false, timeout: 60_000 }, async (test) => {
  const tree = await installTree();
  const machine = await Container.boot(tree);
  test.teardown(async () => {
    await machine.powerOff();
    await rm(tree, { recursive: true });
  });
  const shell = (command: string): Promise<string> => machine.shell(command);
  /** One property of the service, as systemd has it. */
  const property = (name: string): Promise<string> =>
    shell(`systemctl show chatroom.service --property=${name} --value`);
  const becomes = (name: string, value: string): Promise<true> =>
    waitFor(`${name} ${value}`, WAIT_MS, async () => (await property(name)) === value || undefined);
  /** What one program wrote to the journal so far. */
  const journal = (identifier: string): Promise<string> =>
    shell(`journalctl --identifier=${identifier} --output=cat --no-pager`);
  const logged = (identifier: string, words: RegExp): Promise<true> =>
    waitFor(
      `${words} in the journal`,
      WAIT_MS,
      async () => words.test(await journal(identifier)) || undefined,
    );
  /** What the hub sends to who connects and stays silent: NICKNAME. */
  const greeting = (): Promise<string> =>
    shell(`exec timeout 5 bash -c 'exec 3<>/dev/tcp/127.0.0.1/3040; head -c 8 <&3'`);
  const listening = (): Promise<string> => shell(`ss -Hltn 'sport = :3040'`);
  const configure = (toml: string): Promise<string> => shell(`echo '${toml}' >/etc/chatroom/chatroom.toml`);

  await shell(`systemd-sysusers --inline 'u chatroom - "Chat room hub" /var/lib/chatroom'`);

  await test.test('it starts, and is ready when systemd says so', async (now) => {
    await shell('systemctl start chatroom.service');
    now.equal(await property('ActiveState'), 'active');
    now.equal(await greeting(), 'NICKNAME');
    now.match(await property('StatusText'), /^\d+ users? in \d+ rooms?$/);
    now.match(await listening(), / 4096 /, 'as many may wait to be accepted as the unit says');
    now.equal(await shell('stat -c "%a %U:%G" /var/lib/chatroom'), '700 chatroom:chatroom');
    const entries = await shell(
      'journalctl --identifier=chatroomd --output=json --output-fields=PRIORITY,MESSAGE --no-pager',
    );
    const priorities = entries.split('\n').map((entry): unknown => JSON.parse(entry));
    now.match(
      priorities.find((entry) => /is ready/.test(JSON.stringify(entry))),
      { PRIORITY: '6', MESSAGE: /^chatroom / },
    );
    now.notMatch(entries, /"PRIORITY":"[0-4]"/, 'nothing to complain about');
  });

  await test.test('the control socket is for root and the group chatroom', async (now) => {
    now.equal(await shell('stat -c "%a %U:%G" /run/chatroom'), '750 chatroom:chatroom');
    now.equal(await shell('stat -c "%a %U:%G" /run/chatroom/control.sock'), '660 chatroom:chatroom');
    await shell('useradd --system --groups chatroom member && useradd --system stranger');
    const who = ['--', '/usr/bin/node-24', '/usr/lib/chatroom/chatctl.js', 'who'];
    now.equal((await machine.run('runuser', '--user=root', ...who)).code, 0);
    now.equal((await machine.run('runuser', '--user=member', ...who)).code, 0);
    now.match(await machine.run('runuser', '--user=stranger', ...who), {
      code: 4,
      stderr: /usermod -aG chatroom/,
    });
  });

  await test.test('systemctl status shows who is there, and reload reads the settings again', async (now) => {
    const user = machine.start('bash', '-c', 'exec 3<>/dev/tcp/127.0.0.1/3040; echo LO >&3; cat <&3');
    for await (const line of linesOf(user)) if (line.includes('Connected to server!')) break;
    await configure('log-level = "debug"');
    await shell('systemd-analyze log-level debug && systemctl reload chatroom.service');
    await logged('chatroomd', /settings read again.*log-?level/i);
    await logged('systemd', /Got notification message.*RELOADING=1/);
    await logged('systemd', /Got notification message.*READY=1.*STATUS=1 user in 1 room/);
    await shell('systemd-analyze log-level info');
    now.match(await shell('systemctl status chatroom.service'), /Status: "1 user in 1 room"/);
    await configure('log-level = "loud"');
    await shell('systemctl reload chatroom.service');
    await logged('chatroomd', /settings refused.*chatroom\.toml:1:13: log-level must be one of/);
    now.equal(await property('ActiveState'), 'active', 'settings that are no good change nothing');
    await configure('');
    user.kill();
  });

  await test.test('what the unit forbids is forbidden', async (now) => {
    const { code, stdout } = await machine.run(
      'systemd-analyze',
      'security',
      '--threshold=9',
      'chatroom.service',
    );
    now.equal(code, 0, stdout.trim().split('\n').at(-1) ?? '');
    const pid = await property('MainPID');
    now.match(await shell(`cat /proc/${pid}/status`), /^NoNewPrivs:\s+1$[^]*^Seccomp:\s+2$/m);
    now.match(await shell(`cat /proc/${pid}/limits`), /Max core file size +0/);
  });

  await test.test('a hub that hangs is killed and started again', async (now) => {
    const before = await property('MainPID');
    await shell(`kill -STOP ${before}`);
    await becomes('NRestarts', '1');
    await becomes('ActiveState', 'active');
    now.match(await journal('systemd'), /chatroom.service: Watchdog timeout/);
    now.not(await property('MainPID'), before);
    now.equal(await greeting(), 'NICKNAME');
  });

  await test.test(
    'neither a restart nor a crash refuses anybody, and a stop closes the port for good',
    async (now) => {
      const before = await property('MainPID');
      const storm = machine.start('/usr/bin/node-24', '--eval', STORM);
      const lines = linesOf(storm)[Symbol.asyncIterator]();
      const tally = async (): Promise<unknown> => {
        storm.stdin?.write('tally\n');
        return JSON.parse(String((await lines.next()).value));
      };
      now.equal((await lines.next()).value, 'going');
      await shell('systemctl restart chatroom.service');
      now.equal(await greeting(), 'NICKNAME');
      now.match(await tally(), { refused: 0, connected: Number });
      const restarted = await property('MainPID');
      now.not(restarted, before);
      await shell(`kill -KILL ${restarted}`);
      await waitFor(
        'a new hub',
        WAIT_MS,
        async () => !['0', restarted].includes(await property('MainPID')) || undefined,
      );
      now.equal(await greeting(), 'NICKNAME');
      now.match(await tally(), { refused: 0, connected: Number });
      await shell('systemctl stop chatroom.socket chatroom.service');
      now.equal(await listening(), '');
      now.equal(await property('ActiveState'), 'inactive', 'though people go on knocking');
      now.equal(await property('Result'), 'success');
      now.equal(await property('ExecMainStatus'), '0');
      storm.stdin?.end();
      await once(storm, 'exit');
    },
  );

  await test.test('a hub that cannot start does not close its port', async (now) => {
    await shell('systemctl start chatroom.service');
    await configure('log-level = "loud"');
    await machine.run('systemctl', 'restart', 'chatroom.service');
    const user = machine.start('nc', '127.0.0.1', '3040');
    // More often than systemd's usual limit allows.
    await waitFor('failed starts', WAIT_MS, async () => Number(await property('NRestarts')) > 6 || undefined);
    now.equal(await shell('systemctl is-active chatroom.socket'), 'active');
    await configure('');
    for await (const chunk of user.stdout ?? []) {
      now.equal(String(chunk), 'NICKNAME', 'who came meanwhile was only kept waiting');
      break;
    }
    await shell('systemctl stop chatroom.socket chatroom.service');
  });

  await test.test('with the socket alone, the first to connect starts the hub', async (now) => {
    await shell('systemctl start chatroom.socket');
    now.equal(await property('ActiveState'), 'inactive');
    now.equal(await greeting(), 'NICKNAME');
    await becomes('ActiveState', 'active');
    await shell('systemctl stop chatroom.socket chatroom.service');
  });

  await test.test('without the socket, the hub opens what it is told to', async (now) => {
    await configure('listen = ["127.0.0.1:3040"]');
    await shell('systemctl mask chatroom.socket && systemctl start chatroom.service');
    now.match(await listening(), / 127\.0\.0\.1:3040 /);
    now.equal(await greeting(), 'NICKNAME');
    await shell('systemctl stop chatroom.service');
    now.equal(await listening(), '');
    now.equal(await property('Result'), 'success');
  });
});

function linesOf({ stdout }: ChildProcess): Interface {
  if (stdout === null) throw new Error('started without a pipe for its output');
  return createInterface(stdout);
}
