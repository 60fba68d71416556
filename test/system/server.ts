// A freshly started instance, as far as a package can tell: Amazon's repositories, its presets, and nothing of chatroom.

import { copyFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAmazon, makeRepository, Signer } from './amazon.ts';
import { Container, type Outcome } from './container.ts';
import { Guest } from './guests.ts';
import { ROOT } from './packages.ts';

const ORIGINAL_CLIENT = join(ROOT, '../shared/seed/client.py');

/** What lies under /srv on the instance: the packages as they are now, the next release, and the first as whoever forgot to sign them. */
const REPOSITORIES = ['room', 'next', 'unsigned'] as const;

/** For programs inside to see firewalls of systemd's units at work, as on an instance. */
const WITH_FIREWALLS = ['--capability=CAP_BPF,CAP_PERFMON', '--system-call-filter=bpf'];

export class Server {
  readonly machine: Container;
  readonly #tree: string;

  private constructor(machine: Container, tree: string) {
    this.machine = machine;
    this.#tree = tree;
  }

  /** `packages` and `next`: directories of our packages, now and in the next release; `node`: the program that nodejs24 shall have. */
  static async boot(packages: string, next: string, node: string): Promise<Server> {
    const tree = await mkdtemp(join(tmpdir(), 'chatroom-server-'));
    const signer = await Signer.make();
    try {
      await furnish(tree, signer, { packages, next, node });
      const machine = await Container.boot(tree, WITH_FIREWALLS);
      return new Server(machine, tree);
    } catch (error) {
      await rm(tree, { recursive: true });
      throw error;
    } finally {
      await signer.dispose();
    }
  }

  async powerOff(): Promise<void> {
    await this.machine.powerOff();
    await rm(this.#tree, { recursive: true });
  }

  /** Runs a shell command as root and resolves with what it printed. @throws Error if it fails */
  shell(command: string): Promise<string> {
    return this.machine.shell(command);
  }

  /** Runs a shell command and resolves with what came of it. */
  try(command: string): Promise<Outcome> {
    return this.machine.run('sh', '-c', `exec </dev/null; ${command}`);
  }

  dnf(words: string): Promise<Outcome> {
    return this.try(`dnf --assumeyes --quiet --releasever=2023 ${words}`);
  }

  /** What the journal has of one program since the boot. */
  journal(identifier: string): Promise<string> {
    return this.shell(`journalctl --identifier=${identifier} --output=cat --no-pager`);
  }

  /** A command on a terminal. */
  terminal(command: string): Guest {
    return new Guest(this.machine, '/usr/bin/script', '-qec', command, '/dev/null');
  }

  /** Somebody with our own client, as programs use it. */
  async chat(nick: string): Promise<Guest> {
    const guest = new Guest(this.machine, '/usr/bin/env', 'chat', '127.0.0.1', '--json', '--nick', nick);
    await guest.sees(/"welcome"/);
    return guest;
  }

  /** Somebody with nc. */
  async nc(nick: string): Promise<Guest> {
    const guest = new Guest(this.machine, '/usr/bin/env', 'nc', '127.0.0.1', '3040');
    await guest.sees(/NICKNAME/);
    guest.type(nick);
    await guest.sees(/Connected to server!/);
    return guest;
  }

  /** Somebody with the original client. */
  async original(nick: string): Promise<Guest> {
    const guest = new Guest(this.machine, '/usr/bin/env', 'python3', '-u', '/srv/client.py');
    for (const [asked, answer] of [
      [/IP address:/, '127.0.0.1'],
      [/nickname:/, nick],
    ] as const) {
      await guest.sees(asked);
      guest.type(answer);
    }
    await guest.sees(/Connected to server!/);
    return guest;
  }
}

/** Why nobody can talk with the original client; false if somebody can. */
export function noOriginalClient(): string | false {
  if (!existsSync(ORIGINAL_CLIENT)) return 'the original client is not beside this checkout';
  return existsSync('/usr/bin/python3') ? false : 'python3 is not installed';
}

async function furnish(
  tree: string,
  signer: Signer,
  { packages, next, node }: { readonly packages: string; readonly next: string; readonly node: string },
): Promise<void> {
  const places = {
    repos: join(tree, 'etc/yum.repos.d'),
    presets: join(tree, 'usr/lib/systemd/system-preset'),
  };
  for (const place of [...Object.values(places), join(tree, 'srv')]) await mkdir(place, { recursive: true });
  await cp(packages, join(tree, 'srv/room'), { recursive: true });
  await cp(packages, join(tree, 'srv/unsigned'), { recursive: true });
  await cp(next, join(tree, 'srv/next'), { recursive: true });
  await buildAmazon(join(tree, 'srv/room'), node);
  await signer.publish(join(tree, 'srv/room'));
  await signer.publish(join(tree, 'srv/next'));
  await makeRepository(join(tree, 'srv/unsigned'));
  await writeFile(join(places.repos, 'chatroom-test.repo'), REPOSITORIES.map(repository).join('\n'));
  // By Amazon's presets nothing is started unasked.
  await writeFile(join(places.presets, '99-default-disable.preset'), 'disable *\n');
  if (existsSync(ORIGINAL_CLIENT)) await copyFile(ORIGINAL_CLIENT, join(tree, 'srv/client.py'));
}

function repository(name: (typeof REPOSITORIES)[number]): string {
  return `[${name}]
name=${name}
baseurl=file:///srv/${name}
enabled=${name === 'room' ? 1 : 0}
gpgcheck=1
repo_gpgcheck=${name === 'unsigned' ? 0 : 1}
gpgkey=file:///srv/room/KEY.asc
`;
}
