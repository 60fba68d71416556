// Openings of other kinds: what a balancer says before its peer, HTTP in the shapes that proxies and servers read differently, IRC.

import type { Chance } from './chance.ts';

const SHAPES = [
  // Two lengths, a length and chunks, chunks that are none.
  'Content-Length: 5\r\nContent-Length: 50\r\n\r\nhello',
  'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: y\r\n\r\n',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'Transfer-Encoding : chunked\r\n\r\nffffffffffffffff\r\nx',
  'Transfer-Encoding: chunked\r\n\r\n5;ext=\u0001\r\nhello\r\n0\r\nTrailer: x\r\n\r\n',
  'Content-Length: -1\r\n\r\n',
  'Content-Length: 99999999999999999999\r\n\r\nx',
  'Content-Length: 0x10\r\n\r\n',
  'Expect: 100-continue\r\nContent-Length: 10\r\n\r\n',
  'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n\x81\x05hello',
  'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAAA\r\n\r\n',
  'Connection: keep-alive\r\n\r\n',
  ' folded: x\r\n\tmore\r\n\r\n',
  'X: \0\r\n\r\n',
  'X\r\n\r\n',
  '\r\n',
  '',
];
const STARTS = [
  'GET /healthz HTTP/1.1',
  'GET /healthz HTTP/1.0',
  'GET /healthz',
  'GET http://x:99999/healthz HTTP/1.1',
  'HEAD * HTTP/1.1',
  'POST /healthz HTTP/1.1',
  'PUT /../../etc/passwd HTTP/1.1',
  'DELETE / HTTP/9.9',
  'OPTIONS  /  HTTP/1.1',
  'GET /\u00ff\u0000 HTTP/1.1',
  `GET /${'a'.repeat(9_000)} HTTP/1.1`,
  'CONNECT x:1 HTTP/1.1',
  'PRI * HTTP/2.0',
];

export function httpTalk(chance: Chance): Buffer {
  const start = chance.of(STARTS);
  // HTTP/2's preface goes on as nothing else does (RFC 9113, 3.4).
  if (start.startsWith('PRI')) return Buffer.from(`${start}\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0`, 'latin1');
  const header = chance.of([
    '',
    'Host: x\r\n',
    'Host: x\r\nHost: y\r\n',
    `X: ${'y'.repeat(chance.below(10_000))}\r\n`,
    'A: b\r\n'.repeat(chance.below(3_000)),
  ]);
  return Buffer.from(`${start}\r\n${header}${chance.of(SHAPES)}`, 'latin1');
}

export function ircTalk(chance: Chance): string {
  return chance
    .times(6, () =>
      chance.of([
        'NICK LO',
        'CAP LS 302',
        'PASS x',
        'USER a b c :d',
        'NICK',
        'NICK :',
        'JOIN #lobby',
        `NICK ${'x'.repeat(600)}`,
        '@a=b NICK x',
      ]),
    )
    .map((line) => line + chance.of(['\r\n', '\n', '\r', '']))
    .join('');
}

const V1 = [
  'PROXY TCP4 192.0.2.5 198.51.100.1 54321 3040\r\n',
  'PROXY TCP6 2001:db8::5 2001:db8::1 54321 3040\r\n',
  'PROXY UNKNOWN\r\n',
  `PROXY UNKNOWN ${'x'.repeat(90)}\r\n`,
  `PROXY UNKNOWN ${'x'.repeat(200)}\r\n`,
  'PROXY TCP4 ::1 ::1 1 2\r\n',
  'PROXY TCP4 1.2.3.4 1.2.3.4 99999 1\r\n',
  'PROXY TCP4 1.2.3.4\r\n',
  'PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n',
  'PROXY TCP4 192.0.2.5 198.51.100.1 54321 3040\n',
  'PROXY \r\n',
];
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const FAMILIES = [0x00, 0x11, 0x12, 0x21, 0x22, 0x31, 0x32, 0x44, 0xff];
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 1: 12, 2: 36, 3: 216 };
/** ALPN, AUTHORITY, CRC32C, NOOP, UNIQUE_ID, SSL, NETNS, and one that nobody knows (2.2.1 to 2.2.8 of its specification). */
const TLVS = [0x01, 0x02, 0x03, 0x04, 0x05, 0x20, 0x30, 0xee];

export function proxyHeader(chance: Chance): Buffer {
  if (chance.once(2)) return Buffer.from(chance.of(V1));
  const family = chance.of(FAMILIES);
  const addresses = chance.bytes(chance.once(5) ? chance.below(40) : (ADDRESS_BYTES[family >> 4] ?? 0));
  const tlvs = chance.once(2) ? [] : chance.times(4, () => tlv(chance));
  const body = Buffer.concat([addresses, ...tlvs]);
  const said = chance.of([body.length, body.length, body.length, 0, body.length + 1, 521, 0xffff]);
  const head = Buffer.of(chance.of([0x21, 0x21, 0x20, 0x2f, 0x11]), family, said >> 8, said & 0xff);
  const header = Buffer.concat([SIGNATURE, head, body]);
  return chance.once(6) ? header.subarray(0, chance.below(header.length)) : header;
}

function tlv(chance: Chance): Buffer {
  const value = chance.bytes(chance.below(30));
  const said = chance.once(5) ? chance.below(0xffff) : value.length;
  return Buffer.concat([Buffer.of(chance.of(TLVS), said >> 8, said & 0xff), value]);
}
