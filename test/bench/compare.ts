// Measures several servers in turn, run after run, and lays the figures out as columns of the table.

import type { Column } from './row.ts';

const TITLES = {
  deliveriesPerSecond: 'deliveries/s',
  messagesPerSecond: 'messages/s',
  cpuMicros: 'CPU µs/delivery',
  p50Ms: 'p50 ms',
  p99Ms: 'p99 ms',
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
  connectsPerSecond: 'connects/s',
  cpuMicrosEach: 'CPU µs each',
} as const;

/** Measures each in turn, as often as there are runs; one that fails is left out and said why. */
export async function compare<N extends string, F extends string>(
  names: readonly N[],
  runs: number,
  measure: (name: N) => Promise<Readonly<Record<F, number>>>,
): Promise<{
  readonly column: (figure: F & keyof typeof TITLES) => Column;
  readonly troubles: readonly string[];
}> {
  const samples = new Map<N, Readonly<Record<F, number>>[]>();
  const troubles: string[] = [];
  for (let run = 0; run < runs; run++) {
    for (const name of names) {
      const started = performance.now();
      try {
        const sample = await measure(name);
        samples.set(name, [...(samples.get(name) ?? []), sample]);
      } catch (error) {
        troubles.push(`${name}: ${(error as Error).message}`);
      }
      console.error(`  run ${run + 1}: ${name} took ${((performance.now() - started) / 1000).toFixed(1)} s`);
    }
  }
  const column = (figure: F & keyof typeof TITLES): Column => ({
    title: TITLES[figure],
    values: Object.fromEntries([...samples].map(([name, all]) => [name, all.map((one) => one[figure])])),
  });
  return { column, troubles };
}
