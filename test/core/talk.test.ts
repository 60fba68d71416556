// What is said reaches those it is for and no one else, once, however often it is asked for and whoever leaves meanwhile.

import t from 'tap';
import { OPERATOR } from '../../src/core/actor.ts';
import type { Command } from '../../src/core/command.ts';
import { ChatError } from '../../src/core/errors.ts';
import { LIMITS } from '../../src/core/limits.ts';
import type { Reply } from '../../src/core/reply.ts';
import { type Peer, World } from './world.ts';

async function three(): Promise<{ world: World; lo: Peer; er: Peer; qw: Peer }> {
  const world = await World.open();
  const [lo, er, qw] = [await world.enter('LO'), await world.enter('ER'), await world.enter('QW')];
  for (const { outlet } of [lo, er, qw]) outlet.batches.length = 0;
  return { world, lo, er, qw };
}

function operator(world: World, command: Command): Reply[] {
  const answers: Reply[] = [];
  world.hub.execute(OPERATOR, command, (reply) => void answers.push(reply));
  return answers;
}

await t.test('to the room', async (t) => {
  const { world, lo, er, qw } = await three();
  const answer = lo.say('hello', '#lobby', 'marked');
  const unmarked = lo.ask({ type: 'say', room: '#LOBBY', text: 'waves\u001b[31m', action: true });
  t.strictSame(answer, [], 'no ok before it is kept');
  await world.tick();
  t.match(answer, [{ type: 'ok', log: '#lobby', seq: 4 }]);
  t.strictSame(unmarked, [], 'who did not mark it sees the entry, and that is all');
  for (const { outlet } of [lo, er, qw])
    t.strictSame(outlet.shown('#lobby'), ['message LO hello', 'action LO waves']);
  t.match(lo.say('x', '#nowhere'), [{ code: 'no-such-room' }]);
  t.match(lo.say('x', 'a b'), [{ code: 'bad-room' }]);
  t.match(lo.say(' '), [{ code: 'empty-text' }]);
  t.match(lo.say('x'.repeat(LIMITS.textChars + 1)), [{ code: 'too-long' }]);
});

await t.test('to one person: into that inbox, with a copy to a sender who can come back', async (t) => {
  const { world, lo, er, qw } = await three();
  const plain = await world.enterPlain('PL');
  const answer = lo.tell('er', 'only for you', 'a');
  const byId = lo.tell(er.session.id, 'by id', 'b');
  plain.tell('ER', 'from a plain one');
  er.tell('PL', 'to a plain one');
  er.tell('ER', 'note to self');
  await world.tick();
  t.match(
    answer,
    [{ type: 'ok', log: '@me', seq: 1, delivery: 'delivered' }],
    'the sender can find its copy',
  );
  t.match(byId, [{ type: 'ok', seq: 2, delivery: 'delivered' }]);
  t.strictSame(er.outlet.shown('@me'), [
    'private LO>ER only for you',
    'private LO>ER by id',
    'private PL>ER from a plain one',
    'private ER>PL to a plain one',
    'private ER>ER note to self',
  ]);
  t.strictSame(lo.outlet.shown('@me'), ['private LO>ER only for you', 'private LO>ER by id']);
  t.strictSame(plain.outlet.shown('@me'), ['private ER>PL to a plain one']);
  t.strictSame(qw.outlet.shown('@me'), []);
  for (const { outlet } of [lo, er, qw])
    t.strictSame(outlet.shown('#lobby'), ['join PL'], 'nothing in the room');
});

await t.test('to nobody: refused and kept nowhere', async (t) => {
  const { world, lo, er } = await three();
  er.ask({ type: 'nick', nick: 'ERIC' });
  for (const name of ['ER', 'nobody', 'E', 'server', '+nope', '@ERIC', '#lobby', '', '__proto__'])
    t.match(lo.tell(name, 'secret'), [{ type: 'error', code: 'no-such-user' }], name);
  const [error] = lo.tell('\u001b[31mx'.repeat(10_000), 'secret');
  t.ok(error?.type === 'error' && error.text.length < 120 && !error.text.includes('\u001b'));
  await world.tick();
  const kept = world.store.commits.flatMap(({ entries }) => entries);
  t.notOk(kept.some(({ text }) => text.includes('secret')));
  lo.tell('ERIC', 'found');
  await world.tick();
  t.strictSame(er.outlet.shown('@me'), ['private LO>ERIC found'], 'the new name is good at once');
});

