// `npm run fuzz`: the siege of streams.test.ts for as long as one likes. `-- --streams 1000000 --seed 7` says how many
// streams, and which; a failure names the seed that shows it again.

import { parseArgs } from 'node:util';
import { startHub } from '../support/daemon.ts';
import { besiege } from './siege.ts';

const MOST_STREAMS = 10_000_000;
const { values } = parseArgs({
  options: { streams: { type: 'string', default: '100000' }, seed: { type: 'string', default: '' } },
});
const streams = Number(values.streams);
const seed = values.seed === '' ? Date.now() % 2 ** 31 : Number(values.seed);

if (!Number.isInteger(streams) || streams < 1 || streams > MOST_STREAMS || !Number.isInteger(seed)) {
  console.error(`usage: npm run fuzz -- [--streams N] [--seed S], N from 1 to ${MOST_STREAMS}`);
  process.exit(2);
}

const ends: (() => unknown)[] = [];
const t = { teardown: (run: () => unknown) => void ends.unshift(run) };
console.log(`${streams} streams from seed ${seed}`);
const hub = await startHub(t, {
  resumeGrace: 1,
  proxyFrom: [{ address: '127.0.0.0', prefix: 8, family: 'ipv4' }],
});
hub.daemon.log.level = 'warn';
const startedAt = performance.now();
try {
  const { heap, exchanges } = await besiege(t, hub, {
    seed,
    streams,
    progress: (done) => {
      if (done > 0 && done % 10_000 === 0) console.log(`${done} streams, ${hub.daemon.userCount} users`);
    },
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const heaps = heap.map((bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`).join(', ');
  console.log(
    `held: ${exchanges} exchanges undisturbed in ${seconds.toFixed(1)} s; heap by thirds: ${heaps}`,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
for (const end of ends) await end();
