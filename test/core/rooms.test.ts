// Coming and going between rooms, names that change, being shown the door, and asking who is there and what was said.

import t from 'tap';
import { OPERATOR } from '../../src/core/actor.ts';
import type { Command } from '../../src/core/command.ts';
import { ChatError } from '../../src/core/errors.ts';
import { LIMITS } from '../../src/core/limits.ts';
import type { Reply } from '../../src/core/reply.ts';
import { JsonDialect } from '../../src/dialects/json.ts';
import { type Peer, World } from './world.ts';

async function two(settings = {}): Promise<{ world: World; lo: Peer; er: Peer }> {
  const world = await World.open(settings);
  return { world, lo: await world.enter('LO'), er: await world.enter('ER') };
}

function operator(world: World, command: Command): Reply[] {
  const answers: Reply[] = [];
  world.hub.execute(OPERATOR, command, (reply) => void answers.push(reply));
  return answers;
}

/** How long an answer is as a line of the native dialect. */
function lineBytes(reply: Reply): number {
  const setup = {
    hubName: '',
    version: '',
    resumeGraceMs: 0,
    idlePingMs: 0,
    now: () => 0,
    isPresent: () => false,
  };
  return new JsonDialect(setup).encodeReply(reply, 'x'.repeat(LIMITS.requestIdChars))?.length ?? 0;
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

await t.test('topics', async (t) => {
  const { world, lo, er } = await two();
  t.match(lo.ask({ type: 'topic', room: '#lobby', text: null }), [
    { type: 'topic', room: '#lobby', text: '' },
  ]);
  const set = lo.ask({ type: 'topic', room: '#lobby', text: ' all\nabout\u0007 it ' });
  await world.tick();
  t.match(set, [{ type: 'ok', log: '#lobby', seq: 3 }]);
  t.strictSame(er.outlet.shown('#lobby').slice(-1), ['topic LO all about it']);
  t.match(er.ask({ type: 'topic', room: '#lobby', text: null }), [{ text: 'all about it' }]);
  t.match(lo.ask({ type: 'topic', room: '#lobby', text: 'x'.repeat(301) }), [{ code: 'too-long' }]);
  t.match(lo.ask({ type: 'rooms' }), [
    { rooms: [{ room: '#lobby', members: 2, topic: 'all about it', seq: 3 }], more: false },
  ]);
});

await t.test('history, page by page, both ways', async (t) => {
  const { world, lo } = await two();
  for (let i = 3; i <= 450; i++) lo.say(`m${i}`);
  await world.tick();
  const page = async (before: number | null, after: number | null, limit: number, log = '#lobby') => {
    const [answer] = await asked(world, lo, { type: 'history', log, before, after, limit });
    if (answer?.type !== 'history') throw new Error(JSON.stringify(answer));
    const { entries, more } = answer;
    return [entries[0]?.seq, entries.at(-1)?.seq, entries.length, more];
  };
  t.strictSame(await page(null, null, 10), [441, 450, 10, true]);
  t.strictSame(await page(441, null, 10), [431, 440, 10, true]);
  t.strictSame(await page(11, null, 10), [1, 10, 10, false], 'the first page says that it is');
  t.strictSame(await page(5, null, 10), [1, 4, 4, false]);
  t.strictSame(await page(0, null, 10), [undefined, undefined, 0, false]);
  t.strictSame(await page(9999, null, 10), [441, 450, 10, true]);
  t.strictSame(await page(null, 0, 10), [1, 10, 10, true]);
  t.strictSame(await page(null, 440, 10), [441, 450, 10, false]);
  t.strictSame(await page(null, 450, 10), [undefined, undefined, 0, false]);
  t.strictSame(await page(null, null, 0), [450, 450, 1, true], 'a page has an entry');
  t.strictSame(await page(null, null, 1e9), [251, 450, LIMITS.historyPage, true], 'and an end');
  t.strictSame(await page(null, null, 10, '@me'), [undefined, undefined, 0, false]);
  world.store.appending.shut();
  lo.say('not yet');
  await world.tick();
  t.strictSame(await page(null, null, 1), [450, 450, 1, true], 'what nobody was shown is no history');
  world.store.refusal = new ChatError('store-failed', 'cannot read');
  t.match(await asked(world, lo, { type: 'history', log: '#lobby', before: null, after: null, limit: 1 }), [
    { type: 'error', code: 'store-failed' },
  ]);
});

async function asked(world: World, peer: Peer, command: Command): Promise<Reply[]> {
  const answers = peer.ask(command);
  await world.tick();
  return answers;
}

await t.test('no answer is longer than a line may be, since it ends at answerBytes', async (t) => {
  const wide = '漢';
  const world = await World.open({ maxRooms: 500 });
  const lo = await world.enter('𠀀'.repeat(32), { client: wide.repeat(LIMITS.clientNameChars) });
  const rooms = Array.from({ length: LIMITS.roomsPerSession - 1 }, (_, i) => `#${'𠀀'.repeat(29)}${10 + i}`);
  for (const room of rooms) lo.ask({ type: 'join', room });
  for (const room of rooms) lo.ask({ type: 'topic', room, text: '"'.repeat(LIMITS.topicChars) });
  for (let i = 0; i < 300; i++) {
    const guest = world.knock(`${wide.repeat(28)}${100 + i}`);
    if (i < 40) for (const room of rooms) guest.ask({ type: 'join', room });
    guest.say('\n"'.repeat(LIMITS.textChars / 2 - 1) + wide);
    guest.ask({ type: 'nick', nick: `${'𠀀'.repeat(28)}x${100 + i}` });
  }
  await world.tick();
  const answers = [
    ...lo.ask({ type: 'who', room: null }),
    ...lo.ask({ type: 'rooms' }),
    ...lo.ask({ type: 'help' }),
    ...(await asked(world, lo, { type: 'history', log: '#lobby', before: null, after: null, limit: 200 })),
    ...(await asked(world, lo, { type: 'history', log: '#lobby', before: null, after: 0, limit: 200 })),
    ...(await asked(world, lo, { type: 'history', log: '#lobby', before: null, after: 602, limit: 200 })),
  ];
  for (const answer of answers)
    t.ok(lineBytes(answer) <= LIMITS.lineBytes, `${answer.type}: ${lineBytes(answer)}`);
  const users = answers.flatMap((answer) => (answer.type === 'who' ? answer.users : []));
  t.equal(new Set(users.map(({ session }) => session)).size, 301, 'and still everybody is there');
  t.equal(users.length, 301);
  const more = answers.flatMap((answer) => (answer.type === 'who' ? [answer.more] : []));
  t.strictSame(more.slice(-2), [true, false], 'only the last says that it is');
  t.equal(
    answers.flatMap((answer) => (answer.type === 'rooms' ? answer.rooms : [])).length,
    rooms.length + 1,
  );
});
