// Coming and going between rooms, names that change, and being shown the door.

import t from 'tap';
import { OPERATOR } from '../../src/core/actor.ts';
import type { Command } from '../../src/core/command.ts';
import { ChatError } from '../../src/core/errors.ts';
import { LIMITS } from '../../src/core/limits.ts';
import type { Reply } from '../../src/core/reply.ts';
import { World, two } from './world.ts';

function operator(world: World, command: Command): Reply[] {
  const answers: Reply[] = [];
  world.hub.execute(OPERATOR, command, (reply) => void answers.push(reply));
  return answers;
}

await t.test('a room is seen from one’s own join to one’s own leaving', async (t) => {
  const { world, lo, er } = await two();
  lo.ask({ type: 'join', room: 'Dev' });
  lo.say('before', '#dev');
  const joined = er.ask({ type: 'join', room: '#dev' });
  lo.say('with you', '#DEV');
  await world.tick();
  t.match(joined, [{ type: 'ok', log: '#dev', seq: 3 }]);
  t.match(er.ask({ type: 'join', room: '#dev' }), [{ type: 'ok', log: '#dev', seq: 4 }], 'joined already');
  lo.say('on its way', '#dev');
  const parted = er.ask({ type: 'part', room: '#dev' });
  lo.say('without you', '#dev');
  await world.tick();
  t.match(parted, [{ type: 'ok', log: '#dev', seq: 6 }]);
  t.strictSame(er.outlet.shown('#dev'), ['join ER', 'message LO with you']);
  t.strictSame(lo.outlet.shown('#dev').slice(-3), [
    'message LO on its way',
    'leave ER',
    'message LO without you',
  ]);
  for (const command of [
    { type: 'say', room: '#dev', text: 'x', action: false },
    { type: 'part', room: '#dev' },
    { type: 'topic', room: '#dev', text: null },
    { type: 'history', log: '#dev', before: null, after: null, limit: 5 },
    { type: 'ack', log: '#dev', seq: 1 },
  ] as const)
    t.match(er.ask(command), [{ type: 'error', code: 'not-in-room' }], command.type);
  t.match(er.ask({ type: 'part', room: '#lobby' }), [{ code: 'bad-request', text: 'quit to leave the hub' }]);
  t.match(er.ask({ type: 'join', room: '@me' }), [{ code: 'bad-room' }]);
  t.match(operator(world, { type: 'join', room: '#dev' }), [{ code: 'bad-request' }]);
});

await t.test('in and out within one tick', async (t) => {
  const { world, lo, er } = await two();
  lo.ask({ type: 'join', room: '#dev' });
  er.ask({ type: 'join', room: '#dev' });
  er.ask({ type: 'part', room: '#dev' });
  lo.say('x', '#dev');
  await world.tick();
  t.strictSame(er.outlet.shown('#dev'), []);
  t.equal(er.session.lag(), 0);
  t.equal(world.hub.directory.room('#dev').members.size, 1);
});

await t.test('there is an end to rooms', async (t) => {
  const { world, lo, er } = await two({ maxRooms: LIMITS.roomsPerSession + 2 });
  for (let i = 1; i < LIMITS.roomsPerSession; i++) lo.ask({ type: 'join', room: `#r${i}` });
  await world.tick();
  const rooms = world.hub.directory.rooms.size;
  t.match(lo.ask({ type: 'join', room: '#more' }), [{ code: 'too-many-rooms', text: 'leave one first' }]);
  t.equal(world.hub.directory.rooms.size, rooms, 'a room that one may not enter is not made');
  t.match(lo.ask({ type: 'join', room: '#r1' }), [{ type: 'ok' }], 'one may be where one is');
  for (const room of ['#a', '#b', '#c']) er.ask({ type: 'join', room });
  await world.tick();
  t.match(er.ask({ type: 'join', room: '#c' }), [{ code: 'too-many-rooms', text: 'join one of them' }]);
  lo.ask({ type: 'part', room: '#r1' });
  t.strictSame(lo.ask({ type: 'join', room: '#a' }), [], 'in the place of one there is room');
});

