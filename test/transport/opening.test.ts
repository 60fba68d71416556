// The first bytes of a connection, cut at every place: whose they are and what they open. And how long silence may last.

import t from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { Liveness } from '../../src/transport/liveness.ts';
import { Opening } from '../../src/transport/opening.ts';
import { PeerCounter, plainAddress } from '../../src/transport/peers.ts';
import { readProxyHeader } from '../../src/transport/proxy-protocol.ts';
import { sniff } from '../../src/transport/sniff.ts';

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

/** A PROXY v2 header; `length` is what it claims to hold, if not the truth. */
function v2(versionAndCommand: number, family: number, block: Buffer, length = block.length): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt8(versionAndCommand, 0);
  head.writeUInt8(family, 1);
  head.writeUInt16BE(length, 2);
  return Buffer.concat([SIGNATURE, head, block]);
}

const IPV4_BLOCK = Buffer.from('c0000205c6336401d4310be0', 'hex');
const IPV6_BLOCK = Buffer.concat([
  Buffer.from('20010db8000000000000000000000005', 'hex'),
  Buffer.from('20010db8000000000000000000000001', 'hex'),
  Buffer.from('d4310be0', 'hex'),
]);
const MAPPED_BLOCK = Buffer.concat([
  Buffer.from('00000000000000000000ffffc0000205', 'hex'),
  IPV6_BLOCK.subarray(16),
]);

await t.test('each language by its first bytes, and none before they tell', (t) => {
  for (const [opening, language] of [
    ['{"type":"hello"}\n', 'json'],
    ['GET /healthz HTTP/1.1\r\n', 'http'],
    ['HEAD / HTTP/1.1\r\n', 'http'],
    ['POST /', 'http'],
    ['PUT /', 'http'],
    ['DELETE /', 'http'],
    ['OPTIONS *', 'http'],
    ['CAP LS 302\r\n', 'irc'],
    ['NICK LO\r\n', 'irc'],
    ['USER x 0 * :x\r\n', 'irc'],
    ['PASS x\r\n', 'irc'],
    ['\x16\x03\x01', 'tls'],
    ['LO', 'plain'],
    ['GETTY\n', 'plain'],
    ['get /', 'plain'],
    ['Nick\n', 'plain'],
    ['NICKNAME\n', 'plain'],
    ['[1]', 'plain'],
    ['\n', 'plain'],
    [' {', 'plain'],
    ['\0', 'plain'],
    ['\xff\xfe', 'plain'],
    ['漢字', 'plain'],
    ['PROXY TCP4 192.0.2.5 198.51.100.1 1 2\r\n', 'plain'],
    [SIGNATURE.toString('latin1'), 'plain'],
  ] as const) {
    const bytes = Buffer.from(opening);
    let told = false;
    for (let length = 0; length <= bytes.length; length++) {
      const found = sniff(bytes.subarray(0, length), false);
      if (found !== null && found !== language) t.fail(`${length} bytes of ${opening} open ${found}`);
      if (told && found === null) t.fail(`${length} bytes of ${opening} are in doubt again`);
      told = found !== null;
    }
    t.ok(told, JSON.stringify(opening));
    for (let at = 1; at < bytes.length; at++) {
      const pushed = new Opening(false);
      const [first, second] = [pushed.push(bytes.subarray(0, at)), pushed.push(bytes.subarray(at))];
      const opened = first ?? second;
      if (opened === 'bad' || opened?.language !== language) t.fail(`${opening} cut at ${at}`);
      else if (first === null && !opened.head.equals(bytes))
        t.fail('what decided it belongs to the language');
    }
  }
  t.equal(sniff(Buffer.alloc(0), false), null);
  t.equal(sniff(Buffer.from('PRO'), true), null);
  t.equal(sniff(Buffer.from('PROXY '), true), 'proxy');
  t.equal(sniff(SIGNATURE, true), 'proxy');
  t.equal(sniff(Buffer.from('\n'), true), 'plain');
  t.strictSame(new Opening(false).silence(), { language: 'plain', head: Buffer.alloc(0) });
  t.end();
});

