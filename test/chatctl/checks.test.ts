// Each check of `chatctl doctor`, with what it can meet.

import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { ControlClient } from '../../src/chatctl/client.ts';
import { CHECKS } from '../../src/chatctl/doctor/checks.ts';
import { type Facts, gatherFacts, type Patient } from '../../src/chatctl/doctor/facts.ts';
import type { Finding } from '../../src/chatctl/doctor/finding.ts';
import { Failure } from '../../src/chatctl/failure.ts';
import { VERSION } from '../../src/control/version.ts';
import { startRig, temporaryDirectory } from '../control/rig.ts';
import { freePort } from '../support/process.ts';
import { serve } from './run.ts';
import { EXPOSED, NO_SYSTEMD, stubTools, unitsOut } from './stub-tools.ts';

const synchronised = existsSync('/run/systemd/timesync/synchronized');

function gone(code: 'no-permission' | 'no-answer' | 'not-running'): Partial<Facts> {
  return { hub: new Failure(3, code, 'chatroom does not answer (why): do this\nand more') };
}

function settings(values: Record<string, unknown>): Partial<Facts> {
  return { settings: { values: new Map(Object.entries(values)) } };
}

await t.test('what each check can meet', async (t) => {
  const rig = await startRig(t);
  const dir = temporaryDirectory(t);
  const tools = join(dir, 'tools');
  const path = process.env['PATH'];
  t.teardown(() => (process.env['PATH'] = path));
  process.env['PATH'] = tools;
  stubTools(tools, { systemctl: { out: unitsOut(process.pid) } });
  const facts = await gatherFacts(new ControlClient([rig.path]));
  if (facts.hub instanceof Failure) throw facts.hub;
  const { hub: patient } = facts;
  t.equal(facts.startedBy, 'systemd');

  const find = (name: string, changes: Partial<Facts> = {}): Finding | Promise<Finding> | undefined =>
    CHECKS.find((check) => check.name === name)?.run({ ...facts, ...changes });
  const hub = (status: Partial<Patient['status']>, checkup?: Patient['checkup']): Partial<Facts> => ({
    hub: {
      status: { ...patient.status, ...status },
      checkup: checkup === undefined ? patient.checkup : checkup,
    },
  });
  const byHand = { startedBy: 'hand' } as const;

  await t.test('hub, version, node, settings, store', async (t) => {
    t.match(find('hub', gone('no-permission')), { status: 'fail', cure: /usermod -aG chatroom/ });
    t.match(find('hub', gone('no-answer')), {
      status: 'fail',
      text: 'chatroom does not answer (why): do this',
    });
    t.match(find('version', hub({ version: '0.0.1' })), {
      status: 'warn',
      text: `chatctl is ${VERSION}, the hub is 0.0.1`,
      cure: /^systemctl restart chatroom;/,
    });
    t.match(find('version', { ...hub({ version: '0.0.1' }), ...byHand }), {
      cure: /^chatctl stop, and start/,
    });
    t.match(find('node', hub({ node: 'v22.9.0' })), { status: 'fail', cure: /Node 24/ });
    t.match(find('node', hub({ node: 'v24.0.0' })), { status: 'warn', text: process.version });
    const elsewhere = { nodePath: '/opt/node', files: null, settings: { changed: [], afterRestart: [] } };
    t.match(find('node', hub({ node: 'v24.0.0' }, elsewhere)), { status: 'ok', text: 'v24.0.0' });
    t.match(find('settings', hub({}, null)), { status: 'skip' });
    t.match(find('settings'), { status: 'ok', text: 'defaults, no file: good and in force' });
    t.match(find('settings', { ...gone('not-running'), settings: { why: 'not yours' } }), {
      status: 'skip',
      text: 'not yours',
    });
    t.match(find('store', hub({ store: { problem: 'the disk is full: make room' } })), {
      status: 'fail',
      text: 'the disk is full: make room',
    });
  });

  await t.test('port', async (t) => {
    let status = 503;
    const health = await serve(
      t,
      createHttpServer((_, response) => response.writeHead(status).end()),
    );
    const mail = await serve(
      t,
      createServer((socket) => socket.on('error', () => {}).end('220 mail.example ESMTP\r\n')),
    );
    const at = (...listening: string[]): ReturnType<typeof find> => find('port', hub({ listening }));
    t.match(await at(`127.0.0.1:${health}`), { status: 'fail', text: /not ready/, cure: /store/ });
    status = 404;
    t.match(await at(`127.0.0.1:${health}`), { status: 'fail', text: /HTTP status 404/ });
    status = 200;
    t.match(await at(`0.0.0.0:${health}`), { status: 'ok', text: `0.0.0.0:${health} can be reached` });
    t.match(await at(`[::]:${health}`), { status: 'ok' }, 'all addresses: one of them answers');
    t.match(await at(`127.0.0.1:${health}`, `127.0.0.1:${mail}`), {
      status: 'fail',
      text: /does not answer as a hub/,
      cure: /ss -ltnp/,
    });
    t.match(await at(`127.0.0.1:${await freePort()}`), { status: 'fail', text: /ECONNREFUSED/ });
    let knocked = 0;
    const held = await serve(
      t,
      createServer((socket) => socket.end(String(knocked++))),
    );
    t.match(await find('port', { ...gone('not-running'), ...settings({ listen: [`127.0.0.1:${held}`] }) }), {
      status: 'skip',
      text: /chatroom\.socket holds it/,
    });
    t.equal(knocked, 0, 'a question would start the hub');
  });

  await t.test('control', async (t) => {
    const place = join(dir, 'run');
    mkdirSync(place, { mode: 0o750 });
    const control = join(place, 'c.sock');
    const server = createServer().listen(control);
    await once(server, 'listening');
    t.teardown(() => server.close());
    const own = process.getgid?.() ?? 0;
    const judge = (group: string, changes: Partial<Facts> = {}): ReturnType<typeof find> =>
      find('control', { ...settings({ control, 'control-group': group }), ...changes });
    chmodSync(control, 0o660);
    t.match(await judge(String(own)), { status: 'ok', text: /for the group \d+ \(mode 0660\)/ });
    t.match(await judge(String(own + 1)), {
      status: 'fail',
      text: `for the group ${own}, not for ${own + 1}`,
    });
    chmodSync(place, 0o700);
    t.match(await judge(String(own)), { status: 'warn', text: /may not enter/, cure: /chmod 0750/ });
    t.match(await judge(String(own), byHand), { status: 'ok' });
    chmodSync(place, 0o777);
    t.match(await judge(String(own)), { status: 'fail', cure: `chmod o-w ${place}` });
    chmodSync(place, 0o1777);
    t.match(await judge(String(own)), { status: 'ok' }, 'as /tmp is');
    chmodSync(control, 0o600);
    t.match(await judge('no-such-group'), {
      status: 'warn',
      cure: 'groupadd -r no-such-group, and restart the hub',
    });
    t.match(await judge(String(own)), { status: 'warn', cure: 'systemctl restart chatroom' });
    t.match(await judge('no-such-group', byHand), { status: 'ok', text: /owner and root alone/ });
    chmodSync(control, 0o662);
    t.match(await judge(String(own)), { status: 'fail', cure: `chmod 0660 ${control}` });
    const elsewhere = { control: join(place, 'none'), 'control-group': '0' };
    t.match(await find('control', settings(elsewhere)), { status: 'fail', text: /is gone: ENOENT/ });
    t.match(await find('control', { ...settings(elsewhere), ...gone('not-running') }), { status: 'skip' });
    symlinkSync(control, elsewhere.control);
    t.match(await find('control', settings(elsewhere)), { status: 'fail', text: /is no socket/ });
    rmSync(elsewhere.control);
    if (process.geteuid?.() === 0) {
      chownSync(control, 0, 65534);
      chmodSync(control, 0o660);
      t.match(await judge('0'), { status: 'fail', text: 'for the group 65534, not for 0' });
    }
  });

  await t.test('disk and files', async (t) => {
    const { store } = patient.status;
    if ('problem' in store) throw new Error(store.problem);
    const at = settings({ 'state-dir': dir });
    t.match(await find('disk', at), { status: 'ok', text: `free at ${dir}` });
    const huge = hub({ store: { ...store, bytes: Number.MAX_SAFE_INTEGER } });
    t.match(await find('disk', { ...at, ...huge }), {
      status: 'warn',
      text: /less than the store's 8192\.0TiB/,
    });
    t.match(await find('disk', settings({ 'state-dir': '/proc' })), {
      status: 'fail',
      text: 'only 0B free at /proc',
    });
    t.match(await find('disk', settings({ 'state-dir': join(dir, 'none') })), {
      status: 'skip',
      text: /no .* yet/,
    });
    const room = settings({ 'max-connections': 1000 });
    const files = (limit: number | null, open: number): ReturnType<typeof find> =>
      find('files', {
        ...room,
        ...hub({}, { nodePath: '', files: { limit, open }, settings: { changed: [], afterRestart: [] } }),
      });
    t.match(files(1191, 30), {
      status: 'warn',
      text: 'may open 1191 files, and needs 1192 for max-connections 1000',
      cure: /LimitNOFILE=1192/,
    });
    t.match(files(1192, 30), { status: 'ok', text: '30 of 1192 files, enough for 1000 connections' });
    t.match(files(1192, 1080), { status: 'warn', text: '1080 of 1192 files are open' });
    t.match(files(null, 1080), { status: 'ok' });
    t.match(find('files', { ...room, ...hub({}, null) }), { status: 'skip' });
    t.match(find('files', { ...room, ...gone('not-running') }), { status: 'ok', text: /^16384 files/ });
  });

  await t.test('clock', { skip: synchronised && 'this machine has its own answer' }, async (t) => {
    stubTools(tools, { timedatectl: NO_SYSTEMD });
    t.match(await find('clock'), {
      status: 'skip',
      text: 'not known: systemd does not run here; there is no chronyc here',
    });
    const tracking = 'A9FEA97B,169.254.169.123,4,1764000000.1,0.00,0.00,0.00,-1.6,0.0,0.0,0.0,0.0,16.2,';
    stubTools(tools, { chronyc: { out: `${tracking}Normal\n` } });
    t.match(await find('clock'), { status: 'ok' });
    stubTools(tools, { chronyc: { out: `${tracking}Not synchronised\n` } });
    t.match(await find('clock'), { status: 'warn', cure: /chronyd/ });
    stubTools(tools, { chronyc: { err: '506 Cannot talk to daemon\n', code: 1 } });
    t.match(await find('clock'), { status: 'skip', text: /chronyc says: 506 Cannot talk to daemon$/ });
  });

  await t.test('service, socket, hardening', async (t) => {
    const units = async (
      service: Record<string, string>,
      socket: Record<string, string> = {},
    ): Promise<Partial<Facts>> => {
      stubTools(tools, { systemctl: { out: unitsOut(process.pid, service, socket) } });
      return { units: (await gatherFacts(new ControlClient([rig.path]))).units };
    };
    const cases: readonly [service: Record<string, string>, expected: object][] = [
      [{}, { status: 'ok', text: 'active (running)' }],
      [{ NRestarts: '3' }, { status: 'ok', text: /started again 3 times after it failed/ }],
      [
        { ActiveState: 'failed', Result: 'watchdog' },
        { status: 'fail', text: /has failed: watchdog/ },
      ],
      [
        { ActiveState: 'activating', SubState: 'auto-restart', Result: 'exit-code' },
        { status: 'fail', text: /fails again and again: exit-code/ },
      ],
      [
        { ActiveState: 'inactive', SubState: 'dead' },
        { status: 'warn', text: /inactive \(dead\)/ },
      ],
      [{ NeedDaemonReload: 'yes' }, { status: 'warn', cure: /daemon-reload/ }],
      [{ UnitFileState: 'disabled' }, { status: 'warn', cure: 'systemctl enable chatroom' }],
    ];
    for (const [service, expected] of cases)
      t.match(await find('service', await units(service)), expected, JSON.stringify(service));
    t.match(await find('service', byHand), { status: 'skip', text: 'the hub was started by hand' });
    t.match(await find('socket', await units({}, { ActiveState: 'inactive' })), {
      status: 'warn',
      text: /who connects while the hub restarts is refused/,
    });
    t.match(await find('socket', await units({}, { LoadState: 'masked', ActiveState: 'inactive' })), {
      status: 'ok',
    });
    t.match(await find('socket', await units({ ActiveState: 'inactive' }, { ActiveState: 'inactive' })), {
      status: 'skip',
    });
    for (const [exposure, status] of [
      ['0.9', 'ok'],
      ['1.6', 'warn'],
    ] as const) {
      stubTools(tools, { 'systemd-analyze': { out: `${EXPOSED}${exposure} OK\n` } });
      t.match(await find('hardening'), { status, text: `exposure ${exposure} of 10` });
    }
    stubTools(tools, { 'systemd-analyze': { out: 'no such thing\n' } });
    t.match(await find('hardening'), { status: 'skip' });
  });
});
