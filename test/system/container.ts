// A throwaway machine with a real systemd: systemd-nspawn boots the host's own root file system under an overlay, so nothing on the host
// changes, nothing is downloaded, and it takes about a second. Its mounts live in a mount namespace and its processes die with their parent,
// so that even a test that is killed leaves none of either behind.

import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const BOOT_LIMIT_MS = 20_000;
const EXEC_LIMIT_MS = 60_000;
const POWEROFF_LIMIT_MS = 10_000;
const POLL_MS = 30;
/** What programs inside are told: nothing of the test's own surroundings, such as options for its Node. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };

/**
 * Prepares the root in a mount namespace of its own and becomes nspawn. $1 work directory, $2 files to install, $3 name, $4... cgroups;
 * $NSPAWN_OPTIONS what else nspawn is told.
 */
const BOOT_SCRIPT = `
work=$1 install=$2 name=$3; shift 3
for group; do echo $$ >"$group/cgroup.procs"; done
mount -t tmpfs -o size=2g,mode=755 chatroom-test "$work"
mkdir "$work/upper" "$work/over" "$work/root"
mount -t overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/over" chatroom-test "$work/root"
cd "$work/root"
rm -rf etc/systemd/system/*.wants etc/rc?.d/S* var/log/journal etc/machine-id
systemd-id128 new >etc/machine-id
echo 127.0.0.1 localhost >etc/hosts
cp -a "$install"/* .
exec systemd-nspawn --quiet --directory="$work/root" --boot --register=no --keep-unit --machine="$name" --private-network --console=pipe $NSPAWN_OPTIONS
`;

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Why no container can be booted here, or undefined if one can. */
export function containerProblem(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can boot a container';
  for (const tool of ['systemd-nspawn', 'nsenter', 'unshare', 'setpriv']) {
    if (spawnSync(tool, ['--version']).status !== 0) return `${tool} is not installed`;
  }
  const mount = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'chatroom-test', '/mnt']);
  return mount.status === 0 ? undefined : 'mounting is not allowed here';
}

export class Container {
  readonly #init: number;
  readonly #cleanUp: () => Promise<void>;
  readonly #started: ChildProcess[] = [];

  private constructor(init: number, cleanUp: () => Promise<void>) {
    this.#init = init;
    this.#cleanUp = cleanUp;
  }

  /**
   * Boots a machine whose root is the host's with the tree under `install` laid over it, and waits until systemd calls it running.
   * It has a network of its own with nothing but loopback. `options`: more for systemd-nspawn, without blanks.
   * @throws Error with the console's last words if that takes too long
   */
  static async boot(install: string, options: readonly string[] = []): Promise<Container> {
    const work = await mkdtemp(join(tmpdir(), 'chatroom-machine-'));
    const name = basename(work)
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]/g, '-');
    const groups = makeGroups(name);
    const script = [
      'unshare',
      '--mount',
      '--propagation=private',
      'sh',
      '-euc',
      BOOT_SCRIPT,
      'sh',
      work,
      install,
      name,
      ...groups,
    ];
    const nspawn = spawn('setpriv', ['--pdeathsig=TERM', ...script], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...ENVIRONMENT,
        SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1',
        NSPAWN_OPTIONS: options.join(' '),
      },
    });
    let console = '';
    for (const stream of [nspawn.stdout, nspawn.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        console = (console + text).slice(-4000);
      });
    }
    const cleanUp = async (): Promise<void> => {
      await end(nspawn);
      for (const group of groups) await removeGroup(group);
      await rm(work, { recursive: true });
    };
    try {
      const init = await waitFor('the container to start', BOOT_LIMIT_MS, () => firstChild(nspawn));
      const container = new Container(init, cleanUp);
      await waitFor('the container to boot', BOOT_LIMIT_MS, async () => {
        const { stdout } = await container.run('systemctl', 'is-system-running', '--wait');
        return /^(running|degraded)/.test(stdout) ? stdout : undefined;
      });
      return container;
    } catch (error) {
      await cleanUp();
      throw new Error(`the container did not boot: ${console}`, { cause: error });
    }
  }

  /** Runs a program inside, as root, and resolves with what came of it. */
  run(program: string, ...args: readonly string[]): Promise<Outcome> {
    return new Promise((resolve) => {
      execFile(
        'nsenter',
        this.#enter(program, args),
        { timeout: EXEC_LIMIT_MS, env: ENVIRONMENT },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
          resolve({ code, stdout, stderr });
        },
      );
    });
  }

  /** Runs a shell command inside and resolves with what it printed. @throws Error if it fails */
  async shell(command: string): Promise<string> {
    // With a socket for its input, bash takes itself for a login over the network and reads root's own start-up files.
    const { code, stdout, stderr } = await this.run('sh', '-c', `exec </dev/null; ${command}`);
    if (code !== 0) throw new Error(`${command}: exit ${code}: ${stderr}${stdout}`);
    return stdout.trim();
  }

  /** Starts a program inside and leaves it running; what still runs in the end goes down with the machine. */
  start(program: string, ...args: readonly string[]): ChildProcess {
    const started = spawn('nsenter', this.#enter(program, args), {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: ENVIRONMENT,
    });
    this.#started.push(started);
    return started;
  }

  /** Shuts the machine down as its switch would, and removes every trace of it. */
  async powerOff(): Promise<void> {
    for (const started of this.#started) await kill(started);
    await this.#cleanUp();
  }

  #enter(program: string, args: readonly string[]): string[] {
    return [
      '--target',
      String(this.#init),
      '--mount',
      '--uts',
      '--ipc',
      '--net',
      '--pid',
      '--cgroup',
      '--',
      // The test runner gives every process it sees started options that mean nothing inside.
      '/usr/bin/env',
      '--unset=NODE_OPTIONS',
      program,
      ...args,
    ];
  }
}

