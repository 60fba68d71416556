// The packages as an operator of Amazon Linux 2023 meets them: installed from a signed repository, talked through, upgraded while people
// talk, taken back, erased and installed again. One machine is booted for all of it.

import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { VERSION } from '../../src/control/version.ts';
import { resolveSettings } from '../../src/daemon/config.ts';
import { SETTING_NAMES, tomlOf } from '../../src/daemon/settings.ts';
import { oldestNode } from './amazon.ts';
import { containerProblem } from './container.ts';
import { Crowd, Storm } from './guests.ts';
import { KEPT_FILES, SERVER_FILES, SHARED_DIRECTORIES } from './installed-files.ts';
import { buildCopy, buildPackages, nextRelease, packagesProblem } from './packages.ts';
import { noOriginalClient, Server } from './server.ts';
import { applyUserData, readUserData } from './user-data.ts';

const ROOT = join(import.meta.dirname, '../..');
const NEXT_VERSION = '99.0.0';
/** An address of the machine that is not loopback, and that it is given for this. */
const OUTSIDE = '10.9.8.7';
/** Settings for people who talk faster than they may. */
const FAST = [
  'rate-per-session',
  'burst-per-session',
  'rate-per-address',
  'burst-per-address',
  'max-connections-per-address',
]
  .map((key) => `${key} = 100000`)
  .join('\n');
/** So many talk all the time, and are answered so often before and after each upheaval. */
const CROWD = 50;
const ENOUGH = 1000;

const work = await mkdtemp(join(tmpdir(), 'chatroom-packages-'));
t.teardown(() => rm(work, { recursive: true }));
const here = join(work, 'here');
const next = join(work, 'next');
const problem = packagesProblem() ?? containerProblem();

