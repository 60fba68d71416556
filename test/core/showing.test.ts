// Who comes and who goes is shown together where showing takes long; what people say is shown at once, and nothing out of order.

import t from 'tap';
import { ChatError } from '../../src/core/errors.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { Road } from './road.ts';

/** A road whose first log has so many readers that it takes `fanOutMs` to show them something. */
async function crowded(fanOutMs: number): Promise<Road> {
  const road = new Road();
  road.logs[0]?.readers.add({ offer: () => (road.now += fanOutMs) > 0 });
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

/** So many readers of the road's first log; `served` says how often each was offered something. */
function crowd(road: Road, count: number): { served: number[] } {
  const served = Array.from({ length: count }, () => 0);
  for (let i = 0; i < count; i++)
    road.logs[0]?.readers.add({ offer: () => (served[i] = (served[i] ?? 0) + 1) > 0 });
  return { served };
}

/** Lets time pass until `done`, or for more ticks than anything here takes. */
async function ticks(road: Road, done: () => boolean): Promise<void> {
  for (let i = 0; i < 20 && !done(); i++) await road.tick();
}

await t.test('a crowd is served in parts, each reader once (readersInARow)', async (t) => {
  const road = new Road();
  const { served } = crowd(road, 3 * LIMITS.readersInARow);
  const count = (): number => served.filter((times) => times === 1).length;
  road.add(0, 'hello');
  await road.tick();
  // The road's own reader is the first.
  t.equal(count(), LIMITS.readersInARow - 1, 'as many as are served in a row');
  t.equal(road.logs[0]?.last, 1);
  t.notOk(road.events.includes('shown hello 1'), 'who said it hears when all have been shown it');
  const comer = { times: 0 };
  road.logs[0]?.readers.add({ offer: () => ++comer.times > 0 });
  await road.tick();
  t.equal(count(), 2 * LIMITS.readersInARow - 1, 'the others later');
  await ticks(road, () => road.events.includes('shown hello 1'));
  t.ok(
    served.every((times) => times === 1),
    'nobody twice, and nobody not at all',
  );
  t.equal(comer.times, 1, 'whoever came meanwhile is offered it, too: a session that has it passes it over');
});

await t.test('who leaves while others are served is not served', async (t) => {
  const road = new Road();
  crowd(road, LIMITS.readersInARow);
  const leaver = { times: 0, offer: () => ++leaver.times > 0 };
  road.logs[0]?.readers.add(leaver);
  road.add(0, 'hello');
  await road.tick();
  road.logs[0]?.readers.delete(leaver);
  await ticks(road, () => road.events.includes('shown hello 1'));
  t.equal(leaver.times, 0);
});

await t.test(
  'what is said meanwhile is kept when few are left, and shown after it (readersLeft)',
  async (t) => {
    const road = new Road();
    const { served } = crowd(road, LIMITS.readersLeft + 2 * LIMITS.readersInARow);
    road.add(0, 'first');
    await road.tick();
    for (let i = 0; i < 64; i++) road.add(0, 'next');
    await road.tick();
    t.equal(road.store.commits.length, 1, 'not while many are left');
    await ticks(road, () => road.store.commits.length > 1);
    const done = served.filter((times) => times === 1).length;
    t.ok(done >= 2 * LIMITS.readersInARow - 1, `${done} were served before`);
    t.ok(done < served.length, 'and the others not yet');
    await ticks(road, () => road.events.some((event) => event.startsWith('shown next')));
    const order = road.happened().filter((event) => !event.startsWith('commit'));
    t.strictSame(order.slice(0, 3), ['offered #a 1', 'published #a 1', 'shown first 1']);
    t.match(order[3], /^offered #a 2,/);
    t.ok(served.every((times) => times === 2));
  },
);

await t.test('the end waits for nobody’s turn: all are shown all that is kept', async (t) => {
  const road = new Road();
  const { served } = crowd(road, 5 * LIMITS.readersInARow);
  road.add(0, 'hello');
  await road.tick();
  road.add(0, 'goodbye');
  await road.committer.settled();
  t.ok(served.every((times) => times === 2));
  t.ok(road.happened().includes('shown goodbye 2'));
  await road.tick();
  t.ok(
    served.every((times) => times === 2),
    'and nothing again',
  );
});

await t.test('who takes nothing, being away or full, is no part of the crowd', async (t) => {
  const road = new Road();
  for (let i = 0; i < 10 * LIMITS.readersInARow; i++) road.logs[0]?.readers.add({ offer: () => false });
  const { served } = crowd(road, 2);
  road.add(0, 'hello');
  await road.tick();
  t.strictSame(served, [1, 1]);
  t.ok(road.events.includes('shown hello 1'), 'all in one turn');
});

await t.test('a refusal between two parts comes after all that was kept before', async (t) => {
  const road = new Road();
  const { served } = crowd(road, 5 * LIMITS.readersInARow);
  road.add(0, 'first');
  await road.tick();
  road.store.refusal = new ChatError('store-failed', 'disk full');
  for (let i = 0; i < 64; i++) road.add(1, 'never');
  await ticks(road, () => road.events.includes('refused never store-failed'));
  const order = road.happened();
  t.ok(order.includes('refused never store-failed'));
  t.ok(order.indexOf('shown first 1') < order.indexOf('refused never store-failed'), order.join('; '));
  t.ok(served.every((times) => times === 1));
});

await t.test('a timer whose arrivals were shown with what was said holds the next no less', async (t) => {
  const road = await crowded(50);
  road.add(0, 'LO', { kind: 'join' });
  await committed(road);
  const held = road.timers.at(-1);
  road.add(0, 'hello');
  await committed(road);
  road.now += 30;
  held?.run();
  road.events.length = 0;
  road.add(0, 'ER', { kind: 'join' });
  await committed(road);
  t.strictSame(road.happened(), ['commit ER 4'], 'it is held as it would have been');
});

await t.test('rooms that are small are served one after the other, without a pause', async (t) => {
  const road = new Road();
  const { served } = crowd(road, LIMITS.readersInARow - 8);
  const others = road.logs[1]?.readers ?? new Set();
  for (const reader of road.logs[0]?.readers ?? []) others.add(reader);
  road.add(0, 'here');
  road.add(1, 'there');
  await road.tick();
  t.ok(served.every((times) => times === 2));
  t.ok(road.events.includes('shown there 1'), 'all in one turn');
});

await t.test('the time between parts is not what showing takes', async (t) => {
  const road = new Road();
  for (let i = 0; i < 2 * LIMITS.readersInARow; i++)
    road.logs[0]?.readers.add({ offer: () => (road.now += 0.25) > 0 });
  road.add(0, 'first');
  for (let i = 0; i < 20 && !road.events.includes('shown first 1'); i++) {
    await road.tick();
    road.now += 10;
  }
  t.ok(road.events.includes('shown first 1'));
  const shownAt = road.now - 10;
  road.now += LIMITS.tickGrowthMs;
  const waited = road.now - shownAt;
  road.add(0, 'LO', { kind: 'join' });
  await committed(road);
  t.equal(
    road.timers.at(-1)?.ms,
    4 * 0.25 * 2 * LIMITS.readersInARow - waited,
    'all parts count, and nothing else',
  );
});
