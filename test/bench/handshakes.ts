// What a TLS connection costs a server: connect, handshake, close, some at a time, for a while. The clients reckon more than the server does and
// share a core, so how many there are in a second would be theirs.

import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as secure } from 'node:tls';
import { cpuSeconds } from './process-cost.ts';
import type { Running } from './running.ts';

const AT_ONCE = 16;
const WARM_UP_SECONDS = 1;

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
): Promise<{ cpuMicrosEach: number }> {
  await shake(server, WARM_UP_SECONDS, greets);
  const cpuBefore = cpuSeconds(server.pid);
  const count = await shake(server, seconds, greets);
  return { cpuMicrosEach: ((cpuSeconds(server.pid) - cpuBefore) * 1e6) / count };
}

/** How many were made. */
async function shake({ port }: Running, seconds: number, greets: boolean): Promise<number> {
  const until = performance.now() + seconds * 1000;
  let count = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (; performance.now() < until; count++) await handshake(port, greets);
    }),
  );
  return count;
}
