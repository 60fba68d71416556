// The form of a log line. Names, texts and addresses in it come from peers, so nothing in a value may start a line of its own, imitate
// another field or reach the operator's terminal as an escape sequence; only our own stack traces take several lines.

import { inspect } from 'node:util';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** Values to show with a message; one that is undefined is left out, an Error brings its stack. */
export type Fields = Readonly<Record<string, unknown>>;

export interface LogRecord {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Fields;
  readonly at: Date;
}

/** How a record becomes text, without its last newline. */
export type Layout = (record: LogRecord) => string;

/** Numbers of syslog(3) by our names, as sd-daemon(3) wants them before each line. */
const SEVERITY: Readonly<Record<LogLevel, number>> = { error: 3, warn: 4, info: 6, debug: 7 };
const COLOUR: Readonly<Record<LogLevel, string>> = {
  error: '\x1b[31m',
  warn: '\x1b[33m',
  info: '\x1b[36m',
  debug: '\x1b[2m',
};
const MAX_VALUE_CHARS = 1000;

/** For journald: the priority before every line, and no time, since the journal has its own. */
export const journalLayout: Layout = ({ level, message, fields }) => {
  const prefix = `<${SEVERITY[level]}>`;
  return [sentence(message, fields), ...stackLines(fields)].map((line) => prefix + line).join('\n');
};

/** For files and pipes: UTC time as in RFC 3339, level, message, fields. */
export const textLayout: Layout = ({ level, message, fields, at }) =>
  [`${at.toISOString()} ${level.padEnd(5)} ${sentence(message, fields)}`, ...stackLines(fields)].join('\n');

/** For a person watching: local time of day, and the level in colour if wanted. */
export function terminalLayout(colour: 'colour' | 'plain'): Layout {
  return ({ level, message, fields, at }) => {
    const time = localTime(at);
    const word = level.padEnd(5);
    const shown = colour === 'colour' ? `${COLOUR[level]}${word}\x1b[0m` : word;
    return [`${time} ${shown} ${sentence(message, fields)}`, ...stackLines(fields)].join('\n');
  };
}

function localTime(at: Date): string {
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${clock.join(':')}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

/** One JSON object a line: time, level, message, then the fields, of which none can replace the first three. */
export const jsonLayout: Layout = ({ level, message, fields, at }) => {
  const record = { time: at.toISOString(), level, message };
  return escapeInvisible(JSON.stringify({ ...record, ...fields, ...record }, plainJson));
};

function sentence(message: string, fields: Fields): string {
  const pairs = Object.entries(fields).filter(([, value]) => value !== undefined);
  return [escapeInvisible(message), ...pairs.map(([key, value]) => `${key}=${showValue(value)}`)].join(' ');
}

/** A value as one word: bare when it is plain, otherwise quoted as JSON. */
function showValue(value: unknown): string {
  const text = wordOf(value);
  const short = text.length > MAX_VALUE_CHARS ? `${text.slice(0, MAX_VALUE_CHARS)}…` : text;
  const isPlain = /^[\p{L}\p{M}\p{N}_\-.,:;/@#%&*+()[\]{}…]+$/u.test(short);
  return isPlain ? short : escapeInvisible(JSON.stringify(short));
}

function wordOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return value.message;
  if (Array.isArray(value)) return value.map(wordOf).join(',');
  if (typeof value === 'bigint') return value.toString();
  return JSON.stringify(value, plainJson) ?? '';
}

/** Stacks, with causes, of the errors among the fields; indented, so that a peer's words in them cannot pass for a line of their own. */
function stackLines(fields: Fields): string[] {
  const errors = Object.values(fields).filter((value) => value instanceof Error);
  return errors.flatMap((error) => inspect(error).split('\n')).map((line) => `    ${escapeInvisible(line)}`);
}

/** JSON.stringify's replacer for what JSON has no form for. */
function plainJson(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value;
}

/** Control characters, bidirectional overrides and other invisible ones as \uXXXX, which inside a JSON string means the same. */
export function escapeInvisible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (char) => {
    const units = Array.from({ length: char.length }, (_, at) =>
      char.charCodeAt(at).toString(16).padStart(4, '0'),
    );
    return units.map((unit) => `\\u${unit}`).join('');
  });
}
