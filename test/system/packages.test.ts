// The packages as they are made: the same bytes wherever they are built, with these files and no others.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import t from 'tap';
import { VERSION } from '../../src/control/version.ts';
import { containerProblem } from './container.ts';
import { CLIENT_FILES, SERVER_FILES } from './installed-files.ts';
import { buildCopy, buildPackages, digests, packagesIn, packagesProblem, query } from './packages.ts';

const work = await mkdtemp(join(tmpdir(), 'chatroom-packages-'));
t.teardown(() => rm(work, { recursive: true }));
const here = join(work, 'here');
const elsewhere = join(work, 'elsewhere');
const problem = packagesProblem() ?? containerProblem();

await t.test('the packages', { skip: problem ?? false, timeout: 90_000 }, async (test) => {
  await Promise.all([buildPackages(here), buildCopy(elsewhere)]);
  test.strictSame(await digests(here), await digests(elsewhere), 'the same bytes, wherever they are built');
  const [server = '', client = ''] = await packagesIn(here);
  const arch = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  test.equal(basename(server), `chatroom-${VERSION}-1.amzn2023.${arch}.rpm`);
  test.equal(basename(client), `chatroom-client-${VERSION}-1.amzn2023.noarch.rpm`);
  test.strictSame(await query(server, '--list'), SERVER_FILES, 'these files and no others');
  test.strictSame(await query(client, '--list'), CLIENT_FILES, 'and of them, for people');
  test.equal((await query(server, '--requires')).includes('nodejs24'), true);
  const provides = await query(server, '--provides');
  test.match(provides.join('\n'), /^bundled\(npm\(yargs\)\) = \d/m, 'what is bundled is told');
});
