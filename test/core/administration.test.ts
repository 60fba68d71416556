// Who may show whom the door, how many accounts there may be, and what the operator does with them, on a hub without sockets.

import t from 'tap';
import { addAccount, changeAccount, removeAccount } from '../../src/core/administration.ts';
import { DEFAULTS, LIMITS } from '../../src/core/limits.ts';
import type { Reply } from '../../src/core/reply.ts';
import { Person } from '../support/people.ts';
import { Peer, World } from './world.ts';
import { done, enter, knock, Knock } from './knock.ts';

await t.test('roles: who may show whom the door', async (t) => {
  const world = await World.open();
  const people = { LO: new Person(), ER: new Person(), QW: new Person() };
  const lo = await enter(world, 'LO', people.LO);
  const er = await enter(world, 'ER', people.ER);
  const qw = await enter(world, 'QW', people.QW);
  await done(world, changeAccount(world.hub, 'LO', { role: 'moderator' }));
  await done(world, changeAccount(world.hub, 'ER', { role: 'operator' }));
  const kick = (by: Peer, target: string): Promise<Reply[]> => {
    const answers = by.ask({ type: 'kick', target, reason: 'spam' });
    return world.tick().then(() => answers);
  };
  t.match(await kick(qw, 'LO'), [{ code: 'not-allowed' }], 'a user may not');
  t.match(await kick(lo, 'ER'), [{ code: 'not-allowed', text: /operator/ }], 'nor a moderator an operator');
  const second = await enter(world, 'QW', people.QW);
  t.match(await kick(lo, 'QW'), [{ type: 'kicked', matched: 1 }]);
  t.match([qw.outlet.bye, second.outlet.bye], [{ code: 'kicked' }, { code: 'kicked' }], 'on all devices');
  t.equal(er.outlet.shown('#lobby').filter((line) => line.startsWith('kick')).length, 1, 'told once');
  t.match(lo.ask({ type: 'notice', to: { scope: 'all' }, text: 'x' }), [{ code: 'not-allowed' }]);
  er.ask({ type: 'notice', to: { scope: 'all' }, text: 'all hands' });
  await world.tick();
  t.equal(lo.outlet.shown('#lobby').at(-1), 'notice ER all hands');
  t.match(
    world.events.filter(({ type }) => type === 'kicked'),
    [{ nick: 'QW', by: 'LO' }],
    'and the log knows by whom',
  );
});

await t.test('a key owns so many names and no more', async (t) => {
  const world = await World.open();
  const lo = new Person();
  for (let n = 1; n <= LIMITS.namesPerKey; n++)
    t.match((await enter(world, `LO-${n}`, lo)).outlet.told('welcome'), [{ account: `LO-${n}` }]);
  const guest = await knock(world, 'LO', lo);
  t.match(guest.outlet.told('welcome'), [{ account: '' }]);
  t.match(guest.answers.at(-1), {
    type: 'info',
    text: `your key has ${LIMITS.namesPerKey} names already: this one is not kept for you`,
  });
  t.match((await enter(world, 'lo-1', lo)).outlet.told('welcome'), [{ account: 'LO-1' }]);
});

await t.test('bounds: accounts, claims of an address, claims that nobody uses', async (t) => {
  const world = await World.open({ claimsPerAddress: 1, maxAccounts: 2 });
  const lo = new Person();
  await enter(world, 'LO', lo);
  const er = await knock(world, 'ER', new Person());
  t.match(er.outlet.told('welcome'), [{ nick: 'ER', account: '' }], 'it comes in all the same');
  t.match(er.answers.at(-1), { type: 'info', text: /not kept for you/ });
  world.clock += 3_600_000;
  await enter(world, 'QW', new Person());
  world.clock += 3_600_000;
  t.match(
    (await knock(world, 'ZX', new Person())).outlet.told('welcome'),
    [{ account: '' }],
    'as many as may be',
  );

  await done(world, changeAccount(world.hub, 'QW', { role: 'moderator' }));
  for (const session of world.hub.directory.sessions()) world.hub.leave(session, 'test');
  world.clock += (DEFAULTS.claimDays + 1) * 86_400_000;
  await world.hub.prune({ olderThan: 0, entriesPerLog: Infinity, bytes: Infinity });
  t.equal(world.hub.accounts.named('LO'), undefined, 'a claim lapses');
  t.ok(world.hub.accounts.named('QW'), 'what was given does not');
});

await t.test('the operator takes an account away, or disables it', async (t) => {
  const world = await World.open();
  const lo = new Person();
  const er = new Person();
  const first = await enter(world, 'LO', lo);
  await done(world, changeAccount(world.hub, 'lo', { disabled: true }));
  t.match(first.outlet.bye, { code: 'kicked' });
  t.equal((await knock(world, 'LO', lo)).refusal, 'auth-failed');
  t.equal(new Knock(world).hello('LO', null).refusal, 'name-owned', 'its name stays its own');
  await done(world, changeAccount(world.hub, 'LO', { disabled: false }));
  t.ok((await knock(world, 'LO', lo)).session);
  const qw = await world.enter('QW');
  qw.tell('LO', 'x');
  await world.tick();
  const told = qw.tell('LO', 'in the same moment', 'id');
  await done(world, removeAccount(world.hub, 'LO'));
  await world.tick();
  t.match(told, [{ type: 'ok' }], 'who talks meanwhile is not refused for it');
  t.match(await world.store.facts(), []);
  t.ok(
    world.store.dropped.some((log) => log.startsWith('@~')),
    'with its inbox',
  );
  t.match((await knock(world, 'LO', er)).outlet.told('welcome'), [{ account: 'LO' }], 'the name is free');
  await t.rejects(removeAccount(world.hub, 'nobody'), { code: 'no-such-user' });
});

await t.test('a guest whose name the operator gives to somebody is called otherwise at once', async (t) => {
  const world = await World.open();
  const guest = await world.enter('LO');
  await done(
    world,
    addAccount(world.hub, { name: 'LO', password: 'correct horse', role: 'user', key: null }),
  );
  t.equal(guest.session.nick, 'LO-2');
  const qw = await world.enter('QW');
  qw.tell('LO', 'for the owner');
  await world.tick();
  t.strictSame(guest.outlet.shown('@me'), []);
});