await t.test('a private text to somebody who is just leaving harms nobody', async (t) => {
  const { world, lo, er, qw } = await three();
  lo.tell('ER', 'first');
  await world.tick();
  const answers = [lo.tell('ER', 'second', 'a'), qw.say('public', '#lobby', 'a')];
  er.ask({ type: 'quit', text: '' });
  await world.tick();
  t.match(answers, [[{ type: 'ok' }], [{ type: 'ok' }]]);
  t.strictSame(world.store.dropped, [er.session.inbox.name]);
  t.notOk(
    (await world.store.heads()).some(({ name }) => name === er.session.inbox.name),
    'the inbox is gone',
  );
  // The same while the store is at work, and for an inbox that the store has yet to hear of.
  world.store.appending.shut();
  const gone = await world.enter('GONE');
  lo.tell('GONE', 'x');
  await world.tick();
  gone.ask({ type: 'quit', text: '' });
  world.store.appending.open();
  await world.tick();
  const inboxes = (await world.store.heads()).filter(({ name }) => name.startsWith('@'));
  t.strictSame(
    inboxes.map(({ name }) => name),
    [lo.session.inbox.name],
    'nor does it stay behind',
  );
});

await t.test(
  'a request with an id is done once: after its answer, before it, and over another connection',
  async (t) => {
    const { world, lo, er } = await three();
    world.store.appending.shut();
    const first = lo.say('once', '#lobby', 'a');
    await world.tick();
    const meanwhile = lo.say('once', '#lobby', 'a');
    lo.resume({ '#lobby': 3 });
    const elsewhere = lo.say('once', '#lobby', 'a');
    world.store.appending.open();
    await world.tick();
    const later = lo.say('once', '#lobby', 'a');
    const told = [lo.tell('ER', 'once too', 'b'), lo.tell('ER', 'once too', 'b')];
    await world.tick();
    t.match(first, [{ type: 'ok', seq: 4 }]);
    t.strictSame([meanwhile, elsewhere, later], [first, first, first]);
    t.strictSame(told[0], told[1]);
    t.strictSame(er.outlet.shown('#lobby'), ['message LO once']);
    t.strictSame(er.outlet.shown('@me'), ['private LO>ER once too']);
    t.strictSame(er.say('mine', '#lobby', 'a'), [], 'another’s ids are its own');
    lo.ask({ type: 'who', room: null }, 'a');
    t.match(lo.ask({ type: 'ping' }, 'a'), [{ type: 'pong' }], 'only what is kept is remembered');
  },
);

await t.test('a request that the store refused may be asked again', async (t) => {
  const { world, lo, er } = await three();
  world.store.refusal = new ChatError('store-failed', 'disk full: make room');
  const answers = [lo.say('x', '#lobby', 'a'), lo.say('y'), lo.tell('ER', 'z', 'b')];
  answers.push(lo.ask({ type: 'topic', room: '#lobby', text: 't' }));
  answers.push(lo.ask({ type: 'nick', nick: 'NEW' }), lo.ask({ type: 'join', room: '#new' }));
  await world.tick();
  for (const answer of answers) t.match(answer, [{ type: 'error', code: 'store-failed', text: 'make room' }]);
  world.store.refusal = null;
  t.equal(world.hub.directory.named('LO'), lo.session, 'a name that could not be kept is given back');
  t.equal(world.hub.directory.named('NEW'), undefined);
  t.match(lo.say('x', '#new'), [{ code: 'not-in-room' }]);
  const again = lo.say('x', '#lobby', 'a');
  await world.tick();
  t.match(again, [{ type: 'ok', seq: 4 }]);
  t.strictSame(er.outlet.shown('#lobby'), ['message LO x']);
});

