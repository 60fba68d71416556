// What bans are made of: patterns of names, times, targets, and what the store gives back.

import * as fc from 'fast-check';
import t from 'tap';
import { parseAddress } from '../../src/core/address.ts';
import { type Ban, banValue, isFor, type Person, readBan, traitOf, traitText } from '../../src/core/ban.ts';
import { Bans } from '../../src/core/bans.ts';
import { durationMs, durationText, isDuration } from '../../src/core/duration.ts';
import { globMatches } from '../../src/core/glob.ts';
import { LIMITS } from '../../src/core/limits.ts';
import type { FactChange } from '../../src/core/store.ts';

const KEY = 'A'.repeat(43);

function person(more: Partial<Person & { at: string }> = {}): Person {
  const { at = '192.0.2.7', ...rest } = more;
  return { nick: 'ER', address: parseAddress(at), account: '', keys: [], ...rest };
}

function ban(target: string, more: Partial<Ban> = {}): Ban {
  const trait = traitOf(target);
  if (trait === null) throw new Error(`${target} is no trait`);
  const fixed = { until: null, reason: '', note: '', by: 'server', at: 1 } as const;
  return { id: 'ban-1', act: 'ban', traits: [trait], ...fixed, ...more };
}

/** The same in other words. */
function oracle(wanted: string): RegExp {
  const parts = Array.from(wanted, (c) => (c === '*' ? '.*' : c === '?' ? '.' : c === '.' ? '\\.' : c));
  return new RegExp(`^${parts.join('')}$`, 'su');
}

await t.test('a pattern matches as the same regular expression does, and in bounded time', async (t) => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '😀'), maxLength: 12 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '😀', '*', '?'), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (wanted, given) => globMatches(wanted, given) === oracle(wanted).test(given)),
    { numRuns: 2_000, seed: 1 },
  );
  // A regular expression would take longer than the universe for this one.
  t.notOk(globMatches('*a'.repeat(30), 'a'.repeat(29)));
  t.notOk(globMatches(`${'*a'.repeat(30)}*b`, 'a'.repeat(5_000)));
});

await t.test('times', async (t) => {
  t.strictSame(
    ['90s', '30m', '2h', '7d', '2w'].map(durationMs),
    [90_000, 1_800_000, 7_200_000, 604_800_000, 1_209_600_000],
  );
  for (const text of ['', '0s', '1', 'h', '2 h', '-1h', '1.5h', '1y', '9999999s']) {
    t.throws(() => durationMs(text), { code: 'bad-request', message: /90s, 30m, 2h, 7d or 2w/ }, text);
  }
  t.strictSame([1, 90_000, 3_600_000, 3_600_001, 86_400_000, 20 * 86_400_000].map(durationText), [
    '1s',
    '2m',
    '1h',
    '2h',
    '1d',
    '3w',
  ]);
  t.ok(isDuration('2h'));
  t.notOk(isDuration('2h!'));
});

await t.test('what a target stands for, and whom that hits', async (t) => {
  const cases: [string, string, Partial<Person & { at: string }>, Partial<Person & { at: string }>][] = [
    ['192.0.2.7', '192.0.2.7', {}, { at: '192.0.2.8' }],
    ['192.0.2.77/24', '192.0.2.0/24', {}, { at: '192.0.3.7' }],
    ['2001:db8::1', '2001:db8::/64', { at: '2001:db8::ffff' }, { at: '2001:db8:0:1::1' }],
    ['2001:db8::/32', '2001:db8::/32', { at: '2001:db8:9::1' }, { at: '2001:db9::1' }],
    ['name:Er', 'name:er', {}, { nick: 'ERIC' }],
    ['er*', 'name:er*', { nick: 'ERIC' }, { nick: 'LO' }],
    [`key:${KEY}`, `key:${KEY}`, { keys: ['x', KEY] }, { keys: ['x'] }],
  ];
  for (const [target, written, hit, missed] of cases) {
    const made = ban(target);
    t.equal(made.traits.map(traitText).join(), written, target);
    t.ok(isFor(made, person(hit)), `${target} hits`);
    t.notOk(isFor(made, person(missed)), `${target} misses`);
  }
  t.notOk(isFor(ban('0.0.0.0/0'), person({ address: null })), 'an address that is not known is in no range');
  for (const target of ['ER', 'account:ER', '']) t.equal(traitOf(target), null, `${target} is a name`);
  t.throws(() => traitOf('key:x'), { code: 'bad-request', message: /chatctl user show/ });
  t.throws(() => traitOf(`*${'x'.repeat(LIMITS.banPatternChars)}`), { code: 'bad-request' });
  t.throws(() => traitOf('name:'), { code: 'bad-request' });
});

