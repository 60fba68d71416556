// How many TLS connections a second a server takes, and what each costs it: connect, handshake, close, some at a time, for a while.

import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as secure } from 'node:tls';
import { cpuSeconds } from './process-cost.ts';
import type { Running } from './running.ts';

const AT_ONCE = 16;

async function handshake(port: number, greets: boolean): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, greets ? 'data' : 'connect');
  const inside = secure({ socket, rejectUnauthorized: false });
  await once(inside, 'secureConnect');
  inside.destroy();
}

/** `greets`: the server says something in plain text before the handshake. */
export async function handshakes(
  server: Running,
  seconds: number,
  greets: boolean,
): Promise<{ connectsPerSecond: number; cpuMicrosEach: number }> {
  const started = performance.now();
  const until = started + seconds * 1000;
  const cpuBefore = cpuSeconds(server.pid);
  let count = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (; performance.now() < until; count++) await handshake(server.port, greets);
    }),
  );
  const elapsed = (performance.now() - started) / 1000;
  const cpu = cpuSeconds(server.pid) - cpuBefore;
  return { connectsPerSecond: count / elapsed, cpuMicrosEach: (cpu * 1e6) / count };
}
