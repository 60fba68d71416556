// `npm run rpm`: makes the packages for Amazon Linux 2023, with the rpm tools of Debian or of Amazon Linux itself, and checks them. The
// same checkout gives the same bytes, wherever it lies and whenever it is built.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundledPackages, bundledProvides, licenceText, unicodeData } from './bundled.mjs';
import { settingsFile } from './settings-file.mjs';
import { writeCompletions } from './completions.mjs';

const root = dirname(import.meta.dirname);
/** elf(5): e_machine of the addon, for each architecture that Amazon Linux has. */
const MACHINES = { x86_64: 62, aarch64: 183 };
const OWN_ARCH = { x64: 'x86_64', arm64: 'aarch64' }[process.arch];

const { values: asked } = parseArgs({
  options: {
    arch: { type: 'string', default: OWN_ARCH },
    out: { type: 'string', default: join(root, 'dist/rpm') },
    help: { type: 'boolean', short: 'h' },
  },
});
if (asked.help) {
  console.log('npm run rpm [-- --arch x86_64|aarch64] [--out DIRECTORY, instead of dist/rpm]');
  process.exit();
}
const work = mkdtempSync(join(tmpdir(), 'chatroom-rpm-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const spec = readFileSync(join(import.meta.dirname, 'chatroom.spec'), 'utf8');
check();
const source = join(work, `chatroom-${version}`);
const packages = gatherSource();
const rpms = build(packages);
lint(rpms);
const out = resolve(asked.out);
mkdirSync(out, { recursive: true });
for (const rpm of rpms) {
  const [name = ''] = rpm.split('/').slice(-1);
  copyFileSync(rpm, join(out, name));
  const digest = createHash('sha256').update(readFileSync(rpm)).digest('hex');
  console.log(`${digest}  ${relative(process.cwd(), join(out, name))}`);
}

/** What would otherwise be found out late, or by an operator. */
function check() {
  if (MACHINES[asked.arch] === undefined)
    fail(`there are no packages for ${asked.arch}: --arch is one of ${Object.keys(MACHINES).join(', ')}`);
  for (const [tool, debian, amazon] of [
    ['rpmbuild', 'rpm', 'rpm-build'],
    ['tar', 'tar', 'tar'],
    ['gzip', 'gzip', 'gzip'],
  ]) {
    if (spawnSync(tool, ['--version']).error !== undefined)
      fail(`${tool} is missing: apt-get install ${debian}, or dnf install ${amazon}`);
  }
  const [, newest] = /^%changelog\n\* .* (\S+)-\d+$/m.exec(spec) ?? [];
  if (newest !== version)
    fail(
      `package.json has version ${version} and the newest entry of packaging/chatroom.spec's %changelog is for ${newest}: write one`,
    );
}

/** Lays out the source archive's directory, and tells which npm packages are inside the programs. */
function gatherSource() {
  const programs = join(source, 'lib');
  execFileSync(process.execPath, [join(import.meta.dirname, 'build.mjs'), programs], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const addon = join(programs, 'notify.node');
  if (!existsSync(addon))
    fail(
      'the addon by which the hub talks to systemd is missing: install libsystemd-dev (systemd-devel) and run npm ci again',
    );
  if (readFileSync(addon).readUInt16LE(18) !== MACHINES[asked.arch])
    fail(
      `the addon in node_modules is not for ${asked.arch}: its package is made on a machine of that kind, after npm ci there`,
    );
  const scripts = readdirSync(programs)
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(programs, name));
  for (const script of scripts) {
    const text = readFileSync(script, 'utf8');
    // Early versions of Node 24 call their SQLite experimental; it is the same that later ones call ready.
    const quiet = script.endsWith('chatroomd.js') ? ' --disable-warning=ExperimentalWarning' : '';
    writeFileSync(script, text.replace(/^#!\/usr\/bin\/env node\n/, `#!/usr/bin/node-24${quiet}\n`));
  }
  mkdirSync(join(source, 'completions'));
  writeCompletions(programs, join(source, 'completions'));
  const paths = [
    'LICENSE',
    'README.md',
    'man',
    'systemd',
    'packaging/sysusers.conf',
    'packaging/tmpfiles.conf',
  ];
  for (const path of paths) cpSync(join(root, path), join(source, path), { recursive: true });
  writeFileSync(join(source, 'chatroom.toml'), settingsFile());
  const found = bundledPackages(root, scripts);
  const [, licence = ''] = /^License: +(.*)$/m.exec(spec) ?? [];
  const inside = [...found, unicodeData(root)];
  const foreign = inside.filter(({ license }) => !licence.split(' AND ').includes(license));
  if (foreign.length > 0)
    fail(
      `packaging/chatroom.spec says ${licence}, but ${foreign.map(({ id, license }) => `${id} is ${license}`).join(', ')}`,
    );
  writeFileSync(join(source, 'LICENSE.bundled'), licenceText(inside));
  return found;
}

/** Runs rpmbuild and tells the paths of what it made. */
function build(bundled) {
  const sources = join(work, 'SOURCES');
  mkdirSync(sources);
  writeFileSync(join(sources, 'bundled.inc'), bundledProvides(bundled));
  const archive = join(sources, `chatroom-${version}.tar`);
  const always = [
    '--sort=name',
    '--format=gnu',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mode=u=rwX,go=rX',
  ];
  execFileSync('tar', ['--create', `--file=${archive}`, ...always, '-C', work, `chatroom-${version}`]);
  const defines = { _topdir: work, dist: '.amzn2023', _vendor: 'amazon', chatroom_version: version };
  const result = spawnSync(
    'rpmbuild',
    [
      '-bb',
      '--target',
      asked.arch,
      ...Object.entries(defines).flatMap(([name, value]) => ['--define', `${name} ${value}`]),
      join(import.meta.dirname, 'chatroom.spec'),
    ],
    // Nothing of who builds, where and when.
    { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: work, TZ: 'UTC', LC_ALL: 'C.UTF-8' } },
  );
  if (result.status !== 0) fail(`rpmbuild failed:\n${result.stdout}${result.stderr}`);
  return readdirSync(join(work, 'RPMS'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.rpm'))
    .map((path) => join(work, 'RPMS', path));
}

/** Packages that rpmlint complains of are not handed out. */
function lint(rpms) {
  const { status, error, stdout } = spawnSync(
    'rpmlint',
    ['--config', join(import.meta.dirname, 'rpmlint.toml'), '--strict', ...rpms],
    { encoding: 'utf8' },
  );
  if (error !== undefined) console.log('not checked by rpmlint, which is not installed');
  else if (status !== 0) fail(`rpmlint complains:\n${stdout}`);
}

function fail(why) {
  console.error(`npm run rpm: ${why}`);
  process.exit(1);
}