await t.test('a ban is read back as it was kept; what is none is refused', async (t) => {
  const traits = [
    { by: 'account', account: '4f', name: 'ER' } as const,
    ...['name:e*', `key:${KEY}`, '2001:db8::/32'].map((target) => ban(target).traits[0]!),
  ];
  const made = ban('x*', { traits, until: 5, reason: 'too "loud"', note: 'second time', by: 'LO', at: 3 });
  t.strictSame(readBan('ban-1', banValue(made)), made);
  const good = JSON.parse(banValue(made)) as object;
  const bad: object[] = [
    { act: 'kick' },
    { traits: [] },
    { traits: [['name']] },
    { traits: [['key', 'name:x']] },
    { until: '5' },
    { reason: 1 },
    { note: null },
    { by: undefined },
    { at: 'now' },
  ];
  for (const wrong of bad)
    t.throws(() => readBan('x', JSON.stringify({ ...good, ...wrong })), JSON.stringify(wrong));
  for (const wrong of ['', 'null', '[]']) t.throws(() => readBan('x', wrong), wrong);
});

await t.test('bans are kept, are over in time, and can be taken back', async (t) => {
  const facts: FactChange[] = [];
  const bans = new Bans((fact, onKept) => {
    facts.push(fact);
    onKept?.(null);
  });
  bans.add(ban('er*', { id: 'a', until: 100, at: 1 }));
  bans.add(ban('192.0.2.0/24', { id: 'b', act: 'mute', at: 2 }));
  bans.add(ban('192.0.2.0/24', { id: 'c', at: 3 }));
  t.equal(bans.hitting('ban', () => person({ at: '198.51.100.1' }), 99)?.id, 'a');
  t.equal(
    bans.hitting('ban', () => person({ at: '198.51.100.1' }), 100),
    undefined,
    'it is over at its time',
  );
  t.equal(bans.hitting('mute', () => person(), 100)?.id, 'b');
  t.strictSame(
    bans.all(99).map(({ id }) => id),
    ['c', 'b', 'a'],
  );
  t.strictSame(
    bans.all(100).map(({ id }) => id),
    ['c', 'b'],
  );
  bans.sweep(100);
  t.equal(bans.size, 2);
  let told = 0;
  const tell = (): void => void told++;
  t.equal(bans.remove('ban', ['192.0.2.0/24'], tell), 1, 'a mute is not a ban');
  t.equal(bans.remove('ban', ['b'], tell), 0);
  t.equal(bans.remove('mute', ['b'], tell), 1, 'by its id');
  t.equal(told, 2, 'told once for each that did something');
  t.equal(bans.size, 0);
  t.strictSame(
    facts.map(({ key, value }) => `${key} ${value === null ? 'gone' : 'kept'}`),
    ['a kept', 'b kept', 'c kept', 'a gone', 'c gone', 'b gone'],
  );
  for (let i = 0; i < LIMITS.bans; i++) bans.add(ban('x*', { id: `${i}` }));
  t.throws(() => bans.add(ban('x*')), { code: 'busy', message: /take some back/ });
});
