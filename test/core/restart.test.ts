// A hub that was started again on the same store: everybody who can come back does, and what cannot is told.

import t from 'tap';
import type { Bye } from '../../src/core/reply.ts';
import { World } from './world.ts';

const STOP: Bye = { type: 'bye', code: 'shutdown', text: '', reconnect: true };

await t.test(
  'after a restart everybody who can come back does, and gets exactly what it has not got',
  async (t) => {
    const world = await World.open();
    const [lo, er] = [await world.enter('LO'), await world.enter('ER')];
    const plain = await world.enterPlain('PL');
    lo.ask({ type: 'join', room: '#dev' });
    lo.ask({ type: 'topic', room: '#dev', text: 'our topic' });
    lo.tell('ER', 'secret');
    lo.say('one');
    lo.say('two');
    lo.ask({ type: 'report', log: '#lobby', seq: 1, text: 'why' });
    await world.tick();
    await world.hub.close(STOP);
    t.match(
      [lo, er, plain].map(({ outlet }) => outlet.bye),
      [STOP, STOP, STOP],
    );
    t.equal(lo.outlet.shown('#lobby').at(-1), 'leave PL the hub stopped', 'who cannot come back has left');
    await world.restart();
    t.equal(world.hub.directory.named('PL'), undefined);
    t.throws(() => world.knock('er'), { code: 'nick-taken' }, 'the names are held');
    t.strictSame(
      (await world.store.heads()).map(({ name }) => name).toSorted(),
      ['#dev', '#lobby', '@operators', er.session.inbox.name, lo.session.inbox.name].toSorted(),
    );
    t.equal(world.hub.directory.room('#dev').log.topic, 'our topic');

    const { token } = er.session;
    er.resume({ '#lobby': 4, '@me': 0 });
    await world.tick();
    t.match(er.outlet.told('welcome'), [
      { token, resumed: true, recovered: true, losses: [], logs: [{ seq: 0 }, { log: '#lobby', seq: 4 }] },
    ]);
    t.strictSame(er.outlet.shown('#lobby'), ['message LO two', 'leave PL the hub stopped']);
    t.strictSame(er.outlet.shown('@me'), ['private LO>ER secret']);
    lo.resume({ '#lobby': 6, '#dev': 2, '@me': 1 });
    await world.tick();
    t.match(lo.outlet.told('welcome'), [{ resumed: true, recovered: true }]);
    t.strictSame(lo.outlet.entries, [], 'nothing it has comes again');
    lo.say('on we go', '#dev');
    await world.tick();
    t.strictSame(lo.outlet.shown('#dev'), ['message LO on we go']);
    t.equal(world.hub.lobby.log.last, 6, 'nobody came or went');
  },
);

await t.test(
  'nor is anything lost without a goodbye, and what was acknowledged does not come again',
  async (t) => {
    const world = await World.open();
    const [lo, er] = [await world.enter('LO'), await world.enter('ER')];
    for (const text of ['one', 'two', 'three']) lo.say(text);
    await world.tick();
    world.store.appending.shut();
    const acked = er.ask({ type: 'ack', log: '#lobby', seq: 4 });
    await world.tick();
    t.strictSame(acked, [], 'no ok before it is kept');
    world.store.appending.open();
    await world.tick();
    t.match(acked, [{ type: 'ok' }]);
    await world.restart();
    er.resume();
    await world.tick();
    t.match(er.outlet.told('welcome'), [{ resumed: true, recovered: true }]);
    t.strictSame(er.outlet.shown('#lobby'), ['message LO three']);
    world.clock += 120_000;
    world.hub.sweep();
    await world.tick();
    t.strictSame(er.outlet.shown('#lobby').slice(1), ['leave LO did not come back'], 'the grace begins anew');
    await world.restart();
    t.strictSame(
      [...world.hub.directory.sessions()].map(({ nick }) => nick),
      ['ER'],
      'who has left is forgotten',
    );
  },
);

await t.test('a request sent again after a restart gets the first answer', async (t) => {
  const world = await World.open();
  const [lo, er] = [await world.enter('LO'), await world.enter('ER')];
  const first = [lo.say('once', '#lobby', 'a'), lo.tell('ER', 'once too', 'b')];
  await world.tick();
  await world.restart();
  lo.resume({ '#lobby': 3, '@me': 1 });
  er.resume({ '#lobby': 2 });
  const again = [lo.say('once', '#lobby', 'a'), lo.tell('ER', 'once too', 'b')];
  const fresh = lo.say('another', '#lobby', 'c');
  await world.tick();
  t.match(again[0], first[0] ?? []);
  t.match(again[1], [{ type: 'ok', log: '@me', seq: 1 }]);
  t.match(fresh, [{ type: 'ok', seq: 4 }]);
  t.strictSame(er.outlet.shown('#lobby'), ['message LO once', 'message LO another']);
  t.strictSame(er.outlet.shown('@me'), ['private LO>ER once too']);
});

await t.test(
  'what a restart cannot bring back is told: retention, another log of the name, a place ahead',
  async (t) => {
    const world = await World.open();
    const [lo, er] = [await world.enter('LO'), await world.enter('ER')];
    er.ask({ type: 'join', room: '#dev' });
    await world.tick();
    for (let i = 0; i < 6; i++) lo.say(`m${i}`);
    await world.tick();
    await world.hub.close(STOP);
    await world.store.drop(['#dev']);
    await world.store.prune({ olderThan: 0, entriesPerLog: 2, bytes: Infinity }, 1000);
    await world.restart();
    er.resume({ '#lobby': 3, '@me': 7 });
    await world.tick();
    const [welcome] = er.outlet.told('welcome');
    t.match(welcome, { resumed: true, recovered: false });
    t.strictSame(
      welcome?.losses.toSorted((a, b) => (a.log < b.log ? -1 : 1)),
      [
        { log: '#dev', why: 'epoch', missed: 0 },
        { log: '#lobby', why: 'retention', missed: 3 },
        { log: '@me', why: 'ahead', missed: 0 },
      ],
    );
    t.strictSame(er.outlet.shown('#lobby'), ['message LO m4', 'message LO m5']);
    t.match(er.say('x', '#dev'), [{ code: 'no-such-room' }]);
    er.resume({ '#lobby': 8, '@me': 0 });
    t.match(er.outlet.told('welcome'), [{ recovered: true, losses: [] }], 'it is told once');
    lo.resume({ '#lobby': 8 });
    t.match(lo.outlet.told('welcome'), [{ recovered: true, losses: [] }], 'who had it all lost nothing');
  },
);
