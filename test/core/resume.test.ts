// Coming in and coming back: who gets which name, what a token is good for, and what the others see of it.

import t from 'tap';
import { ChatError } from '../../src/core/errors.ts';
import type { Bye } from '../../src/core/reply.ts';
import { TestOutlet, World } from './world.ts';

await t.test('a newcomer is welcomed once its join is durable, and sees it as its first entry', async (t) => {
  const world = await World.open();
  const lo = await world.enter('LO');
  world.store.appending.shut();
  const er = world.knock('ER');
  await world.tick();
  t.strictSame(er.outlet.replies, [], 'no word before it is kept');
  t.equal(world.hub.directory.named('er'), er.session, 'but the name is taken');
  world.store.appending.open();
  await world.tick();
  const [welcome] = er.outlet.told('welcome');
  t.match(welcome, { nick: 'ER', resumed: false, recovered: false, losses: [] });
  t.strictSame(
    welcome?.logs.map(({ log, seq }) => `${log} ${seq}`),
    ['@me 0', '#lobby 1'],
  );
  t.strictSame(er.outlet.shown('#lobby'), ['join ER']);
  t.strictSame(lo.outlet.shown('#lobby'), ['join LO', 'join ER']);
  t.strictSame(
    er.outlet.replies.map(({ type }) => type),
    ['welcome', 'arrived'],
  );
});

await t.test('a store that refuses a join leaves nobody there', async (t) => {
  const world = await World.open();
  world.store.refusal = new ChatError('store-failed', 'disk full');
  const lo = await world.enter('LO');
  t.match(lo.outlet.replies, [{ type: 'error', code: 'store-failed', text: 'disk full' }]);
  t.match(lo.outlet.bye, { reconnect: true });
  t.equal(world.hub.directory.size, 0);
  t.equal(world.hub.lobby.members.size, 0);
  world.store.refusal = null;
  t.ok((await world.enter('LO')).outlet.told('welcome')[0], 'the name is free');
});

await t.test('a name that is in use', async (t) => {
  const world = await World.open();
  await world.enter('LO');
  t.throws(() => world.knock('lo'), { code: 'nick-taken', message: 'choose another' });
  const second = await world.enterPlain('lo');
  const third = await world.enterPlain('LO');
  t.strictSame([second.session.nick, third.session.nick], ['lo-2', 'LO-3']);
  t.match(second.outlet.replies.at(-1), { type: 'info', text: 'you are called lo-2 here' });
  t.equal((await world.enterPlain('L O')).session.nick, 'L_O', 'who cannot be asked again gets a mended one');
  for (const nick of ['', 'a b', 'server']) t.throws(() => world.knock(nick), { code: 'bad-nick' });
});

await t.test('a half-dead connection is ended and replaced at once, and nobody sees any of it', async (t) => {
  const world = await World.open();
  const [lo, er] = [await world.enter('LO'), await world.enter('ER')];
  lo.say('one');
  await world.tick();
  const old = er.outlet;
  const before = world.hub.lobby.log.last;
  er.resume({ '#lobby': 2, '@me': 0 });
  t.match(old.bye, { code: 'replaced', reconnect: false });
  t.match(er.outlet.told('welcome'), [{ nick: 'ER', resumed: true, recovered: true, losses: [] }]);
  t.strictSame(er.outlet.shown('#lobby'), ['message LO one'], 'it gets what it has not got');
  world.hub.detach(er.session, old);
  lo.say('two');
  await world.tick();
  t.strictSame(
    er.outlet.shown('#lobby'),
    ['message LO one', 'message LO two'],
    'the end of the old one changes nothing',
  );
  t.equal(old.entries.length, er.outlet.entries.length, 'the old one gets nothing more');
  t.equal(world.hub.lobby.log.last, before + 1, 'no leave, no join');
  t.strictSame(lo.outlet.shown('#lobby').slice(-2), ['message LO one', 'message LO two']);
});

await t.test('the same token is good any number of times, also before the first message', async (t) => {
  const world = await World.open();
  const er = await world.enter('ER');
  const { token } = er.session;
  for (let i = 0; i < 5; i++) {
    if (i % 2 === 0) er.drop();
    er.resume({ '#lobby': 1 });
    await world.tick();
    t.match(er.outlet.told('welcome'), [{ token, resumed: true, recovered: true }]);
    t.strictSame(er.outlet.entries, [], 'nothing it has comes again');
  }
  t.equal(world.hub.directory.size, 1);
  t.equal(world.hub.lobby.log.last, 1);
});

await t.test('away: the name is held, private texts wait, and nobody is told', async (t) => {
  const world = await World.open();
  const [lo, er] = [await world.enter('LO'), await world.enter('ER')];
  er.ask({ type: 'join', room: '#dev' });
  await world.tick();
  er.drop();
  const answer = lo.tell('ER', 'for later', 'a');
  lo.say('public');
  await world.tick();
  t.match(answer, [{ type: 'ok', delivery: 'stored' }]);
  t.throws(() => world.knock('ER'), { code: 'nick-taken' });
  t.equal((await world.enterPlain('ER')).session.nick, 'ER-2');
  world.clock += 119_000;
  world.hub.sweep();
  const who = lo.ask({ type: 'who', room: null });
  t.match(who, [{ users: [{ nick: 'LO', state: 'here' }, { nick: 'ER', state: 'away', address: '' }, {}] }]);
  er.resume({ '#lobby': 2, '#dev': 1, '@me': 0 });
  t.match(er.outlet.told('welcome'), [{ resumed: true, recovered: true }]);
  t.strictSame(er.outlet.shown('@me'), ['private LO>ER for later']);
  t.strictSame(er.outlet.shown('#lobby'), ['message LO public', 'join ER-2']);
  t.strictSame(
    [...er.session.rooms].map(({ name }) => name),
    ['#lobby', '#dev'],
    'it is in its rooms',
  );
  world.clock += 500_000;
  world.hub.sweep();
  t.ok(world.hub.directory.has(er.session), 'who is back is not missed');
});

