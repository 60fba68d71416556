// `chatctl doctor`: on a hub that is well, on one that is not, and without any.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { ControlClient } from '../../src/chatctl/client.ts';
import { gatherFacts } from '../../src/chatctl/doctor/facts.ts';
import type { Finding } from '../../src/chatctl/doctor/finding.ts';
import { ask } from '../../src/chatctl/doctor/tool.ts';
import { VERSION } from '../../src/control/version.ts';
import { startRig, temporaryDirectory } from '../control/rig.ts';
import { freePort, runHub } from '../support/process.ts';
import { AS_NOBODY, cannotDrop, chatctl, MAIN, type Ran, run, told, serve } from './run.ts';
import { EXPOSED, stubTools, unitsOut } from './stub-tools.ts';

const NAMES = [
  'hub',
  'version',
  'node',
  'settings',
  'port',
  'control',
  'store',
  'disk',
  'files',
  'clock',
  'service',
  'socket',
  'hardening',
];

interface Told {
  readonly healthy: boolean;
  readonly findings: readonly (Finding & { readonly check: string })[];
}

/** The findings of `chatctl doctor --json`, by the name of their check. */
function findingsOf({ out }: Ran): Record<string, Finding> {
  const { findings } = JSON.parse(out) as Told;
  return Object.fromEntries(findings.map(({ check, ...finding }) => [check, finding]));
}

await t.test('a service that is well, and what becomes of it', async (t) => {
  const dir = temporaryDirectory(t);
  const config = join(dir, 'chatroom.toml');
  const group = String(process.getgid?.() ?? 0);
  writeFileSync(config, 'max-rooms = 7\n');
  chmodSync(dir, 0o750);
  const port = await freePort();
  const hub = await runHub(t, dir, port, ['--config', config, '--control-group', group]);
  const control = join(dir, 'control.sock');
  const tools = join(dir, 'tools');
  stubTools(tools, {
    systemctl: { out: unitsOut(hub.child.pid ?? 0) },
    timedatectl: { out: 'yes\n' },
    'systemd-analyze': { out: `${EXPOSED}0.9 SAFE\n` },
  });
  const doctor = (...flags: string[]): Promise<Ran> =>
    chatctl(control, ['doctor', ...flags], { env: { PATH: tools } });

  const well = await doctor();
  told(t, well, { code: 0, err: '' });
  const lines = well.out.trimEnd().split('\n');
  t.strictSame(
    lines.map((line) => line.split(/ +/).slice(0, 2).join(' ')),
    NAMES.map((name) => `ok ${name}`),
    'one line for each check, and no cure for the healthy',
  );
  t.match(lines[0], /^ok {4}hub {8}runs as process \d+, started by systemd \d+s ago, with 0 here$/);
  t.match(lines[3], `${config}: good and in force`);
  t.match(lines[4], `127.0.0.1:${port} can be reached`);
  t.match(lines[5], `${control} is for the group ${group} (mode 0660)`);
  t.match(lines[8], /\d+ of \d+ files, enough for 10000 connections$/);

  writeFileSync(config, 'max-rooms = 8\nstore-failure = "live"\n');
  t.strictSame(findingsOf(await doctor('--json'))['settings'], {
    status: 'warn',
    text: 'changed, and not read again since: max-rooms',
    cure: 'chatctl reload',
  });
  told(t, await chatctl(control, ['reload']), { code: 0 });
  t.match(findingsOf(await doctor('--json'))['settings'], {
    status: 'warn',
    text: 'changed, and waiting for a restart: store-failure',
    cure: 'systemctl restart chatroom',
  });
  writeFileSync(config, 'max-rooms = "many"\n');
  chmodSync(control, 0o666);
  stubTools(tools, { timedatectl: { out: 'no\n' }, 'systemd-analyze': { out: `${EXPOSED}9.6 UNSAFE\n` } });
  const ill = await doctor();
  told(t, ill, { code: 1, err: '' });
  t.match(
    ill.out,
    /^fail {2}settings {3}.*chatroom\.toml:1:13: max-rooms must be .*\n {17}cure: correct it before the next start/m,
  );
  t.match(ill.out, /^fail {2}control {4}everybody .* \(mode 0666\)\n {17}cure: chmod 0660 /m);
  t.match(ill.out, /^warn {2}clock .*\n {17}cure: .*chronyd/m);
  t.match(ill.out, /^warn {2}hardening {2}exposure 9\.6 of 10/m);

  await hub.end('SIGKILL');
  const dead = await doctor('--json');
  told(t, dead, { code: 1, err: '' });
  t.equal((JSON.parse(dead.out) as Told).healthy, false);
  t.match(findingsOf(dead), {
    hub: { status: 'fail', text: 'it is not running', cure: 'systemctl start chatroom' },
    version: { status: 'skip', text: `chatctl is ${VERSION}; the hub is not there to tell` },
    port: { status: 'skip', text: /asking would start the hub/ },
    files: { status: 'ok', text: '16384 files, enough for 10000 connections' },
    disk: { text: /\/var\/lib\/chatroom/ },
    service: { status: 'ok' },
  });
});

