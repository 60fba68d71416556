// The native dialect, as it is spoken, and as JSON's grammar lets it be spoken by nobody who means well.

import type { Chance } from './chance.ts';
import { NAMES, ROOMS, TYPES, VALUES, WORDS } from './words.ts';

/** Requests as a client might make them, some with a field amiss. */
export function jsonTalk(chance: Chance): string {
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
  if (chance.once(8))
    request['auth'] = chance.of<unknown>([{ key: 'A'.repeat(43) }, { password: 'x' }, {}, 'x']);
  for (const field of Object.keys(request)) {
    if (chance.once(6)) delete request[field];
    else if (chance.once(12)) request[field] = chance.of(VALUES);
  }
  return request;
}

/** Lines that JSON allows, or nearly: every field may be twice there, of any type, of any depth. */
export function oddTalk(chance: Chance): string {
  const lines = chance.times(8, () => oddLine(chance));
  if (!chance.once(4)) lines.unshift(`{"type":"hello","nick":"o${chance.below(1e6)}","client":"odd"}`);
  return lines.map((line) => line + chance.of(['\n', '\n', '\r\n', ''])).join('');
}

const FIELDS =
  'type id text room to nick log seq client auth resume token after before limit inbox action password old key invite signature'
    .split(' ')
    .concat(
      '__proto__',
      'constructor',
      'prototype',
      'toString',
      'hasOwnProperty',
      'toJSON',
      '',
      '\\u0000',
      'ty\\u0070e',
    );
const DEPTHS = [10, 1_000, 30_000];
const LENGTHS = [64 * 1024 - 20, 64 * 1024 - 1, 64 * 1024, 64 * 1024 + 1, 70_000];

function oddLine(chance: Chance): string {
  switch (chance.below(8)) {
    case 0:
      return bomb(chance);
    case 1: {
      // As long as a line may be, or a byte more.
      const start = `{"type":"${chance.of(TYPES)}","id":"long","nick":"x","text":"`;
      const length = chance.of(LENGTHS);
      return `${start}${chance.of(['x', ' ', '@', '/', '.']).repeat(length - start.length - 2)}"}`;
    }
    case 2:
      return oddValue(chance, 0);
    case 3:
      return `{"type":"resume","type":"hello","nick":"x","resume":{"token":${oddValue(chance, 2)},"after":${oddObject(chance, 1)}}}`;
    default:
      return oddObject(chance, 0);
  }
}

function bomb(chance: Chance): string {
  const depth = chance.of(DEPTHS);
  const [open, close] = chance.of([
    ['[', ']'],
    ['{"a":', '}'],
    ['{"__proto__":', '}'],
  ] as const);
  const within = open.repeat(Math.min(depth, Math.floor(60_000 / (open.length + 1))));
  return `{"type":"say","text":${within}${chance.once(2) ? '1' + close.repeat(within.length / open.length) : ''}}`;
}

function oddObject(chance: Chance, depth: number): string {
  const fields = chance.times(9, () => `"${chance.of(FIELDS)}":${oddValue(chance, depth + 1)}`);
  if (depth === 0) fields.push(`"type":"${chance.of(TYPES)}"`);
  return `{${fields.join(',')}}`;
}

function oddValue(chance: Chance, depth: number): string {
  switch (chance.below(depth > 4 ? 4 : 6)) {
    case 0:
      return chance.of([
        '1e999',
        '-1e999',
        '-0',
        '1E-400',
        '9'.repeat(400),
        '0.1',
        '9007199254740993',
        '18446744073709551616',
        '-1',
      ]);
    case 1:
      return JSON.stringify(chance.of([...WORDS, ...NAMES, ...ROOMS]));
    case 2:
      return `"${chance.of(['\\ud800', '\\udc00\\ud800', '\\u0000', '\\u001b[2J', '\\u202e', '\\/', '\\u2028', '\\q', '\\u12', '\t'])}"`;
    case 3:
      return chance.of([
        'null',
        'true',
        'false',
        'nul',
        'NaN',
        'Infinity',
        'undefined',
        '01',
        '+1',
        '.5',
        '0x10',
        "'x'",
      ]);
    case 4:
      return `[${chance.times(5, () => oddValue(chance, depth + 1)).join(',')}${chance.of(['', '', ','])}]`;
    default:
      return oddObject(chance, depth);
  }
}
