// `npm run bench`: how fast the hub is, as ratios on this machine in this minute, since absolute times mean nothing
// elsewhere. It measures the built programs in dist/ and takes a minute.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/process.ts';
import { load } from './load.ts';
import { million } from './million.ts';

const DIST = join(import.meta.dirname, '../../dist');
const RUNS = 3;

async function start(command: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const chunk of child.stdout) if (String(chunk).includes('listening')) break;
  child.stdout.resume();
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

async function startHub(dir: string, port: number): Promise<ChildProcess> {
  const flags = ['--listen', `127.0.0.1:${port}`, '--state-dir', dir, '--control', join(dir, 'control.sock')];
  return start([join(DIST, 'chatroomd.js'), ...flags, '--no-limits']);
}

async function fanOut(members: number, senders: number): Promise<void> {
  const hub: number[] = [];
  const bare: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    for (const [results, which] of [
      [bare, 'bare'],
      [hub, 'hub'],
    ] as const) {
      const dir = mkdtempSync(join(tmpdir(), 'chatroom-bench-'));
      const port = await freePort();
      const server =
        which === 'hub'
          ? await startHub(dir, port)
          : await start([join(import.meta.dirname, 'bare.ts'), String(port)]);
      const result = await load({ port, members, senders, seconds: 3, window: 256 });
      results.push(result.deliveriesPerSecond);
      await end(server);
      rmSync(dir, { recursive: true });
    }
  }
  const ratio = median(hub) / median(bare);
  const perSecond = (values: number[]): string => `${(median(values) / 1e6).toFixed(2)} M/s`;
  console.log(
    `${members} members, ${senders} senders: deliveries ${perSecond(hub)}, ${ratio.toFixed(2)} of a bare fan-out without a store (${perSecond(bare)})`,
  );
}

function wallMs(command: readonly string[]): number {
  const times = Array.from({ length: 9 }, () => {
    const started = performance.now();
    spawnSync(process.execPath, command, { stdio: 'ignore' });
    return performance.now() - started;
  });
  return median(times);
}

async function operatorsPatience(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'chatroom-bench-'));
  const hub = await startHub(dir, await freePort());
  const who = wallMs([join(DIST, 'chatctl.js'), '--socket', join(dir, 'control.sock'), 'who']);
  const nothing = wallMs(['-e', '0']);
  await end(hub);
  rmSync(dir, { recursive: true });
  console.log(`chatctl who: ${(who / nothing).toFixed(2)} times as long as node -e 0`);
}

await fanOut(10, 5);
await fanOut(100, 10);
await operatorsPatience();
await million();
