// Makes up what a peer might send, well or ill meant: the same seed makes the same bytes, cut at the same places.

import { Chance } from './chance.ts';
import { httpTalk, ircTalk, proxyHeader } from './openings.ts';
import { jsonTalk, oddTalk } from './json-talk.ts';
import { tlsRecords } from './tls-records.ts';
import { NAMES, ROOMS, TYPES, WORDS } from './words.ts';

/** How a stream ends: with a goodbye, by closing after or without reading the answers, or with a reset. */
export type Ending = 'half-close' | 'destroy' | 'reset';

export interface Stream {
  readonly kind: string;
  readonly channel: 'open' | 'tls';
  readonly chunks: readonly Buffer[];
  readonly ending: Ending;
}

/** The stream that `seed` stands for. */
export function makeStream(seed: number): Stream {
  const chance = new Chance(seed);
  const [kind, pieces, channel = 'open'] = chance.of(KINDS)(chance);
  return {
    kind,
    channel,
    chunks: pieces.length === 1 ? cut(chance, pieces[0] ?? Buffer.alloc(0)) : pieces,
    ending: chance.of(['half-close', 'half-close', 'destroy', 'reset']),
  };
}

type Maker = (chance: Chance) => Said;

/** What is said, and whether within TLS. */
type Said = readonly [kind: string, pieces: readonly Buffer[], channel?: 'tls'];

const SPOKEN: readonly Maker[] = [
  (chance) => ['json', [Buffer.from(jsonTalk(chance))]],
  (chance) => ['mutated json', [mutated(chance, Buffer.from(jsonTalk(chance)))]],
  (chance) => ['odd json', [Buffer.from(oddTalk(chance))]],
  (chance) => ['odd json', [Buffer.from(oddTalk(chance))]],
  (chance) => ['lines', [Buffer.from(lineTalk(chance))]],
  (chance) => ['mutated lines', [mutated(chance, Buffer.from(lineTalk(chance)))]],
  (chance) => ['http', [mutated(chance, httpTalk(chance))]],
  (chance) => ['pipelined http', [Buffer.concat(chance.times(30, () => httpTalk(chance)))]],
  (chance) => ['random', [chance.bytes(chance.below(2000))]],
];

const KINDS: readonly Maker[] = [
  ...SPOKEN,
  ...SPOKEN,
  (chance) => ['raw', [Buffer.from(chance.of(NAMES) + chance.of(['', ': hi']))]],
  (chance) => ['endless', [endless(chance)]],
  (chance) => ['one byte at a time', singly(mutated(chance, Buffer.from(jsonTalk(chance).slice(0, 300))))],
  (chance) => [
    'many lines',
    [Buffer.from(chance.of(['x\n', '\n', '{}\n', '@LO\n', '/\n']).repeat(chance.below(3000)))],
  ],
  (chance) => ['proxy', [mutated(chance, proxyHeader(chance)), Buffer.from(lineTalk(chance))]],
  (chance) => [
    'proxy',
    [proxyHeader(chance), Buffer.from(chance.once(2) ? oddTalk(chance) : jsonTalk(chance))],
  ],
  (chance) => ['tls records', tlsRecords(chance)],
  (chance) => ['tls records', tlsRecords(chance)],
  (chance) => ['proxied tls records', [proxyHeader(chance), ...tlsRecords(chance)]],
  (chance) => ['irc', [Buffer.from(ircTalk(chance))]],
  (chance) => {
    const [kind, pieces] = chance.of(SPOKEN)(chance);
    return [`${kind} in tls`, pieces, 'tls'];
  },
];

function endless(chance: Chance): Buffer {
  return Buffer.alloc(
    chance.below(300_000),
    chance.of(['x', '{', '[', '@', '.', '\r', '\u001b', ' ', '{"a":', '\u0315\u0316']),
  );
}

/** Each byte in a segment of its own, and some empty ones between. */
function singly(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (byte) => Buffer.of(byte));
}

function lineTalk(chance: Chance): string {
  const name = chance.once(3) ? chance.of(NAMES) : `p${chance.below(1e6)}`;
  const command = (): string => `/${chance.of(TYPES)} ${chance.of([...NAMES, ...ROOMS])} ${chance.of(WORDS)}`;
  const said = chance.times(10, () =>
    chance.once(3) ? command() : chance.of(['', `${name}: `]) + chance.of(WORDS),
  );
  return [name, ...said].map((line) => line + chance.of(['\n', '\n', '\r\n', ''])).join('');
}

/** The same with some bytes changed, lost, doubled or put in. */
function mutated(chance: Chance, bytes: Buffer): Buffer {
  let result = bytes;
  for (let i = chance.below(4); i > 0 && result.length > 0; i--) {
    const at = chance.below(result.length);
    const end = at + chance.below(Math.min(40, result.length - at) + 1);
    const middle = chance.of([
      Buffer.alloc(0),
      chance.bytes(1 + chance.below(6)),
      Buffer.concat([result.subarray(at, end), result.subarray(at, end)]),
      Buffer.from(chance.of(['\n', '{', '"', '\r', '\0', '\xff', ': '])),
    ]);
    result = Buffer.concat([result.subarray(0, at), middle, result.subarray(end)]);
  }
  return result;
}

function cut(chance: Chance, bytes: Buffer): Buffer[] {
  const places = Array.from({ length: chance.below(6) }, () => chance.below(bytes.length + 1)).sort(
    (a, b) => a - b,
  );
  return [...places, bytes.length]
    .map((end, i) => bytes.subarray(places[i - 1] ?? 0, end))
    .filter(({ length }) => length > 0);
}
