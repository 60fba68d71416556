// Plays of a room that is locked down, step by step: who comes in, who speaks, and what outlasts a restart.

import t from 'tap';
import type { AccountRecord } from '../../src/core/account.ts';
import { OPERATOR } from '../../src/core/actor.ts';
import type { Identity } from '../../src/core/admission.ts';
import { ChatError } from '../../src/core/errors.ts';
import { isLockdownLevel, LOCKDOWN, type LockdownLevel } from '../../src/core/lockdown.ts';
import { Peer, TestOutlet, World } from './world.ts';

function account(name: string, role: AccountRecord['role'] = 'user'): AccountRecord {
  const record = { id: `id-${name}`, name, keys: [], password: null, role, origin: 'claim' } as const;
  return { ...record, disabled: false, createdAt: 0, seenAt: 0, read: 0 };
}

async function comes(world: World, nick: string, identity: Identity): Promise<Peer> {
  const outlet = new TestOutlet();
  const hello = { nick, client: 'test', onTaken: 'refuse', resume: null, auth: null } as const;
  const session = world.hub.admit(outlet, hello, identity);
  await world.tick();
  return new Peer(world, session, outlet);
}

async function set(world: World, level: LockdownLevel): Promise<ChatError | null> {
  const { promise, resolve } = Promise.withResolvers<ChatError | null>();
  world.hub.gate.lockdown.set(level, resolve);
  await world.tick();
  return promise;
}

/** Who is let in at each step. */
const DOOR: readonly [newcomer: string, letIn: readonly LockdownLevel[]][] = [
  ['guest', [0, 1]],
  ['plain', [0, 1]],
  ['new', [0]],
  ['owner', [0, 1, 2]],
  ['moderator', [0, 1, 2, 3, 4]],
  ['new moderator', [0]],
];

await t.test('the door, at each step', async (t) => {
  for (const [newcomer, letIn] of DOOR) {
    for (const level of [0, 1, 2, 3, 4] as const) {
      const world = await World.open();
      t.equal(await set(world, level), null);
      const role = newcomer.endsWith('moderator') ? 'moderator' : 'user';
      const record = account('LO', role);
      const isNew = newcomer.startsWith('new');
      if (!isNew && newcomer !== 'guest' && newcomer !== 'plain') world.hub.accounts.add(record);
      const come = async (): Promise<unknown> => {
        if (newcomer === 'guest') return world.enter('LO');
        if (newcomer === 'plain') return world.enterPlain('LO');
        return comes(world, 'LO', { account: record, isNew });
      };
      const what = `${newcomer} at ${level}`;
      if (letIn.includes(level)) await t.resolves(come(), what);
      else await t.rejects(come(), { code: 'locked-down', message: 'for now' }, what);
      if (isNew && !letIn.includes(level)) t.equal(world.hub.accounts.size, 0, `${what} leaves no account`);
      t.equal(world.hub.directory.size, letIn.includes(level) ? 1 : 0, what);
    }
  }
});

await t.test('who is here stays, and comes back to its session', async (t) => {
  const world = await World.open();
  const lo = await world.enter('LO');
  lo.drop();
  await set(world, 4);
  lo.resume();
  await world.tick();
  t.match(lo.outlet.told('welcome'), [{ resumed: true }]);
  await world.restart();
  lo.resume();
  await world.tick();
  t.match(lo.outlet.told('welcome'), [{ resumed: true }], 'also after a restart');
});

await t.test('who speaks at the last step', async (t) => {
  const world = await World.open();
  const lo = await world.enter('LO');
  const er = await comes(world, 'ER', {
    account: world.hub.accounts.add(account('ER', 'moderator')),
    isNew: false,
  });
  await set(world, 3);
  lo.say('still');
  await world.tick();
  t.equal(er.outlet.shown('#lobby').at(-1), 'message LO still');
  await set(world, 4);
  const seen = er.outlet.entries.length;
  for (const answer of [
    lo.say('spam'),
    lo.tell('ER', 'spam'),
    lo.ask({ type: 'nick', nick: 'SPAM' }),
    lo.ask({ type: 'topic', room: '#lobby', text: 'spam' }),
  ])
    t.match(answer, [{ type: 'error', code: 'locked-down', text: 'only moderators and operators speak' }]);
  t.match(lo.ask({ type: 'ping' }), [{ type: 'pong' }]);
  const reported = lo.ask({ type: 'report', log: '#lobby', seq: 1, text: 'help' });
  await world.tick();
  t.match(reported, [{ type: 'ok' }], 'help can be asked for');
  t.equal(er.outlet.entries.length, seen, 'nothing of it is seen');
  er.say('calm down');
  world.hub.execute(OPERATOR, { type: 'notice', to: { scope: 'all' }, text: 'a notice' }, () => {});
  lo.ask({ type: 'quit', text: 'spam' });
  await world.tick();
  t.strictSame(er.outlet.shown('#lobby').slice(-3), [
    'message ER calm down',
    'notice server a notice',
    'leave LO',
  ]);
});

await t.test('it lasts through a restart, until it is taken back', async (t) => {
  const world = await World.open();
  await set(world, 3);
  await world.restart();
  t.equal(world.hub.gate.lockdown.level, 3);
  t.throws(() => world.knock('LO'), { code: 'locked-down' });
  await set(world, 0);
  t.same(await world.store.facts(), [], 'nothing is kept of no lockdown');
  await world.restart();
  t.equal(world.hub.gate.lockdown.level, 0);

  world.store.refusal = new ChatError('store-failed', 'disk full');
  t.match(await set(world, 2), { code: 'store-failed' });
  t.throws(
    () => world.knock('LO'),
    { code: 'locked-down' },
    'a store that refuses does not keep it from its work',
  );
  world.store.refusal = null;
  await set(world, 2);
  await world.restart();
  t.equal(world.hub.gate.lockdown.level, 2);
  for (const value of [
    'null',
    '{}',
    '{"level":5}',
    '{"level":"2"}',
    '{"level":-1}',
    '{"level":1.5}',
    '[',
    '7',
  ]) {
    const damaged = World.open({}, async (store) => {
      const fact = { kind: 'lockdown', key: '', value };
      await store.append({ logs: [], entries: [], requests: [], sessions: [], ended: [], facts: [fact] });
    });
    await t.rejects(damaged, { message: 'damaged lockdown' }, value);
  }
  t.strictSame([-1, 0, 4, 5, 1.5, '1', null].map(isLockdownLevel), [
    false,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
  t.equal(LOCKDOWN.length, 5);
});
