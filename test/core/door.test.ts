// The bounds at the door: how guessing is slowed down, how many devices and keys an account has, how many invites there are.

import t from 'tap';
import { addAccount, addInvite, changeAccount } from '../../src/core/administration.ts';
import { Failures } from '../../src/core/failures.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { Refusals } from '../../src/core/refusals.ts';
import { checkedPassword } from '../../src/core/passwords.ts';
import { Person } from '../support/people.ts';
import { TestOutlet, World } from './world.ts';

/** What the operator asked for is done when it is durable, and a tick has to end for that. */
async function done<T>(world: World, work: Promise<T>): Promise<T> {
  const state = { isOver: false };
  const over = work.finally(() => (state.isOver = true));
  over.catch(() => {});
  while (!state.isOver) await world.tick();
  return over;
}

const NOBODY = {
  id: 'a1',
  name: 'LO',
  keys: [],
  password: null,
  role: 'user',
  origin: 'claim',
  disabled: false,
  read: 0,
} as const;

/** After how many ms the next guess is heard; 0 at once. */
function waits(failures: Failures, address: string, name: string, now: number): number {
  try {
    failures.begin(address, name, now);
    return 0;
  } catch (error) {
    return (error as { retryAfterMs?: number }).retryAfterMs ?? -1;
  }
}

await t.test('each guess after the first few waits longer, up to a bound', (t) => {
  const failures = new Failures();
  let now = 1_000_000;
  const delays: number[] = [];
  for (let i = 0; i < 30; i++) {
    const wait = waits(failures, 'a', 'lo', now);
    if (wait > 0) {
      delays.push(wait);
      now += wait;
      t.equal(waits(failures, 'a', 'lo', now), 0, 'who waits as told is heard');
    }
  }
  const doubled = delays.slice(0, 5).map((_, i) => LIMITS.failureDelayMs * 2 ** i);
  t.strictSame(delays.slice(0, 5), doubled);
  t.equal(delays.at(-1), LIMITS.addressFailureDelayMs, 'one address');
  const other = waits(failures, 'b', 'lo', now);
  t.ok(
    other > 0 && other <= LIMITS.accountFailureDelayMs,
    'one account, from wherever: its owner waits less',
  );
  t.equal(waits(failures, 'b', 'er', now), 0, 'others are not concerned');
  for (let i = 0; i < LIMITS.freeFailures; i++) waits(failures, `2001:db8::${i}`, `v6-${i}`, now);
  t.ok(waits(failures, '2001:db8::ffff', 'v6', now) > 0, 'IPv6 addresses count by their first 64 bits');

  // Whoever has an account of their own gains nothing by signing in to it between guesses.
  const clever = new Failures();
  for (let i = 0; i < LIMITS.freeFailures; i++) waits(clever, 'c', `victim ${i}`, now);
  now += LIMITS.failureDelayMs;
  t.equal(waits(clever, 'c', 'own', now), 0);
  clever.forgive('c', 'own');
  t.equal(waits(clever, 'c', 'victim', now), 0);
  t.ok(waits(clever, 'c', 'victim', now) > 0, 'the count goes on');

  const many = new Failures();
  for (let i = 0; i <= LIMITS.rememberedFailures; i++) waits(many, `x${i}`, `y${i}`, now);
  t.equal(waits(many, 'x0', 'y0', now), 0, 'what is remembered is bounded');
  many.sweep(now + 2 * LIMITS.addressFailureDelayMs);
  t.end();
});

