// Plays of bans and mutes, on a hub without sockets: whom they hit, what those are told, and that nobody can reach above
// themselves with them.

import t from 'tap';
import { addAccount } from '../../src/core/administration.ts';
import { OPERATOR } from '../../src/core/actor.ts';
import type { Command } from '../../src/core/command.ts';
import type { Role } from '../../src/core/commands.ts';
import { ChatError } from '../../src/core/errors.ts';
import { LIMITS } from '../../src/core/limits.ts';
import type { Reply } from '../../src/core/reply.ts';
import { Peer, TestOutlet, World } from './world.ts';

const HOUR = 3_600_000;

type Ban = Extract<Command, { type: 'ban' }>;

function ban(target: string, more: Partial<Ban> = {}): Ban {
  const usual = { mute: false, forMs: null, reason: '', note: '', dryRun: false, force: false } as const;
  return { type: 'ban', target, ...usual, ...more };
}

async function operate(world: World, command: Command): Promise<Reply[]> {
  const answers: Reply[] = [];
  world.hub.execute(OPERATOR, command, (reply) => void answers.push(reply));
  await world.tick();
  return answers;
}

/** Somebody who is signed in to an account of that role. */
async function of(world: World, nick: string, role: Role): Promise<Peer> {
  const making = addAccount(world.hub, { name: nick, password: null, key: null, role });
  await world.tick();
  await making;
  return signIn(world, nick);
}

async function signIn(world: World, nick: string, outlet = new TestOutlet()): Promise<Peer> {
  const account = world.hub.accounts.named(nick);
  if (account === undefined) throw new Error(`${nick} is no account`);
  const hello = { nick, client: 'test', onTaken: 'refuse', resume: null, auth: null } as const;
  const session = world.hub.admit(outlet, hello, { account, isNew: false });
  await world.tick();
  return new Peer(world, session, outlet);
}

const at = (address: string): TestOutlet => new TestOutlet('json', address);

await t.test('a ban of somebody who is here shows them out and keeps them out', async (t) => {
  const world = await World.open();
  const lo = await world.enter('LO');
  const er = await world.enter('ER', {}, at('198.51.100.7'));
  const [reply] = await operate(world, ban('er', { forMs: HOUR, reason: 'too loud', note: 'third time' }));
  t.match(reply, {
    type: 'banned',
    done: true,
    hits: ['ER'],
    ban: { act: 'ban', target: 'name:er 198.51.100.7' },
  });
  t.match(er.outlet.bye, {
    code: 'banned',
    text: 'you are banned for another 1h: too loud',
    reconnect: false,
  });
  t.notMatch(JSON.stringify(er.outlet.replies), /third time/, 'the note is not for them');
  t.equal(lo.outlet.shown('#lobby').at(-1), 'kick server>ER too loud');
  t.match(await operate(world, { type: 'bans' }), [
    { bans: [{ note: 'third time', by: 'server' }], more: false },
  ]);
  for (const [nick, address] of [
    ['Er', '203.0.113.9'],
    ['QW', '198.51.100.7'],
  ] as const)
    t.throws(() => world.admit(at(address), { nick }), { code: 'banned', message: /too loud/ }, nick);
  t.throws(() => er.resume({}, at('198.51.100.7')), { code: 'banned' }, 'nor can it come back');

  await world.restart();
  t.throws(
    () => world.admit(at('203.0.113.9'), { nick: 'ER' }),
    { code: 'banned' },
    'a restart forgets nothing',
  );
  world.clock += HOUR;
  world.hub.sweep();
  t.equal((await world.enter('ER', {}, at('198.51.100.7'))).session.nick, 'ER', 'it is over in time');
  await world.restart();
  t.strictSame(await operate(world, { type: 'bans' }), [{ type: 'bans', bans: [], more: false }]);
});

await t.test('who is away is kept out too; who is on the same machine is banned by name alone', async (t) => {
  const world = await World.open();
  await world.enter('LO');
  const er = await world.enter('ER');
  er.drop();
  t.match(await operate(world, ban('ER')), [{ hits: ['ER'], ban: { target: 'name:er' } }]);
  t.throws(() => er.resume(), { code: 'banned' });
  const local = at('127.0.0.1');
  local.channel = { kind: 'local', binding: null };
  await world.enter('QW', {}, local);
  t.match(await operate(world, ban('QW')), [{ hits: ['QW'], ban: { target: 'name:qw' } }]);
  t.match(await operate(world, ban('NOBODY')), [{ code: 'no-such-user', text: /name:NOBODY bans a name/ }]);
});

await t.test('an account is banned by whatever name and on all devices', async (t) => {
  const world = await World.open();
  await world.enter('LO');
  const er = await of(world, 'ER', 'user');
  const phone = await signIn(world, 'ER');
  t.match(await operate(world, ban('ER')), [{ hits: ['ER'], ban: { target: 'account:ER' } }]);
  t.match([er.outlet.bye, phone.outlet.bye], [{ code: 'banned' }, { code: 'banned' }]);
  t.equal(world.events.filter(({ type }) => type === 'left').length, 2, 'each of them has left once');
  await t.rejects(signIn(world, 'ER', at('203.0.113.9')), { code: 'banned' });
  t.match(await operate(world, { type: 'unban', mute: false, target: 'ER' }), [{ matched: 1 }]);
  t.match(await operate(world, { type: 'unban', mute: false, target: 'ER' }), [{ matched: 0 }]);
  t.equal((await signIn(world, 'ER')).session.nick, 'ER');
});

