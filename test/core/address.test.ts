// Addresses in every form they are written in, judged by node's own reading of them.

import { BlockList, isIP } from 'node:net';
import * as fc from 'fast-check';
import t from 'tap';
import {
  formatAddress,
  formatPrefix,
  inPrefix,
  parseAddress,
  parsePrefix,
  prefixOf,
} from '../../src/core/address.ts';

const octets = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }).map((all) => all.join('.'));
// Zeros often, so that `::` has runs to choose from.
const group = fc.oneof(
  fc.constant('0'),
  fc.nat(0xffff).map((n) => n.toString(16)),
  fc.constant('00a0'),
);
const groups = (n: number) => fc.array(group, { minLength: n, maxLength: n });
const ipv6 = fc.oneof(
  groups(8).map((all) => all.join(':')),
  fc
    .tuple(fc.nat(7), fc.nat(7))
    .filter(([before, after]) => before + after <= 7)
    .chain(([before, after]) => fc.tuple(groups(before), groups(after)))
    .map(([before, after]) => `${before.join(':')}::${after.join(':')}`),
  fc.tuple(groups(6), octets).map(([all, end]) => `${all.join(':')}:${end}`),
  octets.map((end) => `::${end}`),
);
const mapped = octets.map((end) => `::ffff:${end}`);
const address = fc.oneof(octets, ipv6, mapped);
/** Almost addresses: pieces of them in any order. */
const scraps = fc
  .array(
    fc.constantFrom(
      ':',
      '::',
      '.',
      '0',
      '00',
      '1',
      '255',
      '256',
      'ffff',
      'fffff',
      'g',
      '1.2.3.4',
      '/',
      '%',
      ' ',
    ),
    {
      maxLength: 9,
    },
  )
  .map((pieces) => pieces.join(''));

/** What a browser makes of it (WHATWG URL writes IPv6 as RFC 5952 does, but for mapped addresses). */
const shortest = (text: string): string => new URL(`http://[${text}]`).hostname.slice(1, -1);

const has = (prefix: string, text: string): boolean | null => {
  const [block, one] = [parsePrefix(prefix), parseAddress(text)];
  return block === null || one === null ? null : inPrefix(one, block);
};

await t.test('what is an address, node knows too', (t) => {
  fc.assert(
    fc.property(
      fc.oneof(
        address,
        scraps,
        scraps.map((text) => `::${text}`),
      ),
      (text) => {
        return (parseAddress(text) !== null) === isIP(text) > 0;
      },
    ),
    { numRuns: 3000 },
  );
  t.same(parseAddress('fe80::1%eth0'), parseAddress('fe80::1'), 'a zone is this machine’s own affair');
  t.same(parseAddress('::ffff:192.0.2.1'), parseAddress('192.0.2.1'), 'mapped');
  t.same(parseAddress('::FFFF:c000:201'), parseAddress('192.0.2.1'), 'mapped, in hexadecimal');
  for (const none of [
    '',
    ' 1.2.3.4',
    '1.2.3',
    '01.2.3.4',
    '1.2.3.4:5',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7::8',
    '1:2:3:4:5:6::1.2.3.4',
    '[::1]',
    '::1%',
    'localhost',
  ]) {
    t.equal(parseAddress(none), null, JSON.stringify(none));
  }
  t.end();
});

await t.test('an address has one form, the shortest', (t) => {
  fc.assert(
    fc.property(ipv6, (text) => {
      const parsed = parseAddress(text);
      if (parsed === null) return false;
      const form = formatAddress(parsed);
      return parsed.version === 4 ? isIP(form) === 4 : form === shortest(text);
    }),
    { numRuns: 3000 },
  );
  fc.assert(
    fc.property(octets, (text) => {
      const parsed = parseAddress(text);
      return parsed !== null && formatAddress(parsed) === text;
    }),
  );
  t.end();
});

