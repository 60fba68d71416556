// The kinds of value a setting can have. Each kind reads a value from text (a flag, an environment variable) and from TOML, writes it back as
// TOML, and says in words what it takes, so that every refusal and every help text names the same allowed values.

import { isIP, isIPv6 } from 'node:net';
import { isAbsolute, resolve } from 'node:path';
import { MAX_SOCKET_PATH_BYTES, socketPathProblem } from '../control/paths.ts';

/** A value that was taken; or what was not, `expects` to follow "must be", and its place in a list, counted from 0. */
export type Reading<T> =
  | { readonly value: T }
  | { readonly bad: unknown; readonly expects: string; readonly item?: number };

export interface Kind<T> {
  /** Every allowed value, with limits and unit, in words that follow "must be". */
  readonly expects: string;
  /** The same as short as a help text wants it: "seconds", "on|off". */
  readonly form: string;
  readonly many: 'one' | 'list';
  readonly fromText: (text: string) => Reading<T>;
  readonly fromToml: (value: unknown) => Reading<T>;
  readonly toToml: (value: T) => string;
}

/** A place to listen on; an IPv6 host is without its brackets. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** A block of addresses, in the parts that node:net's BlockList.addSubnet takes. */
export interface AddressBlock {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

const MAX_LIST_ITEMS = 64;
const MAX_PATH_CHARS = 4096;
const SECONDS_IN: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

interface Words<T> {
  readonly expects: string;
  readonly form: string;
  readonly read: (text: string) => T | undefined;
  readonly write: (value: T) => string;
}

/** A kind whose values are strings in TOML too. */
function fromWords<T>({ expects, form, read, write }: Words<T>): Kind<T> {
  const fromText = (text: string): Reading<T> => {
    const value = read(text);
    return value === undefined ? { bad: text, expects } : { value };
  };
  return {
    expects,
    form,
    many: 'one',
    fromText,
    fromToml: (value) => (typeof value === 'string' ? fromText(value) : { bad: value, expects }),
    toToml: (value) => JSON.stringify(write(value)),
  };
}

const asItIs = (text: string): string => text;

/** One word out of a fixed few. */
export function choice<const W extends string>(...words: readonly W[]): Kind<W> {
  return fromWords({
    expects: `one of ${words.join(', ')}`,
    form: words.join('|'),
    read: (text) => words.find((word) => word === text),
    write: (word) => word,
  });
}

/** on or off; TOML's own booleans are taken as well, since people write them. */
export function onOff(): Kind<'on' | 'off'> {
  const words = choice('on', 'off');
  return {
    ...words,
    fromToml: (value) => words.fromToml(typeof value === 'boolean' ? (value ? 'on' : 'off') : value),
  };
}

interface Numbers {
  readonly expects: string;
  readonly form: string;
  readonly read: (text: string) => number;
  readonly fits: (value: number) => boolean;
}

function number({ expects, form, read, fits }: Numbers): Kind<number> {
  const check = (value: number, given: unknown): Reading<number> =>
    fits(value) ? { value } : { bad: given, expects };
  return {
    expects,
    form,
    many: 'one',
    fromText: (text) => check(read(text), text),
    fromToml: (value) =>
      check(typeof value === 'string' ? read(value) : typeof value === 'number' ? value : Number.NaN, value),
    toToml: String,
  };
}

const plainNumber = (text: string): number => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN);

/** A whole number of `unit` within limits that include both ends. */
export function count(unit: string, min: number, max: number): Kind<number> {
  return number({
    expects: `a whole number of ${unit} from ${min} to ${max}`,
    form: unit,
    read: plainNumber,
    fits: (value) => Number.isInteger(value) && value >= min && value <= max,
  });
}

/** A number of `unit`, fractions allowed, within limits that include both ends. */
export function rate(unit: string, min: number, max: number): Kind<number> {
  return number({
    expects: `a number of ${unit} from ${min} to ${max}`,
    form: unit,
    read: plainNumber,
    fits: (value) => value >= min && value <= max,
  });
}

/** A time in whole `unit`, within limits that include both ends. Text may carry its own unit: 90s, 5m, 2h, 1d. */
export function duration(unit: 'seconds' | 'days', min: number, max: number): Kind<number> {
  return number({
    expects: `a whole number of ${unit} from ${min} to ${max}, or a time like ${unit === 'days' ? '"30d"' : '"90s" or "5m"'}`,
    form: unit,
    read: (text) => {
      const [, digits, suffix = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
      if (digits === undefined) return plainNumber(text);
      return (Number(digits) * (SECONDS_IN[suffix] ?? Number.NaN)) / (unit === 'days' ? 86_400 : 1);
    },
    fits: (value) => Number.isInteger(value) && value >= min && value <= max,
  });
}

/** One line of text for people to read. */
export function line(maxChars: number): Kind<string> {
  const fits = (text: string): boolean =>
    text.trim() !== '' && text.length <= maxChars && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text);
  return fromWords({
    expects: `one line of 1 to ${maxChars} characters, none of them invisible`,
    form: 'text',
    read: (text) => (fits(text) ? text : undefined),
    write: asItIs,
  });
}

