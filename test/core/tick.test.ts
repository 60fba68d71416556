// A tick lasts as long as it pays: an idle hub sends at once, a loaded one says more with each write.

import t from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { Road } from './road.ts';

await t.test('a tick grows after a fan-out that took its time, and only then', async (t) => {
  const road = new Road();
  let fanOutMs = 200;
  road.logs[0]?.readers.add({ offer: () => (road.now += fanOutMs) > 0 });
  const say = (count: number): void => {
    for (let i = 0; i < count; i++) road.add(0);
  };
  say(1);
  await road.tick();
  t.equal(road.logs[0]?.last, 1, 'the first word at once');

  say(1);
  road.now += 5;
  await road.tick();
  t.equal(road.store.commits.length, 1, 'a handful waits for company');
  say(2);
  t.strictSame(
    road.timers.map(({ ms }) => ms),
    [15],
    'a tenth of what the last fan-out took',
  );
  fanOutMs = 1000;
  road.timers.shift()?.run();
  await road.tick();
  t.equal(road.store.commits[1]?.entries.length, 3, 'and goes with it');

  say(1);
  await road.tick();
  t.equal(road.timers.shift()?.ms, LIMITS.tickGrowthMs, 'however long that was');
  fanOutMs = 1;
  say(63);
  await road.tick();
  t.equal(road.store.commits.length, 2, 'what is many waits for what is coming in right now');
  await road.tick();
  t.equal(road.store.commits[2]?.entries.length, 64, 'and for nothing else');

  road.now += 1;
  say(1);
  await road.tick();
  t.equal(road.store.commits.length, 4, 'after a short fan-out it goes at once');
});

await t.test(
  'after a long fan-out a handful does not go to the store before what others are told',
  async (t) => {
    for (const [count, atOnce] of [
      [1, 0],
      [64, 1],
    ] as const) {
      const road = new Road();
      road.add(0);
      road.logs[0]?.readers.add({ offer: () => (road.now += 20) > 0 });
      await road.tick();
      road.now += 100;
      road.logs[0]?.readers.add({
        offer: () => 0 < road.events.push(`with the store: ${road.store.atOnce}`),
      });
      road.store.appending.shut();
      road.add(0);
      await road.tick();
      for (let i = 0; i < count; i++) road.add(0);
      road.store.appending.open();
      road.store.appending.shut();
      await road.tick();
      t.ok(road.happened().includes(`with the store: ${atOnce}`), `${count}`);
    }
  },
);

await t.test('a clock that is set back makes nobody wait longer', async (t) => {
  const road = new Road();
  road.logs[0]?.readers.add({ offer: () => (road.now += 5) > 0 });
  road.add(0);
  await road.tick();
  road.now -= 3_600_000;
  road.add(0);
  await road.tick();
  t.equal(road.timers.shift()?.ms, LIMITS.tickGrowthMs);
});