await t.test('what lies in a block, node knows too', (t) => {
  const near = address.chain((text) =>
    fc.tuple(fc.constant(text), fc.oneof(fc.constant(text), address), fc.nat(128)),
  );
  fc.assert(
    fc.property(near, fc.nat(128), ([base, other, flip], length) => {
      const parsed = parseAddress(base);
      if (parsed === null) return false;
      const bits = Math.min(length, parsed.version === 4 ? 32 : 128);
      const prefix = parsePrefix(`${formatAddress(parsed)}/${bits}`);
      if (prefix === null) return false;
      // One bit of difference is where a block ends.
      const width = parsed.version === 4 ? 32 : 128;
      const neighbour = { ...parsed, value: parsed.value ^ (1n << BigInt(Math.min(flip, width - 1))) };
      const list = new BlockList();
      list.addSubnet(formatAddress(parsed), bits, parsed.version === 4 ? 'ipv4' : 'ipv6');
      const candidates = [neighbour, parseAddress(other)].filter((one) => one !== null);
      return candidates
        .filter(
          ({ version, value }) => version === parsed.version && !(version === 6 && value >> 32n === 0xffffn),
        )
        .every(
          (one) =>
            inPrefix(one, prefix) === list.check(formatAddress(one), one.version === 4 ? 'ipv4' : 'ipv6'),
        );
    }),
    { numRuns: 3000 },
  );
  t.equal(has('10.0.0.0/8', '::ffff:10.9.9.9'), true, 'a mapped address is an IPv4 address');
  t.equal(has('::ffff:10.0.0.0/104', '10.9.9.9'), true, 'and so is a mapped block');
  t.equal(has('::/0', '10.9.9.9'), false, 'IPv4 lies in no block of IPv6');
  t.equal(has('0.0.0.0/0', '255.255.255.255'), true, 'all');
  t.equal(has('192.0.2.7', '192.0.2.8'), false, 'an address alone is a block of one');
  for (const none of [
    '',
    '/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '::/129',
    '::ffff:1.2.3.4/90',
    '10.0.0.0/8/8',
    '1.2.3.4/1e1',
  ]) {
    t.equal(parsePrefix(none), null, JSON.stringify(none));
  }
  const form = (text: string): string => formatPrefix(parsePrefix(text) ?? (t.fail(text) as never));
  t.same(
    ['10.1.2.3/8', '2001:DB8::1/32', '192.0.2.7/32', '::1', '::/0'].map(form),
    ['10.0.0.0/8', '2001:db8::/32', '192.0.2.7', '::1', '::/0'],
    'and each has one form',
  );
  t.end();
});

await t.test('limits count IPv6 by the first 64 bits', (t) => {
  t.equal(prefixOf('192.0.2.1'), '192.0.2.1', 'IPv4');
  t.equal(prefixOf('::ffff:192.0.2.1'), '192.0.2.1', 'mapped');
  t.equal(prefixOf('2001:db8:0:1:aaaa::1'), '2001:db8:0:1::/64', 'IPv6');
  t.equal(prefixOf('fe80::1%eth0'), prefixOf('fe80::2%eth1'), 'link-local');
  t.equal(prefixOf(''), '', 'a socket that was gone before it could be asked');
  fc.assert(
    fc.property(groups(4), groups(4), groups(4), (place, one, other) => {
      const shown = [one, other].map((rest) => [...place, ...rest].join(':'));
      // All zeros may be a mapped address.
      return place.every((part) => part === '0') || prefixOf(shown[0] ?? '') === prefixOf(shown[1] ?? '');
    }),
  );
  fc.assert(
    fc.property(groups(4), groups(4), (one, other) => {
      const same = one.every((part, i) => Number.parseInt(part, 16) === Number.parseInt(other[i] ?? '', 16));
      return (prefixOf(`${one.join(':')}::1`) === prefixOf(`${other.join(':')}::2`)) === same;
    }),
  );
  t.end();
});