await t.test('PROXY headers that are good', (t) => {
  for (const [name, header, address] of [
    ['v1 over IPv4', Buffer.from('PROXY TCP4 192.0.2.5 198.51.100.1 54321 3040\r\n'), '192.0.2.5'],
    ['v1 over IPv6', Buffer.from('PROXY TCP6 2001:DB8:0:0::5 2001:db8::1 54321 3040\r\n'), '2001:db8::5'],
    ['v1, mapped', Buffer.from('PROXY TCP6 ::ffff:192.0.2.5 ::1 1 2\r\n'), '192.0.2.5'],
    ['v1, unknown', Buffer.from('PROXY UNKNOWN\r\n'), null],
    ['v1, unknown with more', Buffer.from('PROXY UNKNOWN ffff::1 x y z\r\n'), null],
    ['v2 over IPv4', v2(0x21, 0x11, IPV4_BLOCK), '192.0.2.5'],
    ['v2 over IPv6', v2(0x21, 0x21, IPV6_BLOCK), '2001:db8::5'],
    ['v2, mapped', v2(0x21, 0x21, MAPPED_BLOCK), '192.0.2.5'],
    ['v2 with extensions', v2(0x21, 0x11, Buffer.concat([IPV4_BLOCK, Buffer.alloc(100, 4)])), '192.0.2.5'],
    [
      'v2 of the largest size',
      v2(0x21, 0x11, Buffer.concat([IPV4_BLOCK, Buffer.alloc(LIMITS.proxyHeaderBytes - 28)])),
      '192.0.2.5',
    ],
    ['v2, local', v2(0x20, 0x00, Buffer.alloc(0)), null],
    ['v2, local with an address', v2(0x20, 0x11, IPV4_BLOCK), null],
    ['v2 over UDP', v2(0x21, 0x12, IPV4_BLOCK), null],
    ['v2, unspecified', v2(0x21, 0x00, Buffer.alloc(3)), null],
  ] as const) {
    for (let length = 0; length < header.length; length++)
      if (readProxyHeader(header.subarray(0, length)) !== null)
        t.fail(`${name}: ${length} bytes are not all of it`);
    t.strictSame(
      readProxyHeader(Buffer.concat([header, Buffer.from('LO\n')])),
      { bytes: header.length, address },
      name,
    );
    for (let at = 1; at <= header.length; at++) {
      const opening = new Opening(true);
      opening.push(header.subarray(0, at));
      const opened = opening.push(Buffer.concat([header.subarray(at), Buffer.from('{}\n')]));
      if (
        opened === null ||
        opened === 'bad' ||
        opened.language !== 'json' ||
        opened.head.toString() !== '{}\n'
      )
        t.fail(`${name} cut at ${at}`);
      if (opening.announced !== address || opening.proxied) t.fail(`${name}: not ${address}`);
    }
  }
  t.end();
});

