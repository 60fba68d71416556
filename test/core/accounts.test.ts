// Plays of owners, guests and impostors, on a hub without sockets: a name belongs to whoever has its key, on however many
// devices, and what is said to it privately reaches nobody else. Keys and passwords are real.

import t from 'tap';
import { addAccount, changeAccount, removeAccount } from '../../src/core/administration.ts';
import type { Auth, Hello } from '../../src/core/command.ts';
import { Doorway } from '../../src/core/doorway.ts';
import { ChatError } from '../../src/core/errors.ts';
import type { Channel } from '../../src/core/outlet.ts';
import { DEFAULTS, LIMITS } from '../../src/core/limits.ts';
import type { Reply } from '../../src/core/reply.ts';
import type { Session } from '../../src/core/session.ts';
import { Person } from '../support/people.ts';
import { Peer, TestOutlet, World } from './world.ts';

const TLS: Channel = { kind: 'tls', binding: 'the-binding-of-this-connection' };
const LOCAL: Channel = { kind: 'local', binding: null };

/** One connection at the door. */
class Knock {
  readonly world: World;
  readonly outlet: TestOutlet;
  readonly doorway: Doorway;
  readonly answers: Reply[] = [];
  readonly refusals: ChatError[] = [];
  session: Session | null = null;

  constructor(world: World, channel: Channel = TLS, dialect: 'json' | 'plain' = 'json', address?: string) {
    this.world = world;
    this.outlet = new TestOutlet(dialect, address);
    this.outlet.channel = channel;
    this.doorway = new Doorway({
      hub: world.hub,
      outlet: this.outlet,
      answer: (reply) => void this.answers.push(reply),
      admitted: (session) => void (this.session = session),
      refused: (error) => void this.refusals.push(error),
      decided: () => {},
    });
  }

  hello(nick: string, auth: Auth | null, more: Partial<Hello> = {}): this {
    const hello = { nick, client: 'test', onTaken: 'refuse', resume: null, auth, ...more } as const;
    this.doorway.hello(hello, null);
    return this;
  }

  /** Signs the challenge with the key of `person`, and waits for what comes of it. */
  async signs(person: Person, binding = TLS.binding ?? ''): Promise<this> {
    const challenge = this.answers.findLast((reply) => reply.type === 'challenge');
    if (challenge?.type === 'challenge') this.doorway.auth(person.sign(challenge.nonce, binding), null);
    await this.settled();
    return this;
  }

  async settled(): Promise<this> {
    while (this.doorway.isChecking) await new Promise((resolve) => void setImmediate(resolve));
    await this.world.tick();
    return this;
  }

  get refusal(): string {
    return this.refusals.at(-1)?.code ?? 'none';
  }

  get peer(): Peer {
    if (this.session === null) throw new Error(`not in: ${this.refusals.join()}`);
    return new Peer(this.world, this.session, this.outlet);
  }
}

async function knock(world: World, nick: string, person: Person, invite = ''): Promise<Knock> {
  return new Knock(world).hello(nick, { kind: 'key', key: person.key, invite }).signs(person);
}

async function enter(world: World, nick: string, person: Person): Promise<Peer> {
  return (await knock(world, nick, person)).peer;
}

/** What the operator asked for is done when it is durable, and a tick has to end for that. */
async function done<T>(world: World, work: Promise<T>): Promise<T> {
  const state = { isOver: false };
  const over = work.finally(() => (state.isOver = true));
  over.catch(() => {});
  while (!state.isOver) await world.tick();
  return over;
}

function password(secret: string, invite = ''): Auth {
  return { kind: 'password', password: secret, invite };
}

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