/**
 * Ends a program that nsenter started. The machine's own shutdown would wait for it in vain: it stops every process for a moment, and
 * nsenter, seeing its own stopped, stops too and never takes note of its end.
 */
async function kill(nsenter: ChildProcess): Promise<void> {
  if (nsenter.exitCode !== null || nsenter.signalCode !== null) return;
  const gone = once(nsenter, 'exit');
  const child = onlyChild(nsenter);
  if (child === undefined) nsenter.kill('SIGKILL');
  else process.kill(child, 'SIGKILL');
  await gone;
}

/** Asks nspawn for an orderly shutdown; a machine that takes too long loses its power. */
async function end(nspawn: ChildProcess): Promise<void> {
  if (nspawn.exitCode !== null || nspawn.signalCode !== null) return;
  const gone = once(nspawn, 'exit');
  nspawn.kill('SIGTERM');
  const limit = setTimeout(() => {
    // Without its first process a container ends, and nspawn after it; killing nspawn alone would leave the container running.
    const target = onlyChild(nspawn) ?? nspawn.pid;
    if (target !== undefined) process.kill(target, 'SIGKILL');
  }, POWEROFF_LIMIT_MS);
  await gone;
  clearTimeout(limit);
}

/** Asks again and again until there is an answer: for what systemd does in its own time and tells nobody. */
export async function waitFor<T>(
  what: string,
  limitMs: number,
  ask: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`waited too long for ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
}

/** The container's first process, once nspawn has made it and it is systemd. */
function firstChild(nspawn: ChildProcess): number | undefined {
  if (nspawn.pid === undefined || nspawn.exitCode !== null)
    throw new Error(`systemd-nspawn ended with exit code ${nspawn.exitCode}`);
  if (!readFileSync(`/proc/${nspawn.pid}/comm`, 'utf8').startsWith('systemd-nspawn')) return undefined;
  const child = onlyChild(nspawn);
  if (child === undefined) return undefined;
  return readFileSync(`/proc/${child}/comm`, 'utf8').trim() === 'systemd' ? child : undefined;
}

function onlyChild({ pid }: ChildProcess): number | undefined {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  return child === undefined || child === '' ? undefined : Number(child);
}

/** A control group of its own in every hierarchy that systemd uses, since two containers in one would fight over it. */
function makeGroups(name: string): string[] {
  const mixed = ['systemd', 'unified']
    .map((hierarchy) => join('/sys/fs/cgroup', hierarchy))
    .filter((path) => existsSync(path));
  const groups = (mixed.length > 0 ? mixed : ['/sys/fs/cgroup']).map((hierarchy) => join(hierarchy, name));
  for (const group of groups) mkdirSync(group);
  return groups;
}

/** A control group can be removed only when it is empty, from the innermost outwards, and the last process takes a moment to leave it. */
async function removeGroup(group: string): Promise<void> {
  for (const entry of await readdir(group, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeGroup(join(group, entry.name));
  }
  await waitFor(`${group} to be empty`, POWEROFF_LIMIT_MS, () =>
    rmdir(group).then(
      () => true,
      () => undefined,
    ),
  );
}
