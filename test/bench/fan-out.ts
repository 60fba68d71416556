// One room or many, some of whose members speak: how much each server delivers, what a delivery costs it, and how long it takes.

import { Load } from './load.ts';
import type { Pace } from './orders.ts';
import { cpuSeconds } from './process-cost.ts';
import { Running } from './running.ts';
import type { Crowd } from './seats.ts';
import type { ServerName } from './servers.ts';

const WARM_UP_MS = 700;
const SETTLE_MS = 300;

export interface FanOut {
  readonly crowd: Crowd;
  readonly pace: Pace;
  readonly seconds: number;
  readonly secure: boolean;
}

/** What one measurement of a server gave. */
export type Sample = {
  readonly deliveriesPerSecond: number;
  readonly messagesPerSecond: number;
  /** The server's time on a CPU for one delivery, in microseconds. */
  readonly cpuMicros: number;
  /** Its time on a CPU, of all its threads, to the time that passed: one that waits for its members or a timer is well below 100. */
  readonly busyPercent: number;
  /** From being said to being heard by the first who came in. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** And by the last. */
  readonly lastP50Ms: number;
  readonly lastP99Ms: number;
};

/** The figures in the order of the table. */
export const FIGURES = [
  'deliveriesPerSecond',
  'messagesPerSecond',
  'cpuMicros',
  'busyPercent',
  'p50Ms',
  'p99Ms',
  'lastP50Ms',
  'lastP99Ms',
] as const satisfies readonly (keyof Sample)[];

/** Measures one server once. */
export async function measure(name: ServerName, fanOut: FanOut): Promise<Sample> {
  await using server = await Running.start(name);
  await using load = await Load.enter(server.way(fanOut.secure), fanOut.crowd);
  return await listen(server.pid, load, fanOut);
}

/** Measures a crowd that is in its rooms already. */
export async function listen(
  pid: number,
  load: Load,
  { pace, seconds }: Pick<FanOut, 'pace' | 'seconds'>,
): Promise<Sample> {
  await load.wait(SETTLE_MS);
  load.speak(pace);
  await load.wait(WARM_UP_MS);
  load.count();
  const cpuBefore = cpuSeconds(pid);
  const before = performance.now();
  await load.wait(seconds * 1000);
  const cpu = cpuSeconds(pid) - cpuBefore;
  const elapsed = (performance.now() - before) / 1000;
  const heard = await load.heard();
  load.hush();
  const { first, last } = heard.delays;
  return {
    deliveriesPerSecond: heard.deliveriesPerSecond,
    messagesPerSecond: heard.messagesPerSecond,
    cpuMicros: (cpu * 1e6) / heard.deliveries,
    busyPercent: (cpu / elapsed) * 100,
    p50Ms: first.p50Ms,
    p99Ms: first.p99Ms,
    lastP50Ms: last.p50Ms,
    lastP99Ms: last.p99Ms,
  };
}
