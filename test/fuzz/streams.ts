// Makes up what a peer might send, well or ill meant: the same seed makes the same bytes, cut at the same places.

/** A small generator of chance (mulberry32): good enough to be odd with, and the same everywhere. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  }

  /** True once in `n` times. */
  once(n: number): boolean {
    return this.below(n) === 0;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  times<T>(most: number, make: () => T): T[] {
    return Array.from({ length: 1 + this.below(most) }, make);
  }
}

/** How a stream ends: with a goodbye, by closing after or without reading the answers, or with a reset. */
export type Ending = 'half-close' | 'destroy' | 'reset';

export interface Stream {
  readonly kind: string;
  readonly chunks: readonly Buffer[];
  readonly ending: Ending;
}

const WORDS = [
  'hello',
  '',
  ' ',
  '@LO psst',
  '@ER: psst',
  'LO: I am LO',
  'ER\nLO: I am ER',
  '\\@LO',
  '//x',
  '\u001b[2J\u001b]0;x\u0007',
  '\u202eolleh\u2066',
  '\ufeff',
  '\u0000',
  '漢字 😀 👩‍👩‍👧',
  'x'.repeat(4096),
  'x'.repeat(5000),
  '\n'.repeat(50),
  '"\\/',
];
const NAMES = [
  'LO',
  'lo',
  'ＬＯ',
  'ER',
  'ER.',
  'server',
  'guest',
  'a b',
  '',
  '漢字',
  'x'.repeat(33),
  '__proto__',
  '+x',
  '@me',
];
const ROOMS = [
  '#lobby',
  'lobby',
  '#a',
  '#b',
  '#LOBBY',
  '#bad room',
  '',
  '#',
  '@me',
  '@operators',
  '#__proto__',
];
const VALUES: readonly unknown[] = [
  0,
  1,
  -1,
  1.5,
  1e308,
  2 ** 53,
  null,
  true,
  [],
  {},
  { a: [[[]]] },
  '1',
  ...WORDS.slice(0, 3),
];
const TYPES =
  'say say say tell tell join part nick who rooms history topic ack report ping pong help quit hello kick notice welcome'
    .split(' ')
    .concat('__proto__', 'constructor', '');

/** The stream that `seed` stands for. */
export function makeStream(seed: number): Stream {
  const chance = new Chance(seed);
  const [kind, bytes] = chance.of(KINDS)(chance);
  return {
    kind,
    chunks: cut(chance, bytes),
    ending: chance.of(['half-close', 'half-close', 'destroy', 'reset']),
  };
}

type Maker = (chance: Chance) => [kind: string, bytes: Buffer];

const KINDS: readonly Maker[] = [
  (chance) => ['random', chance.bytes(chance.below(2000))],
  (chance) => ['json', Buffer.from(jsonTalk(chance))],
  (chance) => ['json', Buffer.from(jsonTalk(chance))],
  (chance) => ['mutated json', mutated(chance, Buffer.from(jsonTalk(chance)))],
  (chance) => ['lines', Buffer.from(lineTalk(chance))],
  (chance) => ['lines', Buffer.from(lineTalk(chance))],
  (chance) => ['mutated lines', mutated(chance, Buffer.from(lineTalk(chance)))],
  (chance) => ['raw', Buffer.from(chance.of(NAMES) + chance.of(['', ': hi']))],
  (chance) => [
    'endless',
    Buffer.alloc(chance.below(300_000), chance.of(['x', '{', '[', '@', '.', '\r', '\u001b'])),
  ],
  (chance) => ['http', mutated(chance, Buffer.from(httpTalk(chance)))],
  (chance) => ['proxy', mutated(chance, proxyHeader(chance))],
  (chance) => [
    'tls',
    Buffer.concat([Buffer.from('1603010200010001fc0303', 'hex'), chance.bytes(chance.below(600))]),
  ],
  (chance) => [
    'irc',
    Buffer.from(chance.of(['NICK LO\r\n', 'CAP LS 302\r\nNICK x\r\n', 'PASS x\r\nUSER a b c d\r\n', 'NICK'])),
  ],
];

function jsonTalk(chance: Chance): string {
  const lines = chance.times(12, () => JSON.stringify(jsonRequest(chance)));
  const hello = {
    type: 'hello',
    nick: chance.once(3) ? chance.of(NAMES) : `j${chance.below(1e6)}`,
    client: chance.of(['', 'fuzz']),
  };
  if (!chance.once(5)) lines.unshift(JSON.stringify(hello));
  return lines.map((line) => line + chance.of(['\n', '\n', '\r\n', '\n\n'])).join('');
}

function jsonRequest(chance: Chance): Record<string, unknown> {
  const request: Record<string, unknown> = {
    type: chance.of(TYPES),
    text: chance.of(WORDS),
    room: chance.of(ROOMS),
    to: chance.of(NAMES),
    nick: chance.of(NAMES),
    log: chance.of(ROOMS),
    seq: chance.below(50),
  };
  if (chance.once(2)) request['id'] = `i${chance.below(5)}`;
  if (chance.once(8)) request['resume'] = { token: 'x', after: { '#lobby': chance.below(9) } };
  for (const field of Object.keys(request)) {
    if (chance.once(6)) delete request[field];
    else if (chance.once(12)) request[field] = chance.of(VALUES);
  }
  return request;
}

function lineTalk(chance: Chance): string {
  const name = chance.once(3) ? chance.of(NAMES) : `p${chance.below(1e6)}`;
  const command = (): string => `/${chance.of(TYPES)} ${chance.of([...NAMES, ...ROOMS])} ${chance.of(WORDS)}`;
  const said = chance.times(10, () =>
    chance.once(3) ? command() : chance.of(['', `${name}: `]) + chance.of(WORDS),
  );
  return [name, ...said].map((line) => line + chance.of(['\n', '\n', '\r\n', ''])).join('');
}

function httpTalk(chance: Chance): string {
  const method = chance.of(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']);
  const body = chance.of(['', 'x'.repeat(100)]);
  const length = chance.of([
    `Content-Length: ${body.length}\r\n`,
    'Transfer-Encoding: chunked\r\n',
    'Content-Length: -1\r\n',
    '',
  ]);
  const header = chance.of([
    '',
    `X: ${'y'.repeat(chance.below(10_000))}\r\n`,
    'Upgrade: websocket\r\nConnection: Upgrade\r\n',
  ]);
  return `${method} ${chance.of(['/healthz', '/', '*', 'http://x/'])} HTTP/1.1\r\nHost: x\r\n${header}${length}\r\n${body}`;
}

function proxyHeader(chance: Chance): Buffer {
  if (chance.once(2)) return Buffer.from('PROXY TCP4 192.0.2.5 198.51.100.1 54321 3040\r\nLO\nhello\n');
  const head = Buffer.from('\r\n\r\n\0\r\nQUIT\n\x21\x11', 'latin1');
  return Buffer.concat([head, chance.bytes(2), chance.bytes(chance.below(600))]);
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