/** The name or number of a Unix group. */
export function group(): Kind<string> {
  return fromWords({
    expects: 'the name or number of a Unix group',
    form: 'group',
    read: (text) => (/^([a-z_][a-z0-9_-]{0,31}|\d{1,10})$/i.test(text) ? text : undefined),
    write: asItIs,
  });
}

/** A place on disk. Text is taken from the working directory on, as a shell's user means it; in a file, a path must be absolute. */
function path(words: { expects: string; form: string }, fits: (absolute: string) => boolean): Kind<string> {
  const read = (text: string): string | undefined => {
    if (text === '' || text.length > MAX_PATH_CHARS || text.includes('\0')) return undefined;
    return fits(resolve(text)) ? resolve(text) : undefined;
  };
  const kind = fromWords({ ...words, read, write: asItIs });
  const fromToml = (value: unknown): Reading<string> =>
    typeof value === 'string' && !isAbsolute(value)
      ? { bad: value, expects: words.expects }
      : kind.fromToml(value);
  return { ...kind, fromToml };
}

export function directoryPath(): Kind<string> {
  return path({ expects: 'the absolute path of a directory', form: 'path' }, () => true);
}

/** The path of a file, or the word `auto`. */
/** The path of a file, or a word that stands for something else. */
export function filePathOr(word: 'auto' | 'none'): Kind<string> {
  const expects = `the absolute path of a file, or "${word}"`;
  const file = path({ expects, form: `path|${word}` }, () => true);
  return {
    ...file,
    fromText: (text) => (text === word ? { value: text } : file.fromText(text)),
    fromToml: (value) => (value === word ? { value: word } : file.fromToml(value)),
  };
}

export function socketPath(): Kind<string> {
  const expects = `the absolute path of a Unix socket, ${MAX_SOCKET_PATH_BYTES} bytes at most`;
  return path({ expects, form: 'path' }, (absolute) => socketPathProblem(absolute) === undefined);
}

/** HOST:PORT, an IPv6 address in brackets (RFC 3986 section 3.2.2); port 0 lets the system choose. */
export function endpoint(): Kind<Endpoint> {
  return fromWords({
    expects: 'HOST:PORT with a port from 0 to 65535, such as "[::]:3040" or "127.0.0.1:3040"',
    form: 'HOST:PORT',
    read: parseEndpoint,
    write: formatEndpoint,
  });
}

function parseEndpoint(text: string): Endpoint | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? '';
  const port = Number(digits);
  const hostFits = bracketed === undefined ? isHostName(host) : isIPv6(bracketed);
  return hostFits && port <= 65_535 ? { host, port } : undefined;
}

export function formatEndpoint({ host, port }: Endpoint): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** RFC 1123 section 2.1; a last label of digits alone is meant as an IPv4 address, and must then be one. */
function isHostName(host: string): boolean {
  if (isIP(host) !== 0) return true;
  const labels = host.split('.');
  const lastIsNumber = /^\d+$/.test(labels.at(-1) ?? '');
  return (
    host.length <= 253 &&
    !lastIsNumber &&
    labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label))
  );
}

/** An IP address, or a block of them as ADDRESS/PREFIX (RFC 4632 section 3.1). */
export function addressBlock(): Kind<AddressBlock> {
  return fromWords({
    expects: 'an IP address or a block of them, such as "10.0.0.0/16"',
    form: 'ADDRESS/PREFIX',
    read: parseAddressBlock,
    write: ({ address, prefix }) => `${address}/${prefix}`,
  });
}

function parseAddressBlock(text: string): AddressBlock | undefined {
  const [, address = '', digits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  const bits = version === 6 ? 128 : 32;
  const prefix = digits === undefined ? bits : Number(digits);
  if (version === 0 || prefix > bits) return undefined;
  return { address, prefix, family: version === 6 ? 'ipv6' : 'ipv4' };
}

/** Several values of one kind: an array in TOML, separated by commas or spaces in text. */
export function list<T>(item: Kind<T>, minItems: number): Kind<readonly T[]> {
  const expects = `a list of ${minItems} to ${MAX_LIST_ITEMS} values, each ${item.expects}`;
  const readAll = (readings: readonly Reading<T>[], given: unknown): Reading<readonly T[]> => {
    if (readings.length < minItems || readings.length > MAX_LIST_ITEMS) return { bad: given, expects };
    const values: T[] = [];
    for (const [at, reading] of readings.entries()) {
      if ('bad' in reading) return { ...reading, item: at };
      values.push(reading.value);
    }
    return { value: values };
  };
  return {
    expects,
    form: `${item.form} ...`,
    many: 'list',
    fromText: (text) =>
      readAll(
        text
          .split(/[\s,]+/)
          .filter((part) => part !== '')
          .map(item.fromText),
        text,
      ),
    fromToml: (value) =>
      Array.isArray(value) ? readAll(value.map(item.fromToml), value) : { bad: value, expects },
    toToml: (values) => `[${values.map((value) => item.toToml(value)).join(', ')}]`,
  };
}
