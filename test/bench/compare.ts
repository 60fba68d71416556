// Measures several servers in turn, run after run, and lays the figures out as columns of the table.

import type { Column } from './row.ts';

const TITLES = {
  deliveriesPerSecond: 'deliveries/s',
  messagesPerSecond: 'messages/s',
  cpuMicros: 'CPU µs/delivery',
  busyPercent: 'busy %',
  p50Ms: 'p50 ms',
  p99Ms: 'p99 ms',
  lastP50Ms: "last's p50 ms",
  lastP99Ms: "last's p99 ms",
  members: 'members',
  joinsPerSecond: 'joins/s',
  kiBEach: 'KiB each',
  idlePercent: 'idle CPU %',
  mib: 'MiB',
  growth: 'growth',
  backSeconds: 'all back s',
  levelShare: 'level',
  ms: 'ms',
  startMs: 'start ms',
  pageMs: 'page ms',
  searchMs: 'search ms',
  cpuMicrosEach: 'CPU µs each',
} as const;

/**
 * Measures each in turn, as often as there are runs, each run beginning with another, so that no one has the same place behind the same other. A
 * run that fails leaves a NaN in its place, and is said why.
 */
export async function compare<N extends string, F extends string>(
  names: readonly N[],
  runs: number,
  measure: (name: N) => Promise<Readonly<Record<F, number>>>,
): Promise<{
  readonly column: (figure: F & keyof typeof TITLES) => Column;
  readonly troubles: readonly string[];
}> {
  const samples = new Map(names.map((name) => [name, [] as (Readonly<Record<F, number>> | undefined)[]]));
  const troubles: string[] = [];
  for (let run = 0; run < runs; run++) {
    const turn = run % names.length;
    for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
      const started = performance.now();
      const sample = await measure(name).catch((error: unknown) => {
        troubles.push(`${name} in run ${run + 1}: ${(error as Error).message}`);
        return undefined;
      });
      samples.get(name)?.push(sample);
      console.error(`  run ${run + 1}: ${name} took ${((performance.now() - started) / 1000).toFixed(1)} s`);
    }
  }
  const column = (figure: F & keyof typeof TITLES): Column => ({
    title: TITLES[figure],
    values: Object.fromEntries(
      [...samples].map(([name, all]) => [name, all.map((one) => one?.[figure] ?? Number.NaN)]),
    ),
  });
  return { column, troubles };
}
