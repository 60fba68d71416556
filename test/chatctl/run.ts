// Runs chatctl as a shell would: a process of its own, from its sources.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export const MAIN = join(import.meta.dirname, '../../src/chatctl/main.ts');

export interface Ran {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

export interface RunSetup {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Only what a test gives counts: the developer's own hub and colours must not. */
export function environment(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  // The sources are stripped of their types once, not for every process.
  const cache = { NODE_COMPILE_CACHE: join(tmpdir(), 'chatctl-compile-cache') };
  return { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...cache, ...env };
}

/** A command as a process. @returns how it ended and all it said */
export async function run(
  command: string,
  args: readonly string[],
  { input = '', env = {} }: RunSetup = {},
): Promise<Ran> {
  const child = spawn(command, args, { env: environment(env) });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const ended = once(child, 'close');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code, signal] = (await ended) as [number | null, string | null];
  return { code, signal, out, err };
}

/** chatctl, pointed at the control socket `path`. */
export function chatctl(path: string, args: readonly string[], { input, env }: RunSetup = {}): Promise<Ran> {
  return run(process.execPath, [MAIN, ...args], {
    ...(input === undefined ? {} : { input }),
    env: { CHATROOM_CONTROL: path, ...env },
  });
}

/** What is expected of a run: a text exactly, a pattern anywhere in it; what is left out may be anything. */
export interface Expected {
  readonly code: number;
  readonly out?: string | RegExp;
  readonly err?: string | RegExp;
}

/** What of tap an expectation needs. */
export interface Judge {
  equal(found: unknown, wanted: unknown, name: string): unknown;
  match(found: unknown, wanted: RegExp, name: string): unknown;
}

/** tap's own match is content with a text that holds the expected one, and so with any when that is empty. */
export function told(t: Judge, ran: Ran, expected: Expected, name = 'chatctl'): void {
  t.equal(ran.code, expected.code, `${name}: exit status (${ran.err.trim()})`);
  for (const stream of ['out', 'err'] as const) {
    const wanted = expected[stream];
    if (typeof wanted === 'string') t.equal(ran[stream], wanted, `${name}: ${stream}`);
    else if (wanted !== undefined) t.match(ran[stream], wanted, `${name}: ${stream}`);
  }
}

// tap has every Node process write about itself, which nobody may not.
const NOBODY = ['--reuid=65534', '--regid=65534', '--clear-groups', 'env', '-u', 'NODE_OPTIONS'];

/** What setpriv(1) is told to run chatctl as a user without any rights; the words of chatctl follow. */
export const AS_NOBODY: readonly string[] = [...NOBODY, process.execPath, MAIN];

/** Why that cannot be done here, or false. */
export function cannotDrop(): string | false {
  if (process.geteuid?.() !== 0) return 'only root can become somebody else';
  const { status } = spawnSync('setpriv', [...AS_NOBODY, '--version']);
  return status !== 0 && 'nobody else may run this checkout, or there is no setpriv(1)';
}

/** Listens on a port of the loopback address until the test ends. */
export async function serve(
  t: { teardown(run: () => unknown): void },
  server: Server | HttpServer,
): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}
