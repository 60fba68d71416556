// Plays of owners, guests and impostors, on a hub without sockets: a name belongs to whoever has its key, on however many
// devices, and what is said to it privately reaches nobody else. Keys and passwords are real.

import t from 'tap';
import { ChatError } from '../../src/core/errors.ts';
import { Person } from '../support/people.ts';
import { World } from './world.ts';
import { enter, knock, Knock } from './knock.ts';

await t.test('the first key that comes with a name owns it, through restarts', async (t) => {
  const world = await World.open();
  const lo = new Person();
  const first = await enter(world, 'LO', lo);
  t.match(first.outlet.told('welcome'), [{ nick: 'LO', account: 'LO', role: 'user' }]);
  t.match(world.store.commits.at(-1)?.facts, [{ kind: 'account' }], 'kept in the commit of the join');
  first.ask({ type: 'quit', text: '' });
  await world.tick();

  await world.restart();
  t.equal((await knock(world, 'LO', new Person())).refusal, 'name-owned', 'another key');
  t.equal(new Knock(world).hello('lo', null).refusal, 'name-owned', 'no key');
  const plain = await world.enterPlain('LO');
  t.equal(plain.session.nick, 'LO-2', 'who cannot be refused gets another name');
  t.match(plain.outlet.told('info'), [{ text: /LO belongs to somebody/ }]);
  const back = await enter(world, 'lo', lo);
  t.equal(back.session.nick, 'LO', 'as its owner writes it');
  t.equal((await enter(world, 'LO-bot', lo)).session.nick, 'LO-bot', 'one key may own several names');
  t.match(plain.ask({ type: 'nick', nick: 'Lo' }), [{ type: 'error', code: 'name-owned' }]);
});

await t.test('devices of one account are one person', async (t) => {
  const world = await World.open();
  const lo = new Person();
  const qw = await world.enter('QW');
  const laptop = await enter(world, 'LO', lo);
  const phone = await enter(world, 'LO', lo);
  t.strictSame(qw.outlet.shown('#lobby'), ['join QW', 'join LO'], 'it enters once');
  const [answer] = qw.ask({ type: 'who', room: null });
  t.match(answer, {
    users: [
      { nick: 'QW', account: '' },
      { nick: 'LO', account: 'LO' },
    ],
  });
  t.equal(answer?.type === 'who' && answer.users.length, 2, 'one row');
  t.equal(world.hub.lobby.info().members, 2);

  qw.tell('LO', 'to both');
  phone.say('from the phone');
  laptop.tell('QW', 'from the laptop');
  await world.tick();
  const inbox = ['private QW>LO to both', 'private LO>QW from the laptop'];
  t.strictSame(laptop.outlet.shown('@me'), inbox);
  t.strictSame(phone.outlet.shown('@me'), inbox, 'the same on both');

  t.match(phone.ask({ type: 'join', room: '#dev' }), []);
  await world.tick();
  laptop.ask({ type: 'join', room: '#dev' });
  await world.tick();
  t.strictSame(laptop.outlet.shown('#dev'), [], 'it was in the room already');
  phone.ask({ type: 'part', room: '#dev' });
  await world.tick();
  t.strictSame(laptop.outlet.shown('#dev'), [], 'and still is');

  phone.ask({ type: 'nick', nick: 'LORY' });
  await world.tick();
  t.equal(laptop.session.nick, 'LORY', 'a rename is for all devices');
  t.equal(world.hub.accounts.named('LO'), undefined, 'the old name is free');
  laptop.ask({ type: 'quit', text: '' });
  await world.tick();
  t.notMatch(qw.outlet.shown('#lobby').join(), /leave/, 'it is still here');
  phone.ask({ type: 'quit', text: 'bye' });
  await world.tick();
  t.equal(qw.outlet.shown('#lobby').at(-1), 'leave LORY bye');
});