await t.test('on an instance', { skip: problem ?? false, timeout: 120_000 }, async (test) => {
  const [node] = await Promise.all([
    oldestNode(),
    buildPackages(here),
    buildCopy(next, nextRelease(NEXT_VERSION)),
  ]);
  const server = await Server.boot(here, next, node.path);
  test.teardown(() => server.powerOff());
  const shell = (command: string): Promise<string> => server.shell(command);
  const states = (verb: 'is-active' | 'is-enabled'): Promise<string> =>
    shell(`systemctl ${verb} chatroom.service chatroom.socket || true`);
  const journal = (): Promise<string> => server.journal('chatroomd');

  await test.test('it installs from a signed repository, and does nothing unasked', async (now) => {
    const unsigned = await server.dnf(
      `--setopt=room.excludepkgs='chatroom*' --enablerepo=unsigned install chatroom`,
    );
    now.not(unsigned.code, 0);
    now.match(unsigned.stdout + unsigned.stderr, /not signed/);
    now.match(await server.dnf('install chatroom'), { code: 0 });
    now.equal(await states('is-enabled'), 'disabled\ndisabled');
    now.equal(await states('is-active'), 'inactive\ninactive');
    now.match(await shell('getent passwd chatroom'), /:\/var\/lib\/chatroom:\/sbin\/nologin$/);
    now.equal(await shell('rpm --verify chatroom'), '', 'all is as it was packed');
    now.equal(await shell('systemd-analyze verify chatroom.service chatroom.socket 2>&1'), '');
    now.equal(await shell('systemd-sysusers chatroom.conf; systemd-tmpfiles --create chatroom.conf'), '');
  });

  await test.test('it starts when it is told to', async (now) => {
    await shell('systemctl enable --now chatroom');
    now.equal(await states('is-enabled'), 'enabled\nenabled');
    now.equal(await states('is-active'), 'active\nactive');
    const security = await server.try('systemd-analyze security --threshold=9 chatroom.service');
    now.equal(security.code, 0, security.stdout.trim().split('\n').at(-1) ?? '');
    now.match(await shell('chatctl version'), `chatctl ${VERSION}\nchatroomd ${VERSION}`);
    const old = await shell('node-24 --version');
    now.equal(old, 'v24.13.0', 'with the oldest Node', { skip: node.problem ?? false });
    now.notMatch(await journal(), /warning/i, 'and has nothing to complain about');
  });

  await test.test('three people talk, and operators see them', async (now) => {
    const [lo, er] = [await server.chat('LO'), await server.nc('ER')];
    lo.type('{"type":"say","text":"hello"}');
    er.type('@LO only for you');
    await er.sees(/^LO: hello$/m);
    await lo.sees(/"private".*"from":"ER".*only for you/);
    await shell('useradd --system --groups chatroom member; useradd --system stranger');
    for (const user of ['root', 'member'])
      now.match(await shell(`runuser --user=${user} -- chatctl who`), /^LO .*json[^]*^ER .*plain/m, user);
    const refused = await server.try('runuser --user=stranger -- chatctl who');
    now.match(refused, { code: 4, stdout: '', stderr: /usermod -aG chatroom/ });
    await now.test('the original client too', { skip: noOriginalClient() }, async (there) => {
      // It looks up its own machine's name.
      await shell('echo 127.0.0.1 $(hostname) >>/etc/hosts');
      const qw = await server.original('QW');
      qw.type('hello from long ago');
      await lo.sees(/"from":"QW","text":"hello from long ago"/);
      await er.sees(/^QW: hello from long ago$/m);
      there.match(await shell('chatctl who'), /^QW .*plain/m);
    });
    await now.test('and a shell completes their names', async () => {
      const bash = server.terminal('bash --norc --noprofile -i');
      bash.type(
        '. /usr/share/bash-completion/completions/chatctl; . /usr/share/bash-completion/completions/chat',
      );
      bash.press('chatctl kick L\t');
      await bash.sees(/chatctl kick LO /);
      bash.press('\x15chat --ni\t');
      await bash.sees(/chat --nick /);
    });
    const noZsh = existsSync('/usr/bin/zsh') ? false : 'zsh is not installed';
    await now.test('in either shell', { skip: noZsh }, async () => {
      const zsh = server.terminal('zsh -f -i');
      zsh.type('fpath+=(/usr/share/zsh/site-functions); autoload -Uz compinit; compinit -D; print READY');
      await zsh.sees(/^READY/m);
      zsh.press('chatctl kick L\t');
      await zsh.sees(/chatctl kick LO/);
      zsh.press('\x15chat --ni\t');
      await zsh.sees(/chat --nick/);
    });
  });

  await test.test('its pages and its settings are there to read', async (now) => {
    for (const page of ['1 chat', '8 chatctl', '8 chatroomd', '5 chatroom.toml', '7 chatroom-protocol']) {
      const shown = await shell(`MANWIDTH=80 man --pager=cat ${page}`);
      now.match(shown, new RegExp(`^NAME\\n +${page.slice(2)} — `, 'm'), page);
    }
    now.match(await shell('chatroomd --check-config'), /the settings are good/);
    const text = (await shell('cat /etc/chatroom/chatroom.toml')).replace(/^#(?=[a-z-]+ = )/gm, '');
    const hereToo = {
      env: { STATE_DIRECTORY: '/var/lib/chatroom', RUNTIME_DIRECTORY: '/run/chatroom' },
      home: '/',
      uid: 1,
      hostName: 'chat.example.org',
    };
    const told = resolveSettings({ flags: new Map(), file: { path: 'chatroom.toml', text }, here: hereToo });
    const usual = resolveSettings({ flags: new Map(), file: undefined, here: hereToo });
    for (const name of SETTING_NAMES) {
      now.match(told.origins.get(name), /^chatroom\.toml:/, `${name} is in the file`);
      now.equal(
        tomlOf(name, told.settings),
        tomlOf(name, usual.settings),
        `and ${name} has its default there`,
      );
    }
  });

  await test.test('keys reach it, and it calls nobody', async (now) => {
    const own = await shell('chatctl fingerprint');
    const made =
      'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 400 -subj /CN=hub';
    await shell(
      `mkdir /etc/credstore && cd /etc/credstore && ${made} -keyout chatroom.tls.key -out chatroom.tls.crt 2>&1`,
    );
    await shell(`ip address add ${OUTSIDE}/32 dev lo`);
    const greeting = (address: string): Promise<string> =>
      shell(`timeout 1 bash -c 'exec 3<>/dev/tcp/${address}/3040 && head -c 8 <&3' || true`);
    await shell('systemctl restart chatroom.service');
    const key = '/run/credentials/chatroom.service/chatroom.tls.key';
    now.equal(await shell(`stat -c '%a %U' ${key}`), '400 chatroom');
    now.not(await shell('chatctl fingerprint'), own, 'the hub has the key of systemd’s');
    now.equal(await greeting(OUTSIDE), 'NICKNAME', 'who is not on this machine is let in by chatroom.socket');
    const confined = '--property=IPAddressDeny=any --property=IPAddressAllow=localhost';
    const call = `bash -c 'exec 3<>/dev/tcp/${OUTSIDE}/3040'`;
    const works = (await server.try(`systemd-run --quiet --wait ${confined} timeout 1 ${call}`)).code !== 0;
    await now.test(
      'a hub that opens its port itself is called by this machine alone',
      { skip: works ? false : 'systemd has no firewall here' },
      async (there) => {
        await shell(
          'systemctl stop chatroom.socket chatroom.service && systemctl mask --quiet --runtime chatroom.socket && systemctl start chatroom.service',
        );
        there.equal(await greeting('127.0.0.1'), 'NICKNAME');
        there.equal(await greeting(OUTSIDE), '');
        await shell('systemctl set-property --runtime chatroom.service IPAddressAllow=any');
        there.equal(await greeting(OUTSIDE), 'NICKNAME', 'unless it is told otherwise');
        await shell(
          'systemctl stop chatroom.service && systemctl revert chatroom.service && systemctl unmask --quiet --runtime chatroom.socket',
        );
        await shell('systemctl start chatroom.service');
        there.equal(await greeting(OUTSIDE), 'NICKNAME');
      },
    );
    await shell('rm -r /etc/credstore && systemctl restart chatroom.service');
    now.equal(await shell('chatctl fingerprint'), own, 'and its own one again, which it has kept');
  });

  await test.test('an upgrade refuses nobody and loses nothing', async (now) => {
    await shell(`echo '${FAST}' >>/etc/chatroom/chatroom.toml && chatctl reload`);
    const [ma, mo] = [await server.chat('MA'), await server.chat('MO')];
    for (const each of [ma, mo]) {
      each.type('{"type":"join","room":"#quiet"}');
      await each.sees(/"join","log":"#quiet"/);
    }
    ma.type('{"type":"say","room":"#quiet","text":"before all that"}');
    await mo.sees(/before all that/);
    const opened = 'systemctl show chatroom.socket --property=ActiveEnterTimestampMonotonic';
    const before = await shell(opened);
    const storm = await Storm.begin(server.machine);
    const crowd = await Crowd.begin(server.machine, CROWD);
    await crowd.hears(ENOUGH);
    await shell('systemctl restart chatroom.service');
    await crowd.returns(1);
    await crowd.hears(ENOUGH + 1);
    now.match(await server.dnf('--enablerepo=next upgrade chatroom'), { code: 0 });
    for (const each of [ma, mo])
      await each.sees(new RegExp(`"welcome".*"resumed":true,"recovered":true.*"version":"${NEXT_VERSION}"`));
    await crowd.returns(2);
    await crowd.hears(ENOUGH + 2);
    const figures = await crowd.end();
    now.comment(`a restart and an upgrade: ${JSON.stringify(figures)}`);
    now.match(figures, { faults: [], lost: 0, repeated: 0, outOfOrder: 0, resumes: 2 });
    const tally = await storm.end();
    now.comment(`those who knocked: ${JSON.stringify(tally)}`);
    now.match(tally, { refused: 0, reset: 0 });
    now.ok(tally.silent < 4, 'hardly anybody was let in by a hub that was just going');
    now.equal(await shell(opened), before, 'the port was open all the time');
    now.equal(await shell('chatctl version'), `chatctl ${NEXT_VERSION}\nchatroomd ${NEXT_VERSION}`);
    now.equal(await states('is-enabled'), 'enabled\nenabled');
    now.equal(
      (await server.try('rpm --verify chatroom')).stdout,
      'S.5....T.  c /etc/chatroom/chatroom.toml\n',
      'the settings alone are changed',
    );
    now.match(await shell('cat /etc/chatroom/chatroom.toml'), FAST);
    now.match(
      await shell('cat /etc/chatroom/chatroom.toml.rpmnew'),
      /You need none of them/,
      'the new ones lie beside them',
    );
  });

  await test.test('it can be taken back', async (now) => {
    now.match(await server.dnf('downgrade chatroom'), { code: 0 });
    now.equal(await shell('chatctl version'), `chatctl ${VERSION}\nchatroomd ${VERSION}`);
    now.match(await shell('chatctl history quiet'), /MA: before all that$/m);
  });

  await test.test(
    'erasing it leaves what people said and the settings, and installing it finds them',
    async (now) => {
      const refused = await server.dnf('install chatroom-client');
      now.match(refused.stderr, /conflicts with chatroom-client/, 'the server has its own client');
      await shell('rpm --erase chatroom 2>&1');
      now.equal(await states('is-active'), 'inactive\ninactive');
      now.equal(await shell(`ss -Hltn 'sport = :3040'`), '');
      const left = await shell(
        `ls -d ${SERVER_FILES.filter((path) => !SHARED_DIRECTORIES.includes(path)).join(' ')} 2>/dev/null || true`,
      );
      now.strictSame(left.split('\n'), KEPT_FILES);
      now.equal(await shell(`stat -c '%a %U' /var/lib/chatroom/chatroom.db`), '600 chatroom');
      now.match(await shell('cat /etc/chatroom/chatroom.toml.rpmsave'), FAST);
      now.match(await server.dnf('install chatroom-client'), { code: 0 });
      now.equal(await shell('chat --version'), `chat ${VERSION}`);
      now.match(await server.dnf(`--allowerasing install /srv/room/chatroom-${VERSION}-*.rpm`), { code: 0 });
      now.match(
        await shell('rpm --query chatroom chatroom-client || true'),
        /^chatroom-\d.*\npackage chatroom-client is not installed$/,
      );
      now.equal(await states('is-enabled'), 'disabled\ndisabled');
      await shell('systemctl start chatroom');
      now.match(await shell('chatctl history quiet'), /MA: before all that$/m);
      now.match(
        await shell('chatroomd --print-config'),
        /^rate-per-session = 100000 /m,
        'with the settings as they were',
      );
      await shell('rpm --erase chatroom 2>&1');
    },
  );

  await test.test('cloud-init brings up a room', async (now) => {
    const text = readFileSync(join(ROOT, 'packaging/cloud-init.yaml'), 'utf8')
      .replace(/package=s3:.*/, `package=file://$(ls -d /srv/room/chatroom-${VERSION}-*.rpm)`)
      .replace(/key=$/m, 'key=file:///srv/room/KEY.asc');
    now.match(text, /file:[^]*file:/, 'it is told where the package and the key are');
    const outcomes = await applyUserData(server.machine, readUserData(text));
    now.match(outcomes, [{ code: 0 }]);
    now.equal(await states('is-enabled'), 'enabled\nenabled');
    await server.chat('MI');
    now.match(await shell('chatctl who'), /^MI /m);
  });
});