await t.test('guessing does not flood the log', (t) => {
  const told: unknown[] = [];
  const refusals = new Refusals((event) => void told.push(event));
  const guess = (now: number, address = '2001:db8::1', by: 'key' | 'password' = 'password'): void =>
    refusals.note({ type: 'sign-in-failed', nick: 'LO', address, by }, now);
  for (let i = 0; i < 1000; i++) guess(1_000_000, `2001:db8::${i}`);
  t.match(
    told.splice(0),
    [{ type: 'sign-in-failed', nick: 'LO', unsaid: 0 }],
    'one line for 1000 guesses of one network',
  );
  guess(1_000_000, '2001:db8:0:1::1');
  guess(1_000_000, '2001:db8::1', 'key');
  refusals.note({ type: 'refused', code: 'accounts-only', address: '2001:db8::1' }, 1_000_000);
  t.match(
    told.splice(0),
    [{ unsaid: 0 }, { by: 'key', unsaid: 0 }, { code: 'accounts-only', unsaid: 0 }],
    'others have theirs',
  );
  refusals.sweep(1_000_000 + LIMITS.repeatedLineMs - 1);
  t.strictSame(told, []);
  refusals.sweep(1_000_000 + LIMITS.repeatedLineMs);
  t.match(
    told.splice(0),
    [{ address: '2001:db8::999', unsaid: 998 }],
    'the rest is told when the minute is over',
  );
  guess(1_070_000);
  t.strictSame(told, [], 'who goes on has to wait');
  refusals.sweep(1_000_000 + 2 * LIMITS.repeatedLineMs);
  t.match(told.splice(0), [{ unsaid: 0 }]);
  refusals.sweep(1_000_000 + 3 * LIMITS.repeatedLineMs);
  guess(1_000_000 + 3 * LIMITS.repeatedLineMs);
  t.match(told.splice(0), [{ unsaid: 0 }], 'who was quiet is told of at once');
  for (let i = 0; i < 100_000; i++) guess(2_000_000, `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
  t.ok(told.length <= LIMITS.repeatingPlaces + 1, `${told.length} lines for 100,000 addresses`);
  refusals.sweep(2_000_000 + LIMITS.repeatedLineMs);
  t.match(told.at(-1), { unsaid: 100_000 - told.length }, 'and the others are counted');
  t.end();
});

await t.test('a password has a shortest and a longest form', (t) => {
  const { passwordLeastChars, passwordChars } = LIMITS;
  t.equal(checkedPassword('x'.repeat(passwordLeastChars)).length, passwordLeastChars);
  t.equal(checkedPassword('x'.repeat(passwordChars)).length, passwordChars);
  for (const chars of [0, passwordLeastChars - 1, passwordChars + 1])
    t.throws(() => checkedPassword('x'.repeat(chars)), { code: 'bad-request' });
  t.end();
});

await t.test('devices: one that is away makes room, one that is here does not', async (t) => {
  const world = await World.open();
  const account = { ...NOBODY, createdAt: world.clock, seenAt: world.clock };
  const hello = { nick: 'LO', client: 'test', onTaken: 'refuse', resume: null, auth: null } as const;
  const enter = (isNew: boolean): TestOutlet => {
    const outlet = new TestOutlet();
    world.hub.admit(outlet, hello, { account, isNew });
    return outlet;
  };
  const first = enter(true);
  for (let i = 1; i < LIMITS.devicesPerAccount; i++) enter(false);
  await world.tick();
  t.throws(() => enter(false), { code: 'too-many-connections' });
  const [session] = world.hub.directory.signedIn(account.id);
  if (session !== undefined) world.hub.detach(session, first);
  enter(false);
  await world.tick();
  t.equal(world.hub.directory.signedIn(account.id).size, LIMITS.devicesPerAccount);
  t.notOk(session !== undefined && world.hub.directory.has(session));

  // All at once they rename, and all are kept; nobody who watches sees more than one person.
  const qw = await world.enter('QW');
  const [any] = world.hub.directory.signedIn(account.id);
  if (any !== undefined) world.hub.request(any, { type: 'nick', nick: 'OL' }, null, () => {});
  await world.tick();
  t.strictSame(qw.outlet.shown('#lobby').slice(-1), ['rename LO>OL']);
  await world.restart();
  t.strictSame([...new Set([...world.hub.directory.sessions()].map(({ nick }) => nick))], ['OL', 'QW']);
});

await t.test('keys of an account, and invites, are bounded', async (t) => {
  const world = await World.open();
  const settle = <T>(work: Promise<T>): Promise<T> => done(world, work);
  const first = new Person();
  await settle(addAccount(world.hub, { name: 'LO', password: null, key: first.key, role: 'user' }));
  const second = settle(addAccount(world.hub, { name: 'ER', password: null, key: first.key, role: 'user' }));
  t.equal((await second).name, 'ER', 'a person has names for their bots too');
  for (let i = 1; i < LIMITS.keysPerAccount; i++)
    await settle(changeAccount(world.hub, 'LO', { addKey: new Person().key }));
  await t.rejects(settle(changeAccount(world.hub, 'LO', { addKey: new Person().key })), {
    code: 'bad-request',
  });
  await settle(changeAccount(world.hub, 'LO', { removeKey: first.key }));
  t.strictSame(
    [...world.hub.accounts.withKey(first.key)].map(({ name }) => name),
    ['ER'],
  );
  await t.rejects(settle(changeAccount(world.hub, 'LO', { removeKey: first.key })), { code: 'bad-request' });

  const wanted = { role: 'user', uses: 1, expiresAt: world.clock + 1000 } as const;
  const all = Array.from({ length: LIMITS.invites }, () => addInvite(world.hub, wanted));
  await settle(Promise.all(all));
  await t.rejects(settle(addInvite(world.hub, wanted)), { code: 'busy' });
  world.clock += 1000;
  world.hub.sweep();
  t.strictSame(world.hub.gate.invites.all(world.clock), [], 'their time is over');
  await settle(addInvite(world.hub, { ...wanted, expiresAt: null }));
  await world.restart();
  t.equal(world.hub.gate.invites.all(world.clock).length, 1, 'those are kept that are good');
});

await t.test('a fact that is damaged is not guessed at', async (t) => {
  const damaged = ['{', '[]', '{"name":""}', '{"name":"LO","keys":[],"password":null,"role":"king"}'];
  for (const value of damaged) {
    const open = World.open({}, async (store) => {
      const facts = [{ kind: 'account', key: 'a1', value }];
      await store.append({ logs: [], entries: [], requests: [], sessions: [], ended: [], facts });
    });
    await t.rejects(open, /damaged account a1/, value);
  }
});
