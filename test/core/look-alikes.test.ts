// Names that read the same: which do, who is refused for it, and what stays possible.

import * as fc from 'fast-check';
import t from 'tap';
import type { AccountRecord } from '../../src/core/account.ts';
import { LookAlikes } from '../../src/core/look-alikes.ts';
import { roomName, variantOf } from '../../src/core/names.ts';
import { nickname } from '../../src/core/nicknames.ts';
import { readings } from '../../src/core/skeleton.ts';
import { skeleton } from '../../src/core/skeleton.ts';
import { Peer, TestOutlet, World } from './world.ts';

/** Each reads like the first, to somebody who does not look twice. */
const ALIKE: readonly (readonly string[])[] = [
  ['paypal', 'paypa1', 'paypaI', 'PayPa1', 'раураl', 'раураӏ', 'pаypal', 'pɑypal'],
  ['LO', 'L0', 'l0', 'ⅬO', 'LО', 'LΟ', 'lо', 'ꓡꓳ'],
  ['ER', 'ЕR', 'eꭇ', 'ΕR', 'ꓰꓣ'],
  ['QW', 'Qꓪ', 'qѡ'],
  ['modern', 'modem', 'mоdem', 'ⅯODERN', 'МОDEM'],
  ['Straße-1', 'StraẞE-l', 'strаsse-1'],
  ['x_1', 'х_1', 'x_I', 'xߺ1'],
];

const DIFFERENT: readonly (readonly [string, string])[] = [
  ['LO', 'LO-2'],
  ['LO-2', 'LO-3'],
  ['X-1', 'X-2'],
  ['Ali', 'All'],
  ['ER', 'ERIC'],
  ['Ian', 'Jan'],
  ['cafe', 'café'],
  ['Олег', 'Оля'],
  ['user1', 'user2'],
  ['張', '李'],
];

function alike(one: string, other: string): boolean {
  const names = new LookAlikes();
  names.add(one);
  return names.of(other, null).length > 0;
}

await t.test('what reads the same', (t) => {
  for (const [first = '', ...others] of ALIKE) {
    for (const raw of others) {
      const other = nickname(raw);
      const same = other.toLowerCase() === first.toLowerCase();
      t.equal(alike(first, other), !same, `${other} beside ${first}`);
      t.equal(alike(other, first), !same, `${first} beside ${other}`);
    }
  }
  for (const [one, other] of DIFFERENT) {
    t.notOk(alike(one, other), `${other} beside ${one}`);
    t.notOk(alike(other, one), `${one} beside ${other}`);
  }
  t.equal(skeleton('1lI0'), 'lllO', 'the prototypes of UTS 39');
  t.equal(skeleton('ⅿ'.normalize('NFKC')), 'rn');
  const ascii = fc.stringMatching(/^[aIl10Oomrn._Z9-]{0,12}$/);
  fc.assert(
    fc.property(ascii, (name) => {
      // The way of all other names, forced on one in ASCII by a letter in front of it.
      t.equal(skeleton(`é${name}`), `é${skeleton(name)}`.normalize('NFD'));
    }),
  );
  for (const raw of ['ѕerver', 'SERVЕR', 'sуstem', 'a11', 'everyоne', 'МЕ', 'rne'])
    t.throws(() => nickname(raw), { code: 'bad-nick' }, `${raw} reads like a name of the hub`);
  t.end();
});

await t.test('names come and go, and each leaves its place as it was', (t) => {
  const name = fc.string({
    unit: fc.constantFrom('l', '1', 'I', 'о', 'o', '0', 'm', 'rn'),
    minLength: 1,
    maxLength: 3,
  });
  const act = fc.record({ name, gone: fc.boolean() });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 30 }), name, (acts, asked) => {
      const names = new LookAlikes();
      const there = new Set<string>();
      for (const { name, gone } of acts) {
        if (gone === there.has(name)) names[gone ? 'delete' : 'add'](name);
        if (gone) there.delete(name);
        else there.add(name);
      }
      const expected = [...there].filter(
        (other) =>
          other.toLowerCase() !== asked.toLowerCase() &&
          [...readings(other)].some((reading) => readings(asked).has(reading)),
      );
      return String(names.of(asked, null).toSorted()) === String(expected.toSorted());
    }),
    { numRuns: 500 },
  );
  t.end();
});

await t.test('who comes under a name that reads like one that is here', async (t) => {
  const world = await World.open();
  const lo = await world.enter('paypal');
  t.throws(
    () => world.knock('paypa1'),
    {
      code: 'look-alike',
      message: "the name paypa1 reads like paypal, which is somebody else's: choose another name",
    },
    'the native dialect is told',
  );
  t.throws(() => world.knock('PAYPAL'), { code: 'nick-taken' }, 'the same name is that');
  const first = await world.enterPlain('раураӏ');
  const second = await world.enterPlain('paypaI');
  t.same(
    [first.session.nick, second.session.nick],
    ['раураӏ-2', 'paypaI-3'],
    'others get a variant that is free',
  );
  t.match(second.outlet.told('info'), [{ text: 'you are called paypaI-3 here' }], 'and are told');

  lo.drop();
  t.throws(() => world.knock('paypa1'), { code: 'look-alike' }, 'who is away keeps its looks');
  world.clock += 120_000;
  world.hub.sweep();
  const heir = await world.enter('paypa1');
  t.equal(heir.session.nick, 'paypa1', 'who is gone does not');
});

