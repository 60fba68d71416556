// Runs the hub as a process of its own, as an operator would, so that it can be killed.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Teardown } from './daemon.ts';

const LOWEST_PORT = 15_000;
/** The first of Linux' usual range, net.ipv4.ip_local_port_range. */
const LOWEST_EPHEMERAL_PORT = 32_768;

const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'src/daemon/main.ts');

/** The options that Node has when it runs as the service. */
export const NODE_OPTIONS: readonly string[] =
  /^ExecStart=\S+ (.+) \S+$/m
    .exec(readFileSync(join(ROOT, 'systemd/chatroom.service'), 'utf8'))?.[1]
    ?.split(' ') ?? [];

export interface HubProcess {
  readonly child: ChildProcess;
  readonly port: number;
  readonly log: () => string;
  /** Sends `signal` and resolves with how it ended. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/**
 * A port of the loopback address that was free a moment ago. None of those the kernel gives to outgoing connections: while
 * nobody listens there, one of them that tries to connect could be given that very port, and meet itself.
 */
export async function freePort(): Promise<number> {
  const server = createServer();
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (LOWEST_EPHEMERAL_PORT - LOWEST_PORT));
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening');
      break;
    } catch {
      // Somebody has it: another one.
    }
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/**
 * Starts a hub with its state in `dir` and resolves when it listens; rejects with its log when it ends before. `through`: the
 * words of a command that runs it.
 */
export async function runHub(
  t: Teardown,
  dir: string,
  port: number,
  flags: readonly string[] = [],
  through: readonly string[] = [],
): Promise<HubProcess> {
  const own = ['--listen', `127.0.0.1:${port}`, '--state-dir', dir, '--control', join(dir, 'control.sock')];
  const words = [
    ...own,
    ...(flags.includes('--limits') ? [] : ['--no-limits']),
    '--log-format',
    'text',
    ...flags,
  ];
  const [program = '', ...args] = [...through, process.execPath, ...NODE_OPTIONS, MAIN, ...words];
  const child = spawn(program, args, {
    env: { ...process.env, CHATROOM_CONFIG: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let text = '';
  const ended = once(child, 'exit');
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      text += chunk.toString();
      if (text.includes('listening')) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', () => reject(new Error(`the hub ended: ${text}`)));
  });
  return {
    child,
    port,
    log: () => text,
    end: async (signal) => {
      child.kill(signal);
      const [code, by] = (await ended) as [number | null, NodeJS.Signals | null];
      return { code, signal: by };
    },
  };
}
