// TLS from somebody who does not mean to finish a handshake: records and messages whose lengths lie, that come too often or at the wrong
// time (RFC 8446, 4 and 5).

import type { Chance } from './chance.ts';

const RECORD = { change: 20, alert: 21, handshake: 22, data: 23, heartbeat: 24 } as const;
const VERSIONS = [0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x7f1c, 0xffff];
/** server_name, status_request, supported_groups, signature_algorithms, ALPN, padding, psk, early_data, versions, key_share, renegotiation. */
const EXTENSIONS = [0, 5, 10, 13, 16, 21, 41, 42, 43, 45, 51, 0xff01, 0x1234];

function uint(bytes: number, value: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value % 2 ** (8 * bytes), 0, bytes);
  return buffer;
}

/** A value behind its length, which may be a lie. */
function counted(chance: Chance, lengthBytes: number, value: Buffer): Buffer {
  const length = chance.once(25) ? chance.below(2 ** (8 * lengthBytes)) : value.length;
  return Buffer.concat([uint(lengthBytes, length), value]);
}

function record(chance: Chance, type: number, fragment: Buffer): Buffer {
  return Buffer.concat([Buffer.of(type), uint(2, chance.of(VERSIONS)), counted(chance, 2, fragment)]);
}

function extension(chance: Chance): Buffer {
  const value = chance.of([
    Buffer.alloc(0),
    Buffer.from('02030403', 'hex'),
    Buffer.from('0304', 'hex'),
    counted(chance, 2, chance.bytes(chance.below(60))),
    counted(chance, 2, Buffer.concat([uint(2, 0x001d), counted(chance, 2, chance.bytes(32))])),
    counted(
      chance,
      2,
      Buffer.concat([Buffer.of(0), counted(chance, 2, Buffer.from(chance.of(['x', '\0', 'a'.repeat(300)])))]),
    ),
  ]);
  return Buffer.concat([uint(2, chance.of(EXTENSIONS)), counted(chance, 2, value)]);
}

function clientHello(chance: Chance): Buffer {
  const body = Buffer.concat([
    uint(2, chance.of(VERSIONS)),
    chance.bytes(32),
    counted(chance, 1, chance.bytes(chance.of([0, 32, 33]))),
    counted(
      chance,
      2,
      Buffer.from(chance.of(['130113021303c02bc02f', '1301', 'c02b00ff', '5600', '0a0a', '13']), 'hex'),
    ),
    counted(chance, 1, Buffer.from(chance.of(['00', '01', '']))),
    counted(chance, 2, Buffer.concat(chance.times(9, () => extension(chance)))),
  ]);
  return Buffer.concat([Buffer.of(chance.of([1, 1, 1, 1, 0, 2, 20, 24])), counted(chance, 3, body)]);
}

/** The message in records of a few bytes each, as far as it goes. */
function fragmented(chance: Chance, message: Buffer): Buffer[] {
  const size = 1 + chance.below(40);
  const parts = Array.from({ length: Math.ceil(message.length / size) }, (_, i) =>
    message.subarray(i * size, (i + 1) * size),
  );
  return parts.map((part) => record(chance, RECORD.handshake, part));
}

const AFTER: readonly ((chance: Chance) => Buffer[])[] = [
  () => [],
  (chance) => [record(chance, RECORD.data, chance.bytes(chance.below(500)))],
  (chance) =>
    chance.times(40, () => record(chance, RECORD.alert, Buffer.of(1, chance.of([0, 90, 100, 255])))),
  (chance) => chance.times(40, () => record(chance, RECORD.change, Buffer.of(1))),
  (chance) => chance.times(40, () => record(chance, RECORD.handshake, Buffer.alloc(0))),
  (chance) => chance.times(3, () => record(chance, RECORD.handshake, clientHello(chance))),
  (chance) => [record(chance, RECORD.heartbeat, Buffer.from('010fff', 'hex'))],
  (chance) => [record(chance, chance.below(256), chance.bytes(chance.below(17_000)))],
  () => [Buffer.from('{"type":"hello","nick":"in the clear"}\n')],
];

export function tlsRecords(chance: Chance): Buffer[] {
  const after = chance.of(AFTER)(chance);
  switch (chance.below(4)) {
    case 0:
      return [Buffer.from('1603010200010001fc0303', 'hex'), chance.bytes(chance.below(600)), ...after];
    case 1:
      return [...fragmented(chance, clientHello(chance)), ...after];
    case 2:
      return [record(chance, RECORD.handshake, chance.bytes(chance.below(20_000))), ...after];
    default:
      return [record(chance, RECORD.handshake, clientHello(chance)), ...after];
  }
}