await t.test('renaming', async (t) => {
  const world = await World.open();
  const lo = await world.enter('paypal');
  const er = await world.enter('ER');
  t.match(er.ask({ type: 'nick', nick: 'paypa1' }), [{ type: 'error', code: 'look-alike' }]);
  t.equal(er.session.nick, 'ER', 'nothing has changed');
  const own = lo.ask({ type: 'nick', nick: 'paypa1' });
  await world.tick();
  t.match(own, [{ type: 'ok' }], 'one’s own name may be written otherwise');
  const back = er.ask({ type: 'nick', nick: 'paypal' });
  t.match(back, [{ code: 'look-alike' }], 'which frees nothing for others');
  lo.ask({ type: 'nick', nick: 'Lory' });
  const free = er.ask({ type: 'nick', nick: 'paypal' });
  await world.tick();
  t.match(free, [{ type: 'ok' }], 'a name left is free, and its looks');
});

await t.test('after a restart', async (t) => {
  const world = await World.open();
  await world.enter('paypal');
  await world.restart();
  t.throws(() => world.knock('paypa1'), { code: 'look-alike' }, 'those who are waited for are known');
  const er = await world.enter('ER');
  er.ask({ type: 'join', room: '#modern' });
  er.say('here', '#modern');
  await world.tick();
  await world.restart();
  const qw = await world.enter('QW');
  t.match(qw.ask({ type: 'join', room: '#modem' }), [{ code: 'look-alike' }], 'and so are kept rooms');
});

function account(name: string, more: Partial<AccountRecord> = {}): AccountRecord {
  const record = { id: `id-${name}`, name, keys: [], password: null, role: 'user', origin: 'claim' } as const;
  return { ...record, disabled: false, createdAt: 0, seenAt: 0, read: 0, ...more };
}

await t.test('names that are owned', async (t) => {
  const world = await World.open();
  const { hub } = world;
  const paypal = hub.accounts.add(account('paypal'));
  t.throws(
    () => world.knock('paypa1'),
    { code: 'look-alike', message: 'reads like paypal' },
    'also while away',
  );
  const plain = await world.enterPlain('paypaI');
  t.equal(plain.session.nick, 'paypaI-2');
  const er = await world.enter('ER');
  t.match(er.ask({ type: 'nick', nick: 'раураl' }), [{ code: 'look-alike' }]);
  const outlet = new TestOutlet();
  const hello = { nick: 'paypal', client: 'test', onTaken: 'refuse', resume: null, auth: null } as const;
  const owner = new Peer(world, hub.admit(outlet, hello, { account: paypal, isNew: false }), outlet);
  const second = new TestOutlet();
  hub.admit(second, hello, { account: paypal, isNew: false });
  await world.tick();
  t.match(outlet.told('welcome'), [{ nick: 'paypal' }], 'the owner comes in');
  hub.detach(owner.session, outlet);
  hub.leave(owner.session, 'test');
  t.throws(() => world.knock('paypa1'), { code: 'look-alike' }, 'one of two devices is still here');

  hub.settings = { ...hub.settings, access: 'open' };
  const claim = hub.accounts.add(account('modern'));
  const guest = await world.enter('modem');
  t.equal(guest.session.nick, 'modem', 'in open mode a mere claim keeps nothing while its owner is away');
  const third = new TestOutlet();
  hub.admit(third, { ...hello, nick: 'modern' }, { account: claim, isNew: false });
  await world.tick();
  t.equal(guest.session.nick, 'modem-2', 'when its owner comes, the guest is called otherwise');
  t.match(guest.outlet.told('info'), [
    { text: 'modern belongs to somebody else: you are called modem-2 now' },
  ]);

  const twin = hub.accounts.add(account('раураl', { origin: 'operator' }));
  const fourth = new TestOutlet();
  hub.admit(fourth, { ...hello, nick: 'раураl' }, { account: twin, isNew: false });
  await world.tick();
  t.match(fourth.told('welcome'), [{ nick: 'раураl' }], 'what the operator gave is given');
  hub.accounts.remove(claim);
  t.equal(hub.accounts.lookAlikes('modem', null).length, 0, 'an account that is no more keeps nothing');
});

await t.test('rooms', async (t) => {
  const world = await World.open();
  const lo = await world.enter('LO');
  lo.ask({ type: 'join', room: '#dev' });
  await world.tick();
  for (const [raw, like] of [
    ['#dеv', '#dev'],
    ['#1obby', '#lobby'],
    ['#lоbby', '#lobby'],
  ] as const) {
    const [refusal] = lo.ask({ type: 'join', room: raw });
    const text = `${raw} reads like the room ${like}, which is there: join that one, or choose another name`;
    t.match(refusal, { code: 'look-alike', text });
    t.equal(world.hub.directory.rooms.has(roomName(raw)), false, 'and is not made');
  }
  const joined = lo.ask({ type: 'join', room: '#dev-2' });
  await world.tick();
  t.match(joined, [{ type: 'ok' }]);
  lo.ask({ type: 'part', room: '#dev' });
  await world.tick();
  world.hub.settings = { ...world.hub.settings, maxRooms: 3 };
  world.hub.sweep();
  t.notOk(world.hub.directory.rooms.has('#dev'), 'a room that nobody would miss is let go');
  const heir = lo.ask({ type: 'join', room: '#dеv' });
  await world.tick();
  t.match(heir, [{ type: 'ok' }], 'and its looks with it');
});

await t.test('ten thousand people', async (t) => {
  const names = new LookAlikes();
  for (let n = 0; n < 10_000; n++) names.add(variantOf('раураl', n));
  t.same(names.of('раураl-5000', null), [], 'variants do not read alike');
  t.same(names.of('paypal-5000', null), ['раураl-5000'], 'and each is found');
  const world = await World.open();
  const outlet = new TestOutlet('plain');
  await world.enter('ЕR', { client: '', onTaken: 'vary' }, outlet);
  const er = await world.enterPlain('ER');
  t.equal(er.session.nick, 'ER-2', 'what is shown to original clients in Latin letters counts too');
});
