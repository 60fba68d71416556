// What systemd itself says about the unit files, without starting anything.

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { NODE_OPTIONS } from '../support/process.ts';

const UNITS = join(import.meta.dirname, '../../systemd');
/** Where systemd keeps its own targets and slices, that ours refer to. */
const SYSTEM_UNITS = '/usr/lib/systemd/system';
/** Ten times the highest exposure that the service may have. */
const EXPOSURE_THRESHOLD = 9;

interface Outcome {
  readonly code: number | string;
  readonly output: string;
}

function analyze(...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile('systemd-analyze', args, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? 'killed'), output: stdout + stderr });
    });
  });
}

/** A root directory with our units, those of `changes` changed, and all that they refer to. */
async function rootWith(changes: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'chatroom-units-'));
  const units = join(root, SYSTEM_UNITS);
  await mkdir(units, { recursive: true });
  for (const name of await readdir(SYSTEM_UNITS)) {
    if (/\.(target|slice)$/.test(name))
      await cp(join(SYSTEM_UNITS, name), join(units, name), { verbatimSymlinks: true });
  }
  for (const name of await readdir(UNITS)) {
    await writeFile(join(units, name), changes[name] ?? (await readFile(join(UNITS, name), 'utf8')));
  }
  for (const program of ['usr/bin/node-24', 'usr/bin/kill']) {
    await mkdir(join(root, program, '..'), { recursive: true });
    await writeFile(join(root, program), '#!/bin/sh\n', { mode: 0o755 });
  }
  return root;
}

async function verify(changes: Readonly<Record<string, string>> = {}): Promise<string> {
  const root = await rootWith(changes);
  const { output } = await analyze(
    'verify',
    '--man=no',
    `--root=${root}`,
    'chatroom.service',
    'chatroom.socket',
  );
  await rm(root, { recursive: true });
  return output.trim();
}

const version = await analyze('--version');
const skip = version.code === 0 ? false : 'systemd-analyze is not installed';

await t.test('systemd understands every line', { skip }, async (test) => {
  test.equal(await verify(), '');
  const service = await readFile(join(UNITS, 'chatroom.service'), 'utf8');
  const misspelt = await verify({ 'chatroom.service': service.replace('WatchdogSec=', 'WatchdogSecs=') });
  test.match(misspelt, 'WatchdogSecs', 'a line that it does not understand would be told');
});

await t.test('the service is locked in as far as Node can be', { skip }, async (test) => {
  const limit = ['security', '--offline=true', `--threshold=${EXPOSURE_THRESHOLD}`];
  const { code, output } = await analyze(...limit, join(UNITS, 'chatroom.service'));
  test.equal(code, 0, output.trim().split('\n').at(-1) ?? '');
  const directory = await mkdtemp(join(tmpdir(), 'chatroom-units-'));
  const open = join(directory, 'chatroom.service');
  const service = await readFile(join(UNITS, 'chatroom.service'), 'utf8');
  await writeFile(open, service.replace('ProtectHome=yes\n', ''));
  test.equal((await analyze(...limit, open)).code, 1, 'one line less would be told');
  await rm(directory, { recursive: true });
});

await t.test('npm start gives Node what the service gives it', async (test) => {
  const { scripts } = JSON.parse(await readFile(join(UNITS, '../package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  // Quiet about early versions of Node 24, which only a package can bring along.
  const options = NODE_OPTIONS.filter((option) => !option.startsWith('--disable-warning='));
  test.ok(options.length > 0);
  test.equal(scripts.start, `node ${options.join(' ')} dist/chatroomd.js`);
});