await t.test('what is said to an owner who is away waits for them, and for nobody else', async (t) => {
  const world = await World.open();
  const lo = new Person();
  const qw = await world.enter('QW');
  const here = await enter(world, 'LO', lo);
  qw.tell('LO', 'one');
  await world.tick();
  here.ask({ type: 'ack', log: '@me', seq: 1 });
  here.ask({ type: 'quit', text: '' });
  await world.tick();
  const told = qw.tell('lo', 'two', 'id');
  await world.tick();
  t.match(told, [{ type: 'ok', delivery: 'stored' }]);

  await world.restart();
  const guest = await world.enterPlain('LO');
  t.equal(guest.session.nick, 'LO-2');
  const er = await world.enter('ER');
  er.tell('LO', 'three');
  await world.tick();
  t.strictSame(guest.outlet.shown('@me'), []);
  const back = await enter(world, 'LO', lo);
  t.strictSame(
    back.outlet.shown('@me'),
    ['private QW>LO two', 'private ER>LO three'],
    'what it had not seen',
  );
  back.drop();
  world.clock += 121_000;
  world.hub.sweep();
  await world.tick();
  const again = await enter(world, 'LO', lo);
  t.equal(again.outlet.shown('@me').length, 2, 'not acknowledged, so told again');
});

await t.test('a name changes hands, and private texts follow the person', async (t) => {
  const world = await World.open();
  const lo = new Person();
  const owner = await enter(world, 'LO', lo);
  const qw = await world.enter('QW');
  const er = await world.enter('ER');
  // All in one tick: a text, a rename, another text, the freed name taken by somebody else, a third text.
  qw.tell('LO', 'for the owner');
  owner.ask({ type: 'nick', nick: 'OL' });
  qw.tell('OL', 'for the owner too');
  er.ask({ type: 'nick', nick: 'LO' });
  qw.tell('LO', 'for ER');
  await world.tick();
  t.strictSame(owner.outlet.shown('@me'), ['private QW>LO for the owner', 'private QW>OL for the owner too']);
  t.strictSame(er.outlet.shown('@me'), ['private QW>LO for ER']);

  // Two renames racing for one name.
  t.match(qw.ask({ type: 'nick', nick: 'X' }), []);
  t.match(owner.ask({ type: 'nick', nick: 'x' }), [{ type: 'error', code: 'nick-taken' }]);
  await world.tick();
  t.equal(world.hub.accounts.named('OL')?.keys[0], lo.key);

  // The store refuses a rename: the account has its old name again.
  world.store.refusal = new ChatError('store-failed', 'full');
  const answers = owner.ask({ type: 'nick', nick: 'NEW' });
  await world.tick();
  t.match(answers, [{ type: 'error', code: 'store-failed' }]);
  t.equal(world.hub.accounts.named('NEW'), undefined);
  t.equal(owner.session.nick, 'OL');
});

await t.test('a ghost gives the name back to its owner at once', async (t) => {
  const world = await World.open({ access: 'open' });
  const lo = new Person();
  const first = await enter(world, 'LO', lo);
  t.equal(
    new Knock(world).hello('LO', null).refusal,
    'name-owned',
    'in open mode it is kept while its owner is here',
  );
  first.ask({ type: 'quit', text: '' });
  await world.tick();
  const ghost = await world.enter('LO');
  const qw = await world.enter('QW');
  qw.tell('LO', 'for the ghost');
  const owner = await enter(world, 'LO', lo);
  qw.tell('LO', 'for the owner');
  await world.tick();
  t.equal(ghost.session.nick, 'LO-2');
  t.match(ghost.outlet.told('info'), [{ text: /you are called LO-2 now/ }]);
  t.strictSame(ghost.outlet.shown('@me'), ['private QW>LO for the ghost']);
  t.strictSame(owner.outlet.shown('@me'), ['private QW>LO for the owner']);
  t.strictSame(qw.outlet.shown('#lobby').slice(-2), ['rename LO>LO-2', 'join LO']);

  owner.ask({ type: 'quit', text: '' });
  await world.tick();
  const away = await world.enter('LO');
  away.drop();
  const back = await enter(world, 'LO', lo);
  t.equal(back.session.nick, 'LO', 'from one that is away as well');
  t.notOk(world.hub.directory.has(away.session));
});
