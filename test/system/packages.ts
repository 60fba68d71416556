// Builds the project's packages for the tests: from the checkout itself, and from a copy of it at another place, which can be changed.

import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

export const ROOT = join(import.meta.dirname, '../..');
const ADDON = join(ROOT, 'node_modules/sd-notify/build/Release/notify.node');

/** Shows the checkout at $2/root with what lies in $1 laid over it, and builds there; the mounts end with this process. */
const BUILD_COPY = `
changes=$1 place=$2 out=$3 root=$4 node=$5
mount -t tmpfs chatroom-test "$place"
mkdir "$place/root" "$place/upper" "$place/work"
cp -a "$changes"/. "$place/upper"
mount -t overlay -o "lowerdir=$root,upperdir=$place/upper,workdir=$place/work" chatroom-test "$place/root"
cd /
"$node" "$place/root/packaging/rpm.mjs" --out "$out"
`;

/** Why no package can be built here, or undefined if one can. */
export function packagesProblem(): string | undefined {
  for (const tool of ['rpmbuild', 'rpmsign', 'rpmlint', 'dnf', 'createrepo_c', 'gpg']) {
    if (spawnSync(tool, ['--version']).error !== undefined) return `${tool} is not installed`;
  }
  if (spawnSync('test', ['-f', ADDON]).status !== 0)
    return 'the addon that talks to systemd was not built by npm ci';
  return undefined;
}

/** What `npm run rpm` makes of the checkout, into the directory `out`. */
export async function buildPackages(out: string): Promise<void> {
  await promisify(execFile)(process.execPath, [join(ROOT, 'packaging/rpm.mjs'), '--out', out]);
}

/** Files of the checkout, by their paths, as they are and as a copy of the checkout has them. */
export type Changes = Readonly<Record<string, (text: string) => string>>;

/** The same of a copy of the checkout at another path. */
export async function buildCopy(out: string, changes: Changes = {}): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'chatroom-copy-'));
  const place = await mkdtemp(join(tmpdir(), 'chatroom-elsewhere-'));
  try {
    for (const [path, change] of Object.entries(changes)) {
      const text = await readFile(join(ROOT, path), 'utf8');
      const changed = change(text);
      if (changed === text) throw new Error(`${path} is as it was`);
      await promisify(execFile)('mkdir', ['-p', join(work, path, '..')]);
      await writeFile(join(work, path), changed);
    }
    const script = ['sh', '-euc', BUILD_COPY, 'sh', work, place, out, ROOT, process.execPath];
    await promisify(execFile)('unshare', ['--mount', '--propagation=private', ...script]);
  } finally {
    await rm(work, { recursive: true });
    await rm(place, { recursive: true });
  }
}

/** The checkout as it will be when its next version is released. */
export function nextRelease(version: string): Changes {
  return {
    'package.json': (text) => text.replace(/"version": "[^"]*"/, `"version": "${version}"`),
    'packaging/chatroom.spec': (text) =>
      text.replace(
        '%changelog\n',
        `%changelog\n* Mon Nov 23 2026 The chatroom authors <chatroom@example.invalid> - ${version}-1\n- Next.\n\n`,
      ),
    'packaging/settings-file.mjs': (text) => text.replace('None is needed', 'You need none of them'),
  };
}

/** The digest of each package in `directory`, by its file name. */
export async function digests(directory: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const path of await packagesIn(directory))
    found[basename(path)] = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  return found;
}

/** The paths of the packages in `directory`. */
export async function packagesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory);
  return names
    .filter((name) => name.endsWith('.rpm'))
    .toSorted()
    .map((name) => join(directory, name));
}

/** What rpm tells of a package file, line by line. */
export async function query(file: string, ...question: readonly string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)('rpm', ['--query', '--package', ...question, file]);
  return stdout.trim().split('\n');
}
