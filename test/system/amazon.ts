// A stand-in for Amazon Linux 2023's package repository: signed, and with just those of its packages, at its versions, that ours may lean on.
// What they do not provide is not there, so an install that works here asks for nothing more.

import { execFile } from 'node:child_process';
import { access, copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packagesIn } from './packages.ts';

const run = promisify(execFile);

/** The oldest Node 24 that Amazon Linux 2023 has shipped. */
const OLDEST_NODE = '24.13.0';
const FETCH_LIMIT_MS = 60_000;

/** Each number of a series of symbol versions, which libraries provide one by one. */
function series(library: string, prefix: string, versions: readonly string[]): string[] {
  return versions.map((version) => `${library}(${prefix}_${version})(64bit)`);
}

function upTo(first: number, last: number, before = ''): string[] {
  return Array.from({ length: last - first + 1 }, (_, at) => `${before}${first + at}`);
}

/** Packages of Amazon Linux 2023, and what they provide besides their names. */
const PACKAGES: Readonly<Record<string, { version: string; provides: readonly string[] }>> = {
  'systemd-libs': {
    version: '252.23',
    provides: ['libsystemd.so.0()(64bit)', ...series('libsystemd.so.0', 'LIBSYSTEMD', upTo(209, 252))],
  },
  glibc: {
    version: '2.34',
    provides: [
      'rtld(GNU_HASH)',
      ...['libc.so.6', 'libm.so.6'].flatMap((library) => [
        `${library}()(64bit)`,
        ...series(library, 'GLIBC', ['2.2.5', ...upTo(3, 34, '2.')]),
      ]),
    ],
  },
  'libstdc++': {
    version: '11.4.1',
    provides: [
      'libstdc++.so.6()(64bit)',
      ...series('libstdc++.so.6', 'GLIBCXX', ['3.4', ...upTo(1, 29, '3.4.')]),
      ...series('libstdc++.so.6', 'CXXABI', ['1.3', ...upTo(1, 13, '1.3.')]),
    ],
  },
  libgcc: { version: '11.4.1', provides: ['libgcc_s.so.1()(64bit)', 'libgcc_s.so.1(GCC_3.0)(64bit)'] },
  bash: { version: '5.2.15', provides: ['/bin/sh'] },
  'shadow-utils': { version: '4.9', provides: [] },
  nodejs24: { version: OLDEST_NODE, provides: [] },
};

/** One spec file for all of them; nodejs24 has a real Node inside. */
function specFile(node: string): string {
  const packages = Object.entries(PACKAGES).map(
    ([name, { version, provides }]) => `
%package -n ${name}
Summary: Stands in for ${name}
Version: ${version}
AutoReqProv: no
${provides.map((each) => `Provides: ${each}\n`).join('')}
%description -n ${name}
%files -n ${name}
`,
  );
  return `
%global __os_install_post %{nil}
%global debug_package %{nil}
%global _build_id_links none
%global _binary_payload w1.zstdio
Name: amazon
Version: 2023
Release: 1%{?dist}
Summary: None
License: None
%description
${packages.join('')}
%install
install -D -m 0755 ${node} %{buildroot}/usr/bin/node-24
%files -n nodejs24
/usr/bin/node-24
`;
}

/** Node ${OLDEST_NODE}, kept between runs; or the Node that runs this, and why. */
export async function oldestNode(): Promise<{ path: string; problem: string | undefined }> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'chatroom-tests');
  const name = `node-linux-${process.arch}`;
  const path = join(cache, `${name}-${OLDEST_NODE}`);
  const work = await mkdtemp(join(tmpdir(), 'chatroom-node-'));
  try {
    await access(path).catch(async () => {
      const pack = ['pack', '--silent', '--pack-destination', work, `${name}@${OLDEST_NODE}`];
      await run('npm', pack, { cwd: work, timeout: FETCH_LIMIT_MS });
      await run('tar', ['-xzf', `${name}-${OLDEST_NODE}.tgz`, 'package/bin/node'], { cwd: work });
      await mkdir(cache, { recursive: true });
      await copyFile(join(work, 'package/bin/node'), `${path}.${process.pid}`);
      await rename(`${path}.${process.pid}`, path);
    });
    return { path, problem: undefined };
  } catch (error) {
    const [why] = String(error).split('\n');
    return { path: process.execPath, problem: `Node ${OLDEST_NODE} cannot be had: ${why}` };
  } finally {
    await rm(work, { recursive: true });
  }
}

/** Builds the stand-ins into `out`. */
export async function buildAmazon(out: string, node: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'chatroom-amazon-'));
  try {
    await writeFile(join(work, 'amazon.spec'), specFile(node));
    const defines = [
      `_topdir ${work}`,
      `_rpmdir ${out}`,
      '_rpmfilename %%{NAME}-%%{VERSION}.rpm',
      'dist .amzn2023',
    ];
    await run('rpmbuild', [
      '-bb',
      ...defines.flatMap((each) => ['--define', each]),
      join(work, 'amazon.spec'),
    ]);
  } finally {
    await rm(work, { recursive: true });
  }
}

/** A key to sign with, in a keyring of its own. */
export class Signer {
  readonly #home: string;

  private constructor(home: string) {
    this.#home = home;
  }

  static async make(): Promise<Signer> {
    const signer = new Signer(await mkdtemp(join(tmpdir(), 'chatroom-gpg-')));
    await signer.#gpg(
      '--quick-generate-key',
      'chatroom test <test@example.invalid>',
      'rsa3072',
      'sign',
      '1d',
    );
    return signer;
  }

  /** Makes `directory` a repository with every package and the index signed, and the key beside them as KEY.asc. */
  async publish(directory: string): Promise<void> {
    const defines = ['__gpg /usr/bin/gpg', '_gpg_name test@example.invalid'];
    const sign = [
      ...defines.flatMap((each) => ['--define', each]),
      '--addsign',
      ...(await packagesIn(directory)),
    ];
    await run('rpmsign', sign, { env: this.#environment() });
    await makeRepository(directory);
    await this.#gpg('--detach-sign', '--armor', join(directory, 'repodata/repomd.xml'));
    await this.#gpg('--armor', '--output', join(directory, 'KEY.asc'), '--export');
  }

  /** Forgets the key and ends what gpg left running. */
  async dispose(): Promise<void> {
    await run('gpgconf', ['--kill', 'all'], { env: this.#environment() });
    await rm(this.#home, { recursive: true });
  }

  async #gpg(...args: readonly string[]): Promise<void> {
    const quiet = ['--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', ''];
    await run('gpg', [...quiet, ...args], { env: this.#environment() });
  }

  #environment(): NodeJS.ProcessEnv {
    return { PATH: process.env['PATH'], GNUPGHOME: this.#home };
  }
}

/** Makes `directory` a repository as it is, unsigned if its packages are. */
export async function makeRepository(directory: string): Promise<void> {
  await run('createrepo_c', ['--quiet', directory]);
}