await t.test('too fast', async (t) => {
  const world = await World.open({
    sessionRate: { perSecond: 1, burst: 3 },
    addressRate: { perSecond: 1, burst: 6 },
  });
  const lo = await world.enter('LO');
  for (let i = 0; i < 3; i++) lo.say(`m${i}`);
  t.match(lo.say('x'), [{ type: 'error', code: 'rate-limited', retryAfterMs: 1000, text: 'wait 1 s' }]);
  world.clock += 1000;
  t.strictSame(lo.say('y'), [], 'a second later it may');
  const acks = Array.from({ length: 10 }, () => lo.ask({ type: 'ack', log: '#lobby', seq: 1 }));
  await world.tick();
  for (const ack of acks) t.match(ack, [{ type: 'ok' }], 'to acknowledge costs nothing');
  t.equal(world.hub.meter.refused, 1);
  for (const nick of ['ER', 'ERIC']) await world.enter(nick);
  t.throws(() => world.knock('QW'), { code: 'rate-limited', message: 'your address sends too fast' });
  t.match(
    operator(world, { type: 'notice', to: { scope: 'all' }, text: 'x' }),
    [],
    'an operator is not held up',
  );
});

await t.test('notices: to everybody, to a room, to one', async (t) => {
  const { world, lo, er, qw } = await three();
  er.ask({ type: 'join', room: '#dev' });
  const answers = [
    operator(world, { type: 'notice', to: { scope: 'all' }, text: 'all' }),
    operator(world, { type: 'notice', to: { scope: 'room', room: '#dev' }, text: 'dev' }),
    operator(world, { type: 'notice', to: { scope: 'user', name: 'qw' }, text: 'qw' }),
  ];
  await world.tick();
  t.match(answers, [[{ type: 'ok', log: '#lobby' }], [{ log: '#dev' }], [{ log: '@QW' }]]);
  for (const { outlet } of [lo, er, qw]) t.strictSame(outlet.shown('#lobby'), ['notice server all']);
  t.strictSame(er.outlet.shown('#dev'), ['join ER', 'notice server dev']);
  t.strictSame([lo.outlet.shown('@me'), qw.outlet.shown('@me')], [[], ['notice server qw']]);
  t.match(operator(world, { type: 'notice', to: { scope: 'room', room: '#no' }, text: 'x' }), [
    { code: 'no-such-room' },
  ]);
  t.match(operator(world, { type: 'notice', to: { scope: 'user', name: 'no' }, text: 'x' }), [
    { code: 'no-such-user' },
  ]);
  t.match(lo.ask({ type: 'notice', to: { scope: 'all' }, text: 'x' }), [
    { code: 'not-allowed', text: 'ask one' },
  ]);
});

await t.test('reports reach the operator and no one else', async (t) => {
  const { world, lo, er } = await three();
  er.say('rude');
  lo.tell('ER', 'y');
  await world.tick();
  const ok = [
    lo.ask({ type: 'report', log: '#lobby', seq: 4, text: 'rude\nwords' }),
    lo.ask({ type: 'report', log: '@me', seq: 1, text: '' }),
  ];
  await world.tick();
  t.match(ok, [[{ type: 'ok' }], [{ type: 'ok' }]]);
  const reports = operator(world, {
    type: 'history',
    log: '@operators',
    before: null,
    after: null,
    limit: 10,
  });
  await world.tick();
  t.match(reports, [
    {
      entries: [
        { kind: 'private', from: 'LO', to: 'operators', text: 'reports #lobby 4: rude words' },
        { text: `reports ${lo.session.inbox.name} 1` },
      ],
    },
  ]);
  for (const [log, seq, code] of [
    ['#lobby', 5, 'bad-request'],
    ['#lobby', 0, 'bad-request'],
    ['@me', 2, 'bad-request'],
    ['#nowhere', 1, 'no-such-room'],
    ['@operators', 1, 'bad-room'],
  ] as const)
    t.match(lo.ask({ type: 'report', log, seq, text: '' }), [{ code }], `${log} ${seq}`);
  t.match(lo.ask({ type: 'report', log: '#lobby', seq: 1, text: 'x'.repeat(301) }), [{ code: 'too-long' }]);
  t.match(operator(world, { type: 'report', log: '#lobby', seq: 1, text: '' }), [{ code: 'bad-request' }]);
  t.notOk(er.outlet.entries.some(({ text }) => text.startsWith('reports')));
});

await t.test('whoever watches the hub sees rooms and no inbox', async (t) => {
  const { world, lo } = await three();
  const seen: string[] = [];
  const stop = world.hub.watch((entries) => seen.push(...entries.map(({ log, text }) => `${log} ${text}`)));
  lo.say('public');
  lo.tell('ER', 'private');
  lo.ask({ type: 'report', log: '#lobby', seq: 1, text: '' });
  await world.tick();
  stop();
  lo.say('after');
  await world.tick();
  t.strictSame(seen, ['#lobby public']);
});