await t.test('a name that is banned is nobody’s, by whatever way', async (t) => {
  const world = await World.open();
  const lo = await world.enter('LO');
  await operate(world, ban('name:spam*'));
  await operate(world, ban('name:e_r'));
  t.match(lo.ask({ type: 'nick', nick: 'SPAM-1' }), [{ type: 'error', code: 'banned' }]);
  t.equal(lo.session.nick, 'LO');
  const knock = { nick: 'E R', client: '', onTaken: 'vary' } as const;
  t.throws(() => world.admit(new TestOutlet('plain'), knock), { code: 'banned' }, 'nor mended into it');
});

await t.test('a mute silences, in public and in private, and others see nothing of it', async (t) => {
  const world = await World.open();
  const lo = await world.enter('LO');
  const er = await world.enter('ER', {}, at('198.51.100.7'));
  const seen = lo.outlet.entries.length;
  await operate(world, ban('ER', { mute: true, reason: 'think' }));
  const muted = [{ type: 'error', code: 'muted', text: 'you are muted: think' }];
  t.match(er.say('hello'), muted);
  t.match(er.tell('LO', 'psst'), muted);
  t.match(er.ask({ type: 'topic', room: '#lobby', text: 'mine' }), muted);
  t.match(er.ask({ type: 'nick', nick: 'RE' }), muted);
  await world.tick();
  t.match(er.ask({ type: 'who', room: null }), [{ type: 'who' }], 'it may still look');
  lo.say('still here');
  await world.tick();
  t.equal(er.outlet.shown('#lobby').at(-1), 'message LO still here', 'and listen');
  t.equal(lo.outlet.entries.length, seen + 1);
  t.match(await operate(world, { type: 'unban', mute: false, target: 'name:er' }), [{ matched: 0 }]);
  t.match(await operate(world, { type: 'unban', mute: true, target: 'er' }), [{ matched: 1 }]);
  t.strictSame(er.say('thanks'), []);
  await operate(world, ban('ER', { mute: true }));
  er.ask({ type: 'quit', text: 'the last word' });
  await world.tick();
  t.equal(lo.outlet.shown('#lobby').at(-1), 'leave ER', 'nor by the way it goes');
});

await t.test('moderators reach neither themselves nor anybody like them', async (t) => {
  const world = await World.open();
  const mo = await of(world, 'MO', 'moderator');
  await of(world, 'OP', 'operator');
  const er = await world.enter('ER', {}, at('198.51.100.7'));
  t.match(er.ask(ban('MO')), [{ code: 'not-allowed', text: /only moderators/ }]);
  for (const target of ['MO', 'name:m*', '192.0.2.0/24', '*'])
    t.match(mo.ask(ban(target)), [{ code: 'not-allowed', text: 'that hits yourself' }], target);
  t.match(mo.ask(ban('OP')), [{ code: 'not-allowed', text: /OP, whom you may not ban/ }]);
  t.match(mo.ask(ban('ER', { dryRun: true })), [{ type: 'banned', hits: ['ER'], done: false }]);
  t.equal(er.outlet.bye, null, 'only asked');
  t.match(mo.ask({ type: 'bans' }), [{ bans: [] }]);
  const answers = mo.ask(ban('198.51.100.0/24'));
  await world.tick();
  t.match(answers, [{ type: 'banned', hits: ['ER'], done: true }]);
  t.match(er.outlet.bye, { code: 'banned' });
});

await t.test('the operator is asked again before everybody is hit, or this machine', async (t) => {
  const world = await World.open();
  const lo = await world.enter('LO');
  await world.enter('ER');
  t.match(await operate(world, ban('0.0.0.0/0')), [{ code: 'not-allowed', text: /everybody, 2 .*--force/ }]);
  t.match(await operate(world, ban('127.0.0.0/8')), [{ code: 'not-allowed', text: /this machine/ }]);
  t.equal(lo.outlet.bye, null);
  t.match(await operate(world, ban('*', { force: true })), [{ hits: ['LO', 'ER'] }]);
  t.match(lo.outlet.bye, { code: 'banned' });
});

await t.test('a long list comes in parts, and a store that refuses is told', async (t) => {
  const world = await World.open();
  for (let i = 0; i <= LIMITS.bansPerAnswer; i++) await operate(world, ban(`name:n${i}`));
  const parts = await operate(world, { type: 'bans' });
  t.match(parts, [{ more: true }, { more: false }]);
  const all = parts.flatMap((part) => (part.type === 'bans' ? part.bans : []));
  t.equal(new Set(all.map(({ id }) => id)).size, LIMITS.bansPerAnswer + 1);
  world.store.refusal = new ChatError('store-failed', 'disk full');
  t.match(await operate(world, ban('name:x')), [{ type: 'error', code: 'store-failed' }]);
});