await t.test('a challenge is good once, here, now, and for that key', async (t) => {
  const world = await World.open();
  const lo = new Person();
  const auth: Auth = { kind: 'key', key: lo.key, invite: '' };
  const one = new Knock(world).hello('LO', auth);
  await one.signs(lo, 'the-binding-of-a-relayed-connection');
  t.equal(one.refusal, 'auth-failed', 'signed for another connection');
  await one.signs(lo);
  t.equal(one.refusals.length, 2, 'the nonce was used up');
  t.equal(one.session, null);

  const late = new Knock(world).hello('LO', auth);
  world.clock += LIMITS.challengeWaitMs;
  t.equal((await late.signs(lo)).refusal, 'auth-failed', 'too late');
  t.equal(
    (await new Knock(world).hello('LO', auth).signs(new Person())).refusal,
    'auth-failed',
    'another key',
  );

  const recorded = new Knock(world).hello('LO', auth);
  const challenge = recorded.answers[0];
  const signature = challenge?.type === 'challenge' ? lo.sign(challenge.nonce, TLS.binding ?? '') : '';
  const replayed = new Knock(world).hello('LO', auth);
  replayed.doorway.auth(signature, null);
  t.equal(replayed.refusal, 'auth-failed', 'a signature of another connection’s nonce');
  recorded.doorway.auth(signature, null);
  t.ok((await recorded.settled()).session, 'where it was made for it is good');

  for (const kind of ['open', 'local'] as const) {
    const plain = new Knock(world, { kind, binding: null }).hello('ER', {
      kind: 'key',
      key: lo.key,
      invite: '',
    });
    t.equal(plain.refusal, 'not-secure', `without a binding: ${kind}`);
  }
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

await t.test('closed: only accounts come in, and an invite makes one', async (t) => {
  const world = await World.open({ access: 'closed' });
  const lo = new Person();
  t.equal(new Knock(world).hello('LO', null).refusal, 'accounts-only');
  t.equal((await knock(world, 'LO', lo)).refusal, 'accounts-only');
  t.throws(() => world.knock('X', { onTaken: 'vary', client: '' }, new TestOutlet('plain')), {
    code: 'accounts-only',
  });
  const { proofs } = world;
  world.hub.gate.invites.add({
    id: 'i1',
    digest: proofs.digest('TOKEN'),
    role: 'moderator',
    uses: 2,
    expiresAt: world.clock + 1000,
    createdAt: world.clock,
  });
  t.equal((await knock(world, 'LO', lo, 'WRONG')).refusal, 'auth-failed');
  await world.restart({ access: 'closed' });
  const in1 = await knock(world, 'LO', lo, 'TOKEN');
  t.match(in1.outlet.told('welcome'), [{ account: 'LO', role: 'moderator' }]);
  const byPassword = await new Knock(world, LOCAL).hello('ER', password('long enough', 'TOKEN')).settled();
  t.match(byPassword.outlet.told('welcome'), [{ account: 'ER' }]);
  t.equal((await knock(world, 'QW', new Person(), 'TOKEN')).refusal, 'auth-failed', 'used up');
  t.notMatch(JSON.stringify(await world.store.facts()), /TOKEN|long enough/, 'neither is stored');
});

await t.test(
  'passwords: where nobody can read them, slowly for who guesses, and never in a log',
  async (t) => {
    const world = await World.open();
    await done(
      world,
      addAccount(world.hub, { name: 'LO', password: 'correct horse', role: 'user', key: null }),
    );
    const open = new Knock(world, { kind: 'open', binding: null }).hello('LO', password('correct horse'));
    t.equal(open.refusal, 'not-secure');
    const good = await new Knock(world, LOCAL).hello('lo', password('correct horse')).settled();
    t.match(good.outlet.told('welcome'), [{ nick: 'LO', account: 'LO' }]);

    for (let i = 1; i <= LIMITS.freeFailures; i++) {
      const wrong = await new Knock(world, LOCAL).hello('LO', password(`guess ${i}`)).settled();
      t.equal(wrong.refusals.at(-1)?.retryAfterMs, undefined, `guess ${i}`);
    }
    const slowed = await new Knock(world, LOCAL).hello('LO', password('correct horse')).settled();
    t.ok((slowed.refusals.at(-1)?.retryAfterMs ?? 0) > 0, 'even the right one waits then');
    const elsewhere = await new Knock(world, LOCAL, 'json', '192.0.2.9').hello('LO', password('x')).settled();
    t.ok((elsewhere.refusals.at(-1)?.retryAfterMs ?? 0) > 0, 'from another address too');
    const person = new Person();
    await done(world, changeAccount(world.hub, 'LO', { addKey: person.key }));
    t.ok((await knock(world, 'LO', person)).session, 'the key is not locked out by others’ guesses');
    world.clock += LIMITS.failureDelayMs;
    t.ok(
      (await new Knock(world, LOCAL).hello('LO', password('correct horse')).settled()).session,
      'after a while',
    );
    t.notMatch(JSON.stringify(world.events), /horse|guess/);
    const failed = world.events.filter(({ type }) => type === 'sign-in-failed');
    t.ok(failed.length > 0 && failed.length <= 10, 'failures are told, and not without end');
  },
);

await t.test('a person is asked for the password, three times, or goes on under another name', async (t) => {
  const world = await World.open();
  await done(
    world,
    addAccount(world.hub, { name: 'LO', password: 'correct horse', role: 'user', key: null }),
  );
  const ask = (channel: Channel): Knock =>
    new Knock(world, channel, 'plain').hello('LO', null, { onTaken: 'ask', client: '' });
  const asked = ask(LOCAL);
  t.match(asked.answers, [{ type: 'password-wanted', text: /LO belongs to somebody/ }]);
  asked.doorway.password('wrong horse');
  await asked.settled();
  t.match(asked.answers.slice(1), [{ code: 'auth-failed' }, { type: 'password-wanted' }]);
  asked.doorway.password('correct horse');
  await asked.settled();
  t.equal(asked.session?.nick, 'LO');
  const guest = ask(LOCAL);
  guest.doorway.password('');
  await world.tick();
  t.equal(guest.session?.nick, 'LO-2');
  t.equal(
    (await ask({ kind: 'open', binding: null }).settled()).session?.nick,
    'LO-3',
    'never asked in the open',
  );
  const guesser = ask(LOCAL);
  for (const guess of ['a', 'b', 'c', 'd'].slice(0, LIMITS.passwordTries)) {
    guesser.doorway.password(guess);
    await guesser.settled();
  }
  t.equal(guesser.refusal, 'auth-failed');
  t.notOk(guesser.doorway.isAsking);
});

await t.test('who left before the password was checked does not come in', async (t) => {
  const world = await World.open();
  await done(
    world,
    addAccount(world.hub, { name: 'LO', password: 'correct horse', role: 'user', key: null }),
  );
  const gone = new Knock(world, LOCAL).hello('LO', password('correct horse'));
  gone.doorway.leave();
  await new Knock(world, LOCAL, 'json', '192.0.2.3').hello('LO', password('correct horse')).settled();
  t.equal(gone.session, null);
  const changed = new Knock(world, LOCAL).hello('LO', password('correct horse'));
  const account = world.hub.accounts.named('LO');
  if (account !== undefined) world.hub.accounts.change(account, { password: 'another' });
  t.equal((await changed.settled()).refusal, 'auth-failed', 'changed while it was checked');
});

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
  await done(world, removeAccount(world.hub, 'LO'));
  await world.tick();
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

await t.test('a user database of the operator’s own', async (t) => {
  const world = await World.open();
  const asked: unknown[] = [];
  const answers = { LO: { ok: true, role: 'moderator' }, ER: { ok: false, text: 'ask the office' } } as const;
  world.proofs = {
    ...world.proofs,
    ask: async (question) => {
      asked.push(question);
      if (question.name === 'QW') throw new ChatError('busy', 'the user database does not answer');
      return question.name === 'LO' ? answers.LO : answers.ER;
    },
  };
  await world.restart();
  const lo = await new Knock(world, LOCAL).hello('LO', password('known elsewhere')).settled();
  t.match(lo.outlet.told('welcome'), [{ account: 'LO', role: 'moderator' }]);
  t.match(asked, [{ name: 'LO', password: 'known elsewhere', address: '192.0.2.1' }]);
  const er = await new Knock(world, LOCAL).hello('ER', password('x')).settled();
  t.match(er.refusals, [{ code: 'auth-failed', message: 'ask the office' }]);
  t.equal(
    (await new Knock(world, LOCAL).hello('QW', password('x')).settled()).refusal,
    'busy',
    'fails closed',
  );
  t.notMatch(JSON.stringify(await world.store.facts()), /elsewhere/);
});

await t.test('/passwd: the owner sets a password, and changes it with the old one', async (t) => {
  const world = await World.open();
  const lo = await enter(world, 'LO', new Person());
  const set = async (by: Peer, old: string | null, secret: string): Promise<Reply[]> => {
    const answers = by.ask({ type: 'passwd', old, password: secret });
    while (answers.length === 0) await world.tick();
    return answers;
  };
  t.match(await set(lo, null, 'short'), [{ code: 'bad-request' }]);
  t.match(await set(lo, null, 'correct horse'), [{ type: 'ok' }]);
  t.match(await set(lo, 'wrong', 'battery staple'), [{ code: 'auth-failed' }]);
  t.match(await set(lo, 'correct horse', 'battery staple'), [{ type: 'ok' }]);
  t.ok((await new Knock(world, LOCAL).hello('LO', password('battery staple')).settled()).session);
  const guest = await world.enter('QW');
  guest.outlet.channel = LOCAL;
  t.match(guest.ask({ type: 'passwd', old: null, password: 'correct horse' }), [{ code: 'not-allowed' }]);
  lo.outlet.channel = { kind: 'open', binding: null };
  t.match(lo.ask({ type: 'passwd', old: 'x', password: 'correct horse' }), [{ code: 'not-secure' }]);
});
