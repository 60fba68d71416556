// How a newcomer proves who it is, by key, password, invite or the operator's own user database, on a hub without sockets.

import t from 'tap';
import { addAccount, changeAccount } from '../../src/core/administration.ts';
import type { Auth } from '../../src/core/command.ts';
import { ChatError } from '../../src/core/errors.ts';
import type { Channel } from '../../src/core/outlet.ts';
import { LIMITS } from '../../src/core/limits.ts';
import type { Reply } from '../../src/core/reply.ts';
import { Person } from '../support/people.ts';
import { Peer, TestOutlet, World } from './world.ts';
import { done, enter, knock, Knock, LOCAL, password, TLS } from './knock.ts';

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
