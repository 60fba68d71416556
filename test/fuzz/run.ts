// `npm run fuzz`: the siege of streams.test.ts and the plays of recovery.test.ts for as long as one likes. `-- --streams 1000000
// --plays 10000 --seed 7` says how many, and which; a failure names the seed that shows it again.

import { parseArgs } from 'node:util';
import { startHub } from '../support/daemon.ts';
import { plays } from '../support/plays.ts';
import { besiege } from './siege.ts';

const MOST = 10_000_000;
const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '60000' },
    plays: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '' },
  },
});
const counts = { streams: Number(values.streams), plays: Number(values.plays) };
const seed = values.seed === '' ? Date.now() % 2 ** 31 : Number(values.seed);

const areCounts = Object.values(counts).every((n) => Number.isInteger(n) && n >= 0 && n <= MOST);
if (!areCounts || !Number.isInteger(seed)) {
  console.error(`usage: npm run fuzz -- [--streams N] [--plays N] [--seed S], N from 0 to ${MOST}`);
  process.exit(2);
}

async function streams(count: number): Promise<string> {
  const ends: (() => unknown)[] = [];
  const t = { teardown: (run: () => unknown) => void ends.unshift(run) };
  const hub = await startHub(t, {
    resumeGrace: 1,
    proxyFrom: [{ address: '127.0.0.0', prefix: 8, family: 'ipv4' }],
  });
  hub.daemon.log.level = 'warn';
  const startedAt = performance.now();
  const progress = (done: number): void => {
    if (done > 0 && done % 10_000 === 0) console.log(`${done} streams, ${hub.daemon.userCount} users`);
  };
  try {
    const { heap, exchanges } = await besiege(t, hub, { seed, streams: count, progress });
    const seconds = (performance.now() - startedAt) / 1000;
    const heaps = heap.map((bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`).join(', ');
    return `${exchanges} exchanges undisturbed in ${seconds.toFixed(1)} s; heap by thirds: ${heaps}`;
  } finally {
    for (const end of ends) await end();
  }
}

console.log(`${counts.streams} streams and ${counts.plays} plays from seed ${seed}`);
try {
  if (counts.streams > 0) console.log(`held: ${await streams(counts.streams)}`);
  if (counts.plays > 0) console.log(`held: ${await plays(counts.plays, seed)} plays`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