await t.test('rooms nobody would miss are let go', async (t) => {
  const { world, lo } = await two({ maxRooms: 3 });
  for (const room of ['#old', '#topic']) lo.ask({ type: 'join', room });
  lo.ask({ type: 'topic', room: '#topic', text: 'kept' });
  await world.tick();
  for (const room of ['#old', '#topic']) lo.ask({ type: 'part', room });
  world.hub.sweep();
  t.ok(world.hub.directory.rooms.has('#old'), 'not while its last entry is under way');
  await world.tick();
  t.match(lo.ask({ type: 'join', room: '#new' }), [{ code: 'too-many-rooms' }]);
  world.hub.sweep();
  t.strictSame(
    [...world.hub.directory.rooms.keys()],
    ['#lobby', '#topic'],
    'the one left longest ago makes place',
  );
  t.strictSame(world.store.dropped, ['#old']);
  lo.ask({ type: 'join', room: '#old' });
  await world.tick();
  t.equal(lo.outlet.shown('#old').length, 2, 'the same name later is another room');
  t.equal(world.hub.directory.room('#old').log.first, 1);
});

await t.test('a name changes everywhere at once', async (t) => {
  const { world, lo, er } = await two();
  lo.ask({ type: 'join', room: '#dev' });
  const answer = lo.ask({ type: 'nick', nick: 'LORY' });
  lo.say('as LORY');
  await world.tick();
  t.match(answer, [{ type: 'ok' }]);
  t.strictSame(er.outlet.shown('#lobby').slice(-2), ['rename LO>LORY', 'message LORY as LORY']);
  t.strictSame(lo.outlet.shown('#dev'), ['join LO', 'rename LO>LORY']);
  t.match(er.ask({ type: 'nick', nick: 'lory' }), [{ code: 'nick-taken' }]);
  t.match(er.ask({ type: 'nick', nick: 'a b' }), [{ code: 'bad-nick' }]);
  t.match(er.ask({ type: 'nick', nick: 'ER' }), [{ type: 'ok' }], 'the name one has is no change');
  er.ask({ type: 'nick', nick: 'er' });
  er.ask({ type: 'nick', nick: 'LO' });
  await world.tick();
  t.strictSame(lo.outlet.shown('#lobby').slice(-2), ['rename ER>er', 'rename er>LO']);
  t.equal(world.hub.directory.named('ER'), undefined);
  t.equal(world.hub.directory.named('lo'), er.session, 'a name that was given up is free');
});

