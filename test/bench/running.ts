// A server that is being measured: started in a directory of its own, ended and cleared away with it.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/process.ts';
import type { Way } from './member.ts';
import { Scratch } from './scratch.ts';
import { type ServerName, SERVERS } from './servers.ts';

const START_MS = 30_000;
const SAID_CHARS = 500;

/** What stands before a server's command line, such as taskset(1), and what comes after. */
export interface Wrapping {
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  /** A directory that is there already and stays. */
  readonly dir?: string;
}

export class Running implements AsyncDisposable {
  readonly name: ServerName;
  readonly port: number;
  readonly pid: number;
  readonly dir: string;
  readonly #child: ChildProcess;
  readonly #scratch: Scratch | undefined;
  /** A bench that is cut short leaves no server behind. */
  readonly #cutShort = (): void => void this.#child.kill('SIGKILL');

  private constructor(name: ServerName, port: number, place: Scratch | string, child: ChildProcess) {
    assert(child.pid !== undefined);
    this.name = name;
    this.port = port;
    this.pid = child.pid;
    this.#scratch = typeof place === 'string' ? undefined : place;
    this.dir = typeof place === 'string' ? place : place.dir;
    this.#child = child;
    // Before its files go.
    process.prependOnceListener('exit', this.#cutShort);
  }

  /** Starts the server and resolves when its port takes connections. */
  static async start(name: ServerName, { before = [], after = [], dir }: Wrapping = {}): Promise<Running> {
    const port = await freePort();
    const place = dir ?? new Scratch();
    const home = typeof place === 'string' ? place : place.dir;
    const [program = '', ...args] = [...before, ...SERVERS[name].command(port, home), ...after];
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, CHATROOM_CONFIG: '' },
    });
    await once(child, 'spawn').catch((error: unknown) => {
      if (place instanceof Scratch) place[Symbol.dispose]();
      throw error;
    });
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => (said = (said + bytes.toString()).slice(-SAID_CHARS)));
    const running = new Running(name, port, place, child);
    const until = performance.now() + START_MS;
    while (!(await takesConnections(port))) {
      if (child.exitCode !== null || child.signalCode !== null || performance.now() > until) {
        await running[Symbol.asyncDispose]();
        throw new Error(`${name} did not start: ${said.trim()}`);
      }
      await sleep(2);
    }
    return running;
  }

  /** How members reach it. */
  way(secure = false): Way {
    return { port: this.port, speech: SERVERS[this.name].speech, secure };
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
    process.off('exit', this.#cutShort);
    this.#scratch?.[Symbol.dispose]();
  }
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
