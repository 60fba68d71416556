// The original client and server, exactly as they are: the yardstick for compatibility. The project keeps no copy.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Teardown } from './daemon.ts';

const SEED = join(import.meta.dirname, '../../../shared/seed');
const PATIENCE_MS = 15_000;

/** Why the originals cannot run here; false when they can. */
export function seedMissing(): string | false {
  if (!existsSync(join(SEED, 'client.py'))) return 'the original client is not beside this checkout';
  const python = (process.env['PATH'] ?? '').split(delimiter).some((dir) => existsSync(join(dir, 'python3')));
  return python ? false : 'python3 is not installed';
}

/** One of the original programs, typed at and read like a person would. */
class SeedProgram {
  readonly child: ChildProcessWithoutNullStreams;
  printed = '';
  readonly #waiting = new Set<() => void>();

  constructor(t: Teardown, file: string, cwd: string) {
    // -u: what it prints comes at once, as on a terminal.
    this.child = spawn('python3', ['-u', file], { cwd });
    t.teardown(() => this.child.kill('SIGKILL'));
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.printed += chunk.toString();
        for (const check of this.#waiting) check();
      });
    }
    this.child.stdin.on('error', () => {});
  }

  type(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }

  prints(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(
            new Error(`the original did not print ${text}, but ${JSON.stringify(this.printed.slice(-2000))}`),
          ),
        PATIENCE_MS,
      );
      const check = (): void => {
        if (!this.printed.includes(text)) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }
}

/** The original client, in the room of the hub at `host`:3040 (its port is fixed) under the name `nick`. */
export class SeedClient extends SeedProgram {
  static async enter(t: Teardown, host: string, nick: string): Promise<SeedClient> {
    const client = new SeedClient(t, join(SEED, 'client.py'), tmpdir());
    await client.prints('Enter server IP address:');
    client.type(host);
    await client.prints('Choose your nickname:');
    client.type(nick);
    await client.prints('Connected to server!');
    return client;
  }

  /** What it printed of what it received: without its own questions and its prompt. */
  received(): string[] {
    return this.printed
      .replace(/^.*Choose your nickname: /s, '')
      .split('\n')
      .filter((line) => line !== '' && line !== 'You: ');
  }
}

/** The original server, on `host`:`port`, mended only so far that it runs at all: it calls its accept loop and binds where it is told. */
export async function startSeedServer(t: Teardown, host: string, port: number): Promise<SeedProgram> {
  const dir = mkdtempSync(join(tmpdir(), 'chatroom-seed-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const source = readFileSync(join(SEED, 'server.py'), 'utf8')
    .replace(/^host_name = .*$/m, `host_name = '${host}'`)
    .replace(/^s_ip = .*$/m, `s_ip = '${host}'`)
    .replace(/^port = .*$/m, `port = ${port}`);
  const file = join(dir, 'server.py');
  writeFileSync(file, `${source}\nreceive()\n`);
  const server = new SeedProgram(t, file, dir);
  await server.prints('Enter name:');
  server.type('server');
  return server;
}