await t.test('PROXY headers that are not', (t) => {
  for (const [name, header] of [
    ['a name', 'PROXY TCP4 example.org 198.51.100.1 1 2\r\n'],
    ['another family', 'PROXY TCP4 ::1 ::1 1 2\r\n'],
    ['a zone', 'PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n'],
    ['no port', 'PROXY TCP4 192.0.2.5 198.51.100.1 1\r\n'],
    ['a large port', 'PROXY TCP4 192.0.2.5 198.51.100.1 1 65536\r\n'],
    ['a port with a zero', 'PROXY TCP4 192.0.2.5 198.51.100.1 01 2\r\n'],
    ['more', 'PROXY TCP4 192.0.2.5 198.51.100.1 1 2 3\r\n'],
    ['two spaces', 'PROXY TCP4  192.0.2.5 198.51.100.1 1 2\r\n'],
    ['no family', 'PROXY \r\n'],
    ['no end', `PROXY ${'x'.repeat(200)}`],
    ['too long', `PROXY UNKNOWN ${'x'.repeat(100)}\r\n`],
  ] as const)
    t.equal(readProxyHeader(Buffer.from(header)), 'bad', name);
  for (const [name, header] of [
    ['version 1 in version 2', v2(0x11, 0x11, IPV4_BLOCK)],
    ['an unknown command', v2(0x22, 0x11, IPV4_BLOCK)],
    ['no room for its address', v2(0x21, 0x11, IPV4_BLOCK.subarray(1))],
    ['no room for its IPv6 address', v2(0x21, 0x21, IPV4_BLOCK)],
    ['a length beyond all bounds', v2(0x21, 0x11, IPV4_BLOCK, 65_535)],
    ['one byte too long', v2(0x21, 0x11, Buffer.alloc(0), LIMITS.proxyHeaderBytes - 15)],
  ] as const)
    t.equal(readProxyHeader(header), 'bad', name);
  t.equal(readProxyHeader(v2(0x21, 0x11, IPV4_BLOCK, 20)), null, 'a length that lies waits for the rest');
  const twice = new Opening(true);
  const header = 'PROXY TCP4 192.0.2.5 198.51.100.1 1 2\r\n';
  t.match(
    twice.push(Buffer.from(header + header)),
    { language: 'plain' },
    'the second header is the peer’s own text',
  );
  const cut = new Opening(true);
  cut.push(Buffer.from('PROXY TCP4 192.'));
  t.equal(cut.silence(), 'bad', 'a header that does not go on is no nickname');
  t.match(new Opening(true).silence(), { language: 'plain' });
  t.end();
});

await t.test('addresses and how many come from each', (t) => {
  t.equal(plainAddress('::ffff:192.0.2.5'), '192.0.2.5');
  t.equal(plainAddress('192.0.2.5'), '192.0.2.5');
  t.equal(plainAddress('2001:0db8::0:5'), '2001:db8::5');
  t.equal(plainAddress('fe80::5%eth0'), 'fe80::5');
  t.equal(plainAddress(''), '', 'a socket that was gone before it could be asked');
  const peers = new PeerCounter();
  t.strictSame([peers.enter('a'), peers.enter('a'), peers.enter('b')], [1, 2, 1]);
  peers.leave('a');
  t.equal(peers.enter('a'), 2);
  for (let i = 0; i < 5; i++) peers.leave('a');
  t.equal(peers.enter('a'), 1, 'there are never fewer than none');
  const near = ['2001:db8::1', '2001:db8::ffff:1', '2001:db8:0:1::1', '2001:db8::2'];
  t.strictSame(
    near.map((address) => peers.enter(address)),
    [1, 2, 1, 3],
    'IPv6 counts by its first 64 bits',
  );
  peers.leave('2001:db8::3');
  t.equal(peers.enter('2001:db8::1'), 3);
  t.end();
});

await t.test('the silent are pinged, the dead and the stuck dropped, who still reads is not', (t) => {
  const patience = { idlePingMs: 100, idleDropMs: 50, stuckDropMs: 200 };
  const peer = new Liveness(0);
  const due = (now: number, taken = 0, waiting = 0, pings = true) =>
    peer.due(now, taken, waiting, pings, patience);
  t.equal(due(99), null);
  t.equal(due(100), 'ping');
  t.equal(due(149), null, 'one ping is enough');
  peer.heard(149);
  t.equal(due(248), null, 'any byte is an answer');
  t.equal(due(249), 'ping');
  t.equal(due(298), null);
  t.match(due(299), { type: 'bye', code: 'timeout', reconnect: true });

  const slow = new Liveness(0);
  t.equal(slow.due(100, 0, 10, false, patience), null);
  t.equal(slow.due(199, 1, 9, false, patience), null);
  t.equal(slow.due(398, 1, 20, false, patience), null, 'a byte taken is a sign of life');
  t.match(slow.due(399, 1, 20, false, patience), { code: 'stuck', reconnect: true });
  t.equal(slow.due(1000, 1, 0, false, patience), null, 'nothing to take is no fault');
  t.equal(slow.due(1_000_000, 1, 0, false, patience), null, 'nor is silence, of one who answers no pings');
  t.end();
});
