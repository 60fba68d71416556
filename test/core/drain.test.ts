// A planned stop: who may still come in until then, and when the time is over.

import t from 'tap';
import { World } from './world.ts';

await t.test('nobody new comes in, who was here comes back, and the end is told once', async (t) => {
  const world = await World.open();
  const [lo, er] = [await world.enter('LO'), await world.enter('ER')];
  let over = 0;
  world.hub.drain.begin(world.clock + 60_000, () => over++);
  t.equal(world.hub.drain.until, world.clock + 60_000);
  world.clock += 20_000;
  t.throws(() => world.knock('QW'), {
    code: 'busy',
    message: 'come back in 41 s',
    retryAfterMs: 41_000,
  });
  await t.rejects(world.enterPlain('QW'), { code: 'busy' });
  t.throws(() => world.knock('QW', { resume: { token: 'unknown', after: new Map() } }), { code: 'busy' });
  t.equal(world.hub.directory.named('QW'), undefined);

  er.drop();
  lo.say('one');
  await world.tick();
  const back = er.resume({ '#lobby': 1 });
  await world.tick();
  t.match(back.told('welcome'), [{ nick: 'ER', resumed: true, recovered: true }]);
  t.strictSame(back.shown('#lobby'), ['join ER', 'message LO one'], 'talk goes on');

  world.clock += 39_999;
  world.hub.sweep();
  t.equal(over, 0);
  world.clock += 1;
  for (let n = 0; n < 3; n++) world.hub.sweep();
  t.equal(over, 1);
  t.throws(() => world.knock('QW'), { code: 'busy', retryAfterMs: 1000 }, 'also while it stops');
});

await t.test('a plan is replaced by another, and given up', async (t) => {
  const world = await World.open();
  const over: string[] = [];
  t.equal(world.hub.drain.cancel(), false, 'there was none');
  world.hub.drain.begin(world.clock + 1000, () => over.push('first'));
  world.hub.drain.begin(world.clock + 5000, () => over.push('second'));
  world.clock += 4000;
  world.hub.sweep();
  t.strictSame(over, []);
  t.equal(world.hub.drain.cancel(), true);
  t.equal(world.hub.drain.until, null);
  world.clock += 4000;
  world.hub.sweep();
  t.strictSame(over, []);
  t.ok((await world.enter('QW')).outlet.told('welcome')[0], 'newcomers are welcome again');
});