await t.test('names that the store refuses', async (t) => {
  const { world, lo, er } = await two();
  const { store } = world;
  const full = new ChatError('store-failed', 'disk full');
  const renamed = async (...names: string[]): Promise<string> => {
    const answers = names.map((nick) => lo.ask({ type: 'nick', nick }));
    await world.tick();
    t.strictSame(
      answers.flat().map(({ type }) => type),
      names.map(() => (store.refusal === null ? 'ok' : 'error')),
    );
    t.equal(world.hub.directory.named(lo.session.nick), lo.session);
    return lo.session.nick;
  };
  store.refusal = full;
  t.equal(await renamed('LORY'), 'LO', 'the old one again');
  t.match(world.events.at(-1), { type: 'renamed', nick: 'LORY', to: 'LO' }, 'and the log tells so');
  t.equal(await renamed('lo'), 'LO', 'also when only the case was another');
  t.equal(await renamed('L0'), 'LO', 'or the looks');
  t.equal(await renamed('LORY', 'LORI'), 'LO', 'after two at once none of them stays');
  t.equal(await renamed('LORY', 'LO', 'LORI'), 'LO');
  store.refusal = null;
  t.equal(await renamed('LORY'), 'LORY');

  // The first is under way and will be kept, the second comes too late.
  store.appending.shut();
  lo.ask({ type: 'nick', nick: 'A' });
  await world.tick();
  const late = lo.ask({ type: 'nick', nick: 'B' });
  const append = store.append.bind(store);
  store.append = async (commit) => {
    store.refusal = full;
    return append(commit);
  };
  store.appending.open();
  await world.tick();
  store.append = append;
  t.match(late, [{ code: 'store-failed' }]);
  t.equal(lo.session.nick, 'A', 'what was kept in between counts');

  // The first is refused, the second is kept.
  store.append = async (commit) => {
    store.append = append;
    await append(commit).finally(() => {
      store.refusal = null;
    });
    return [];
  };
  lo.ask({ type: 'nick', nick: 'B' });
  store.appending.shut();
  await world.tick();
  lo.ask({ type: 'nick', nick: 'LORY' });
  store.appending.open();
  await world.tick();
  t.equal(lo.session.nick, 'LORY', 'what is kept is not taken back for what was refused before it');
  t.equal(world.store.commits.at(-1)?.sessions[0]?.nick, 'LORY');

  store.refusal = full;
  lo.ask({ type: 'nick', nick: 'C' });
  t.match(er.ask({ type: 'nick', nick: 'LORY' }), [], 'a name that was left is free at once');
  await world.tick();
  t.strictSame([lo.session.nick, er.session.nick], ['C', 'ER'], 'and is not taken from who has it now');
});

await t.test('shown the door: at once, told why, and seen by every room', async (t) => {
  const { world, lo, er } = await two();
  for (const peer of [lo, er]) peer.ask({ type: 'join', room: '#dev' });
  await world.tick();
  lo.say('on its way');
  const kicked = operator(world, { type: 'kick', target: 'er', reason: 'too\nloud' });
  t.match(er.outlet.bye, { code: 'kicked', text: 'you were kicked: too loud', reconnect: false });
  const seen = er.outlet.entries.length;
  await world.tick();
  t.strictSame(kicked, [{ type: 'kicked', matched: 1 }]);
  t.equal(er.outlet.entries.length, seen, 'it sees nothing after that');
  for (const room of ['#lobby', '#dev']) t.equal(lo.outlet.shown(room).at(-1), 'kick server>ER too loud');
  t.equal(world.hub.directory.room('#dev').members.size, 1);
  world.hub.detach(er.session, er.outlet);
  er.resume({});
  await world.tick();
  t.match(er.outlet.told('welcome'), [{ resumed: false }], 'its token is good for nothing');
  t.strictSame(operator(world, { type: 'kick', target: 'nobody', reason: '' }), [
    { type: 'kicked', matched: 0 },
  ]);
  operator(world, { type: 'kick', target: er.session.id, reason: '' });
  t.match(er.outlet.bye, { text: 'you were kicked by the operator' });
  t.match(lo.ask({ type: 'kick', target: 'ER', reason: '' }), [{ code: 'not-allowed' }]);
  t.match(operator(world, { type: 'kick', target: 'LO', reason: 'x'.repeat(301) }), [{ code: 'too-long' }]);
  t.equal(lo.outlet.bye, null);
  world.store.refusal = new ChatError('store-failed', 'disk full');
  const unkept = operator(world, { type: 'kick', target: 'LO', reason: '' });
  await world.tick();
  t.strictSame(unkept, [{ type: 'kicked', matched: 1 }], 'who is kicked is gone, kept or not');
});

await t.test('goodbye', async (t) => {
  const { world, lo, er } = await two();
  lo.ask({ type: 'quit', text: 'so\nlong' });
  t.match(lo.outlet.bye, { code: 'quit', reconnect: false });
  await world.tick();
  t.strictSame(er.outlet.shown('#lobby').slice(-1), ['leave LO so long']);
  t.match(er.ask({ type: 'quit', text: 'x'.repeat(301) }), [{ code: 'too-long' }]);
  t.match(operator(world, { type: 'quit', text: '' }), [{ code: 'bad-request' }]);
});