await t.test('who does not come back in time has left, and its token is good for nothing', async (t) => {
  const world = await World.open();
  const [lo, er] = [await world.enter('LO'), await world.enter('ER')];
  lo.tell('ER', 'x');
  await world.tick();
  er.drop();
  world.clock += 120_000;
  world.hub.sweep();
  await world.tick();
  t.strictSame(lo.outlet.shown('#lobby').slice(-1), ['leave ER did not come back']);
  t.strictSame(world.store.dropped, [er.session.inbox.name], 'its inbox goes with it');
  const { token } = er.session;
  er.resume({ '#lobby': 2 });
  await world.tick();
  t.match(er.outlet.told('welcome'), [{ nick: 'ER', resumed: false, recovered: false }]);
  t.not(er.session.token, token);
  t.strictSame(er.outlet.shown('@me'), [], 'an inbox is not inherited with a name');
});

await t.test('a connection lost before its welcome holds no name that nobody can come back to', async (t) => {
  const world = await World.open();
  const lo = await world.enter('LO');
  world.store.appending.shut();
  const er = world.knock('ER');
  await world.tick();
  er.drop();
  world.store.appending.open();
  await world.tick();
  t.equal(world.hub.directory.named('ER'), undefined);
  t.strictSame(lo.outlet.shown('#lobby').slice(1), ['join ER', 'leave ER']);
  t.ok(await world.enter('ER'));
});

await t.test('a peer that did not name its software yields its name while it is away', async (t) => {
  const world = await World.open();
  const lo = await world.enter('LO');
  const er = await world.enter('ER', { client: '' });
  t.throws(() => world.knock('ER'), { code: 'nick-taken' }, 'not while it is here');
  er.drop();
  const other = await world.enter('ER');
  t.equal(other.session.nick, 'ER');
  t.strictSame(lo.outlet.shown('#lobby').slice(1), ['join ER', 'leave ER did not come back', 'join ER']);
});

await t.test(
  'who cannot come back leaves with its connection, and so does everybody without a grace',
  async (t) => {
    const world = await World.open();
    const lo = await world.enter('LO');
    (await world.enterPlain('ER')).drop();
    await world.tick();
    t.strictSame(lo.outlet.shown('#lobby').slice(1), ['join ER', 'leave ER']);
    const strict = await World.open({ resumeGraceMs: 0 });
    const er = await strict.enter('ER');
    er.drop();
    t.equal(strict.hub.directory.size, 0);
  },
);

await t.test('what it missed beyond retention is counted, not hidden', async (t) => {
  const world = await World.open();
  const [lo, er] = [await world.enter('LO'), await world.enter('ER')];
  er.drop();
  for (let i = 0; i < 10; i++) lo.say(`m${i}`);
  await world.tick();
  await world.hub.prune({ olderThan: 0, entriesPerLog: 3, bytes: Infinity });
  er.resume({ '#lobby': 2 });
  await world.tick();
  t.match(er.outlet.told('welcome'), [
    { resumed: true, recovered: false, losses: [{ log: '#lobby', why: 'retention', missed: 7 }] },
  ]);
  t.strictSame(er.outlet.shown('#lobby'), ['message LO m7', 'message LO m8', 'message LO m9']);
});

await t.test('a place that cannot be is brought back into the log', async (t) => {
  const world = await World.open();
  const [lo, er] = [await world.enter('LO'), await world.enter('ER')];
  lo.say('one');
  await world.tick();
  er.resume({ '#lobby': 1_000_000, '#nowhere': 5, '@r3000': 1 });
  t.match(er.outlet.told('welcome'), [
    {
      recovered: false,
      losses: [{ log: '#lobby', why: 'ahead', missed: 0 }],
      logs: [
        { log: '@me', seq: 0 },
        { log: '#lobby', seq: 3 },
      ],
    },
  ]);
  lo.say('two');
  await world.tick();
  t.strictSame(er.outlet.shown('#lobby'), ['message LO two']);
  t.throws(
    () => world.admit(new TestOutlet(), { nick: 'LO', resume: { token: 'guess', after: new Map() } }),
    {
      code: 'nick-taken',
    },
  );
});

const STOP: Bye = { type: 'bye', code: 'shutdown', text: '', reconnect: true };

await t.test('a hub that stops takes nothing more, and keeps what it took', async (t) => {
  const world = await World.open();
  const lo = await world.enter('LO');
  world.store.appending.shut();
  const answer = lo.say('last words', '#lobby', 'a');
  await world.tick();
  const closed = world.hub.close(STOP);
  t.match(lo.say('too late'), [{ type: 'error', code: 'busy', retryAfterMs: 1000 }]);
  t.throws(() => world.knock('ER'), { code: 'busy' });
  world.store.appending.open();
  await closed;
  t.match(answer, [{ type: 'ok' }], 'it is answered before the goodbye');
  t.match(lo.outlet.bye, { code: 'shutdown', reconnect: true });
});