await t.test('without a hub, without systemd, started by hand', async (t) => {
  const dir = temporaryDirectory(t);
  mkdirSync(join(dir, 'chatroom'));
  const config = join(dir, 'chatroom.toml');
  const taken = await serve(t, createServer());
  const env = { PATH: join(dir, 'none'), XDG_STATE_HOME: dir, CHATROOM_CONFIG: config };
  const doctor = async (toml: string): Promise<Record<string, Finding>> => {
    writeFileSync(config, toml);
    const ran = await run(process.execPath, [MAIN, 'doctor', '--json', '--socket', join(dir, 'no.sock')], {
      env,
    });
    told(t, ran, { code: 1, err: '' });
    return findingsOf(ran);
  };
  t.match(await doctor(`listen = ["127.0.0.1:${taken}"]`), {
    hub: { status: 'fail', cure: 'chatroomd, or npm start' },
    settings: { status: 'ok', text: 'good; the hub would start with them' },
    port: { status: 'fail', text: `127.0.0.1:${taken} is taken by another program`, cure: /ss -ltnp/ },
    control: { status: 'skip', text: /^\/.*control\.sock is not there, since the hub is not running$/ },
    store: { status: 'skip' },
    disk: { status: 'ok', text: `free at ${dir}/chatroom` },
    files: { status: 'skip', text: 'there is no systemctl here' },
    service: { status: 'skip', text: 'there is no systemctl here' },
    hardening: { status: 'skip' },
  });
  t.match(await doctor(`listen = ["127.0.0.1:${await freePort()}"]`), {
    port: { status: 'skip', text: /^nothing is at 127\.0\.0\.1:\d+, since/ },
  });
  t.match(await doctor('a = 1\nb = 2\nc = 3\nd = 4\n'), {
    settings: { status: 'fail', text: /:1:1: there is no setting "a".*:3:1: .*; and 1 more$/ },
    port: { status: 'skip' },
    control: { status: 'skip' },
    disk: { status: 'skip' },
  });
});

await t.test('who may not know the settings is told so', { skip: cannotDrop() }, async (t) => {
  const dir = temporaryDirectory(t);
  const config = join(dir, 'chatroom.toml');
  chmodSync(dir, 0o755);
  writeFileSync(config, '', { mode: 0o600 });
  const env = { CHATROOM_CONFIG: config, CHATROOM_CONTROL: join(dir, 'no.sock') };
  const ran = await run('setpriv', [...AS_NOBODY, 'doctor', '--json'], { env });
  told(t, ran, { code: 1, err: '' });
  t.match(findingsOf(ran), {
    settings: { status: 'skip', text: 'you may not read the settings; root may' },
    port: { status: 'skip' },
  });
});

await t.test('a hub of an older version has no answer to some of it', async (t) => {
  const rig = await startRig(t);
  const status = await new ControlClient([rig.path]).call('GET /v1/status', {});
  const path = join(temporaryDirectory(t), 'old.sock');
  const old = createHttpServer((request, response) => {
    if (request.url === '/v1/status') response.end(JSON.stringify(status));
    else response.writeHead(404).end('{"error":{"code":"no-such-path","text":"there is no such path"}}');
  }).listen(path);
  await once(old, 'listening');
  t.teardown(() => old.close());
  const { hub } = await gatherFacts(new ControlClient([path]));
  t.match(hub, { status: { version: VERSION }, checkup: null });
});

await t.test('a tool that hangs is not waited for', async (t) => {
  t.strictSame(await ask('sleep', ['60'], { waitMs: 50 }), { why: 'sleep did not answer in 0.05 s' });
  t.strictSame(await ask('/etc/passwd', []), { why: '/etc/passwd cannot be asked: EACCES' });
});
