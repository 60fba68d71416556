// Thousands of streams of bytes from anybody: the hub stays up, its memory flat, and those who talk do not notice.

import t from 'tap';
import { startHub } from '../support/daemon.ts';
import { besiege } from './siege.ts';
import { makeStream } from './streams.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const STREAMS = 4_000;
/** What the heap may gain in the last third; what each connection left behind would be more than this in kilobytes. */
const HEAP_SLACK_BYTES = 4 * 1024 * 1024;

// It takes longer than a test file commonly may where others use the machine too.
t.setTimeout(0);

await t.test('the same seed makes the same stream', (t) => {
  const kinds = new Map<string, number>();
  for (let seed = 0; seed < 500; seed++) {
    const stream = makeStream(seed);
    t.strictSame(stream, makeStream(seed));
    kinds.set(stream.kind, (kinds.get(stream.kind) ?? 0) + 1);
  }
  t.ok(kinds.size >= 10, [...kinds].join(' '));
  t.end();
});

await t.test(`${STREAMS} streams from seed ${SEED}`, { timeout: 0 }, async (t) => {
  const hub = await startHub(t, {
    resumeGrace: 1,
    proxyFrom: [{ address: '127.0.0.0', prefix: 8, family: 'ipv4' }],
  });
  const { heap, exchanges } = await besiege(t, hub, { seed: SEED, streams: STREAMS });
  t.equal(exchanges, STREAMS / 50 + 1, 'two people talked all the while, and missed nothing');
  const [, middle = 0, end = 0] = heap;
  t.ok(
    end < middle + HEAP_SLACK_BYTES,
    `heap in MiB: ${heap.map((bytes) => (bytes / 2 ** 20).toFixed(1)).join(' ')}`,
  );
  t.equal(hub.daemon.connections.open, 2, 'nothing of them is left');
  const { directory, lobby } = hub.daemon.hub;
  while (directory.size > 2) await new Promise((resolve) => void setTimeout(resolve, 50));
  t.strictSame(
    [lobby.members.size, lobby.log.readers.size],
    [2, 2],
    'nor of those who may come back, after a while',
  );
  t.ok(hub.daemon.connections.accepted > STREAMS * 0.9);
  t.notMatch(hub.logged(), / (warn|error) /);
});
