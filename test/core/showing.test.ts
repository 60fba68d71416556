// Who comes and who goes is shown together where showing takes long; what people say is shown at once, and nothing out of order.

import t from 'tap';
import { ChatError } from '../../src/core/errors.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { Road } from './road.ts';

/** A road whose first log has so many readers that it takes `fanOutMs` to show them something. */
async function crowded(fanOutMs: number): Promise<Road> {
  const road = new Road();
  road.logs[0]?.readers.add({ offer: () => void (road.now += fanOutMs) });
  road.add(0, 'first');
  await road.tick();
  // The tick itself may have grown; that is not what this is about.
  road.now += LIMITS.tickGrowthMs;
  road.events.length = 0;
  return road;
}

async function committed(road: Road): Promise<void> {
  await road.tick();
  await road.tick();
}

await t.test('in a small room everybody who comes is shown at once', async (t) => {
  const road = await crowded(1);
  road.add(0, 'LO', { kind: 'join' });
  await committed(road);
  t.ok(road.happened().includes('offered #a 2'));
});

await t.test('in a large one together with who comes next (arrivalsHeldMs)', async (t) => {
  const road = await crowded(50);
  road.add(0, 'LO', { kind: 'join' });
  await committed(road);
  t.strictSame(road.happened(), ['commit LO 2'], 'it is in, and nobody has seen it yet');
  const held = road.timers.at(-1);
  t.equal(held?.ms, 4 * 50 - LIMITS.tickGrowthMs, 'showing takes a fifth of the time');
  road.add(0, 'ER', { kind: 'leave' });
  await committed(road);
  held?.run();
  t.strictSame(road.happened(), [
    'commit ER 3',
    'offered #a 2,3',
    'published #a 2,3',
    'shown LO 2',
    'shown ER 3',
  ]);
  road.events.length = 0;
  const slow = await crowded(100_000);
  slow.add(0, 'LO', { kind: 'join' });
  await committed(slow);
  t.equal(slow.timers.at(-1)?.ms, LIMITS.arrivalsHeldMs - LIMITS.tickGrowthMs, 'however long it takes');
});

await t.test('what is said is shown at once, after those who came before', async (t) => {
  const road = await crowded(50);
  road.add(0, 'LO', { kind: 'join' });
  await committed(road);
  road.add(0, 'hello');
  await committed(road);
  t.ok(road.happened().includes('offered #a 2,3'), road.happened().join('; '));
});

await t.test('what is held is shown before a refusal is told, and before the end', async (t) => {
  for (const how of ['refused', 'ended'] as const) {
    const road = await crowded(50);
    road.add(0, 'LO', { kind: 'join' });
    await committed(road);
    if (how === 'ended') {
      await road.committer.settled();
    } else {
      road.store.refusal = new ChatError('store-failed', 'disk full');
      road.add(0, 'never');
      await committed(road);
    }
    t.ok(road.happened().includes('shown LO 2'), how);
    t.equal(road.logs[0]?.pending, 0, 'nothing waits any more');
  }
});
