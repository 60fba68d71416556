// The hub's log: winston for levels and the way to the stream; around it, what a daemon that must not stop needs of its log. A reader of the
// log that stalls or goes away costs a bounded amount of memory and never the hub.

import { fstatSync } from 'node:fs';
import winston from 'winston';
import {
  type Fields,
  jsonLayout,
  journalLayout,
  type Layout,
  type LogLevel,
  terminalLayout,
  textLayout,
} from './log-line.ts';

export type { Fields, LogLevel } from './log-line.ts';
export type LogFormat = 'auto' | 'text' | 'json' | 'journal';

export interface Log {
  readonly error: (message: string, fields?: Fields) => void;
  readonly warn: (message: string, fields?: Fields) => void;
  readonly info: (message: string, fields?: Fields) => void;
  readonly debug: (message: string, fields?: Fields) => void;
  /** What an operator did: at level info, but written at every level, with the field audit=true. */
  readonly audit: (message: string, fields?: Fields) => void;
  level: LogLevel;
  /** Ends the log: resolves when all that was logged is written, or after a second if nobody reads it. Later lines go nowhere. */
  readonly flush: () => Promise<void>;
}

/** The part of process.stdout that a log needs. */
export type LogStream = NodeJS.WritableStream & { readonly writableLength: number; readonly isTTY?: boolean };

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly stream?: LogStream;
  readonly env?: Environment;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Lines that wait for a stalled reader: up to here every level is kept, then no debug lines, and beyond the second nothing. */
const KEEP_ALL_BELOW_BYTES = 256 * 1024;
const KEEP_NONE_ABOVE_BYTES = 4 * 1024 * 1024;
const FLUSH_WAIT_MS = 1_000;

/** Opens the log on `stream` (standard output, unless a test wants another). */
export function createLogger({ level, format, stream = process.stdout, env = process.env }: LogOptions): Log {
  const layout = chooseLayout(format, stream, env);
  const logger = winston.createLogger({
    level,
    levels: { audit: 0, error: 0, warn: 1, info: 2, debug: 3 },
    format: winston.format.printf(({ line }) => String(line)),
    transports: [new winston.transports.Stream({ stream, eol: '\n' })],
  });
  let current = level;
  let state: 'open' | 'ended' = 'open';
  let dropped = 0;
  // A reader that went away (EPIPE) takes the log with it, not the hub: without a listener the error would end the process.
  stream.on('error', () => {
    state = 'ended';
  });

  const put = (kind: LogLevel | 'audit', message: string, fields: Fields): void => {
    const shown = kind === 'audit' ? 'info' : kind;
    logger.log({ level: kind, message, line: layout({ level: shown, message, fields, at: new Date() }) });
  };
  const write = (kind: LogLevel | 'audit', message: string, fields: Fields = {}): void => {
    if (state === 'ended' || !logger.isLevelEnabled(kind)) return;
    if (stream.writableLength > (kind === 'debug' ? KEEP_ALL_BELOW_BYTES : KEEP_NONE_ABOVE_BYTES)) {
      dropped += 1;
      return;
    }
    if (dropped > 0)
      put('warn', 'log lines were dropped, since nobody read them in time', { lines: dropped });
    dropped = 0;
    put(kind, message, fields);
  };
  return {
    error: (message, fields) => write('error', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    info: (message, fields) => write('info', message, fields),
    debug: (message, fields) => write('debug', message, fields),
    audit: (message, fields) => write('audit', message, { ...fields, audit: true }),
    get level() {
      return current;
    },
    set level(next) {
      current = next;
      logger.level = next;
    },
    flush: () => {
      if (state === 'ended') return Promise.resolve();
      state = 'ended';
      return finish(logger, stream);
    },
  };
}

/** winston hands its last line to the stream before it finishes; an empty write then comes back when the stream has passed on all before it. */
function finish(logger: winston.Logger, stream: LogStream): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, FLUSH_WAIT_MS);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    logger.once('finish', () => stream.write('', done));
    logger.end();
  });
}

function chooseLayout(format: LogFormat, stream: LogStream, env: Environment): Layout {
  if (format === 'json') return jsonLayout;
  if (format === 'journal' || (format === 'auto' && isJournal(stream, env))) return journalLayout;
  if (stream.isTTY !== true) return textLayout;
  const plain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return terminalLayout(plain ? 'plain' : 'colour');
}

/**
 * Whether standard output is the journal's own. systemd.exec(5): $JOURNAL_STREAM is inherited by every descendant of a service, also those
 * whose output was sent elsewhere, so its device and inode are to be compared.
 */
function isJournal(stream: LogStream, env: Environment): boolean {
  if (stream !== process.stdout || env['JOURNAL_STREAM'] === undefined) return false;
  const { dev, ino } = fstatSync(1, { bigint: true });
  return env['JOURNAL_STREAM'] === `${dev}:${ino}`;
}
