// A refusal of a setting should point at it as a syntax error does, but a TOML parser hands back values without their places. This scanner
// finds them in a text that the parser has already found correct, so it only needs to know where keys, strings and comments begin and end.

import { parse } from 'smol-toml';

/** Line and column, both counted from 1; the column in UTF-16 code units, as smol-toml counts. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where a top-level key, its value and, if that is an array, the array's elements begin. A table has only its key. */
export interface KeyPosition {
  readonly key: Position;
  readonly value: Position;
  readonly items: readonly Position[];
}

/** Places of all top-level keys of a TOML document that is known to parse; of a repeated table or dotted key, the first. */
export function keyPositions(toml: string): ReadonlyMap<string, KeyPosition> {
  const found = new Map<string, KeyPosition>();
  const note = (name: string, position: KeyPosition): void => {
    if (!found.has(name)) found.set(name, position);
  };
  let insideTable = false;
  let at = skipBlank(toml, 0);
  while (at < toml.length) {
    if (toml[at] === '[') {
      insideTable = true;
      const nameStart = skipSpaces(toml, at + (toml[at + 1] === '[' ? 2 : 1));
      const place = positionOf(toml, at);
      note(firstName(toml, nameStart), { key: place, value: place, items: [] });
      at = skipUntil(toml, nameStart, '\n');
    } else {
      const valueStart = skipSpaces(toml, skipUntil(toml, at, '=') + 1);
      const value = skipValue(toml, valueStart);
      const items = value.items.map((item) => positionOf(toml, item));
      if (!insideTable) {
        note(firstName(toml, at), { key: positionOf(toml, at), value: positionOf(toml, valueStart), items });
      }
      at = value.end;
    }
    at = skipBlank(toml, at);
  }
  return found;
}

function positionOf(toml: string, offset: number): Position {
  const before = toml.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** The first part of a possibly dotted and quoted key; the parser itself undoes the quoting. */
function firstName(toml: string, start: number): string {
  const quote = toml[start];
  const end =
    quote === '"' || quote === "'"
      ? skipString(toml, start)
      : start + (/^[\w-]*/.exec(toml.slice(start))?.[0].length ?? 0);
  return Object.keys(parse(`${toml.slice(start, end)} = 0`))[0] ?? '';
}

function skipSpaces(toml: string, start: number): number {
  let at = start;
  while (toml[at] === ' ' || toml[at] === '\t') at += 1;
  return at;
}

/** Over spaces, line ends, comments and a byte order mark. */
function skipBlank(toml: string, start: number): number {
  let at = start;
  while (at < toml.length && /[\s\uFEFF#]/.test(toml[at] ?? ''))
    at = toml[at] === '#' ? lineEnd(toml, at) : at + 1;
  return at;
}

function lineEnd(toml: string, start: number): number {
  const end = toml.indexOf('\n', start);
  return end === -1 ? toml.length : end;
}

/** To the next `stop` that is not inside a string. */
function skipUntil(toml: string, start: number, stop: string): number {
  let at = start;
  while (at < toml.length && toml[at] !== stop) {
    if (toml[at] === '#') return lineEnd(toml, at);
    at = toml[at] === '"' || toml[at] === "'" ? skipString(toml, at) : at + 1;
  }
  return at;
}

/** Past a string of any of TOML's four forms. A multi-line one may end in up to two quotes of its own before the closing three. */
function skipString(toml: string, start: number): number {
  const quote = toml[start] ?? '';
  const multiLine = toml.startsWith(quote.repeat(3), start);
  const closing = multiLine ? quote.repeat(3) : quote;
  let at = start + closing.length;
  while (at < toml.length && !toml.startsWith(closing, at)) at += quote === '"' && toml[at] === '\\' ? 2 : 1;
  at += closing.length;
  if (!multiLine) return at;
  while (toml[at] === quote) at += 1;
  return at;
}

/** Past a value, gathering where the elements of an array begin; commas of inner arrays and tables are deeper and do not count. */
function skipValue(toml: string, start: number): { end: number; items: number[] } {
  const items: number[] = [];
  let depth = 0;
  let itemIsNext = false;
  let at = start;
  while (at < toml.length) {
    if (depth > 0) at = skipBlank(toml, at);
    const char = toml[at] ?? '';
    if (depth === 0 && (char === '\n' || char === '#')) break;
    if (itemIsNext && depth === 1 && char !== ']') items.push(at);
    itemIsNext = false;
    if (char === '[' || char === '{') {
      itemIsNext = depth === 0 && char === '[';
      depth += 1;
    } else if (char === ']' || char === '}') {
      depth -= 1;
    } else if (char === ',') {
      itemIsNext = toml[start] === '[';
    }
    at = char === '"' || char === "'" ? skipString(toml, at) : at + 1;
  }
  return { end: at, items };
}
