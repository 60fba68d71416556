// Whatever reads a peer's words takes time in proportion to their length: with a line that costs the square of it, one peer
// could stop the hub for seconds. Each reader is handed texts that expressions and normal forms are known to stumble over.

import { Clock } from '../dialects/speech.ts';
import t from 'tap';
import { foldName, roomName } from '../../src/core/names.ts';
import { mendNickname, nickname } from '../../src/core/nicknames.ts';
import { lineText, messageText, safeLine } from '../../src/core/text.ts';
import { readTyped } from '../../src/core/typed.ts';
import { PlainDialect } from '../../src/dialects/plain.ts';
import { readRequest } from '../../src/dialects/request.ts';
import { RawVoice } from '../../src/dialects/voices.ts';
import { escapeInvisible, textLayout } from '../../src/daemon/log-line.ts';
import { readProxyHeader } from '../../src/transport/proxy-protocol.ts';

const SHORT = 4 * 1024;
const LONG = 64 * 1024;
/** In proportion it is 16, as the square 256: wide enough for a machine that has other things to do. */
const MOST_GROWTH = 80;
const RETRIES = 5;
const RUNS = 3;
/** What takes less is not measured well, and harms nobody. */
const FAST_MS = 4;

const setup = new Clock().setup();

const READERS: Record<string, (text: string) => unknown> = {
  safeLine,
  messageText,
  lineText: (text) => lineText(text, 100, 'a topic'),
  nickname,
  mendNickname,
  foldName,
  roomName,
  'what is typed': (text) => readTyped(text, '#lobby', () => false),
  'what is typed to somebody': (text) => readTyped(`@${text}`, '#lobby', () => false),
  'a command': (text) => readTyped(`/${text}`, '#lobby', () => false),
  'an argument': (text) => readTyped(`/nick x${text}`, '#lobby', () => false),
  'a request': (text) => readRequest(text),
  'a hello': (text) => readRequest(JSON.stringify({ type: 'hello', nick: text, client: text })),
  'a nickname in plain text': (text) => new PlainDialect(setup).decode(Buffer.from(`${text}\n`)),
  'plain text of the original client': (text) => {
    const dialect = new PlainDialect(setup);
    dialect.decode(Buffer.from('LO'));
    dialect.quiet();
    return dialect.decode(Buffer.from(text));
  },
  'what the original client is told': (text) => new RawVoice().lines([text], 0),
  'a value in the log': (text) =>
    textLayout({ level: 'info', message: text, fields: { text }, at: new Date(0) }),
  'what is invisible': escapeInvisible,
  'a balancer': (text) => readProxyHeader(Buffer.from(`PROXY ${text}`)),
};

/** Each is repeated, between a beginning and an end. */
const TEXTS: Record<string, readonly [string, string, string]> = {
  blanks: ['x', ' ', 'x'],
  'blanks at the end': ['x', ' ', ''],
  newlines: ['x', '\n', 'x'],
  'carriage returns': ['x', '\r', 'x'],
  'blanks and newlines': ['x', ' \n ', 'x'],
  'blanks of many widths': ['x', '\u2003\u3000\u00a0', 'x'],
  escapes: ['', '\u001b[', ''],
  'a long escape': ['\u001b[', '0;', ''],
  'operating system commands': ['', '\u001b]0;', ''],
  'a command that does not end': ['\u001b]0;', 'x', ''],
  'marks in the wrong order': ['a', '\u0315\u0316', ''],
  jamos: ['', '\u1100\u1161\u11a8', ''],
  'what grows when composed': ['', '\ufdfa', ''],
  surrogates: ['', '\ud800', ''],
  dots: ['a', '.', ''],
  'at signs': ['', '@', ''],
  slashes: ['', '/', ''],
  punctuation: ['a', ',:;', 'x'],
  brackets: ['', '[', ''],
  braces: ['', '{"a":', ''],
  quotes: ['"', '\\"', ''],
  digits: ['', '9', ''],
  zeros: ['0.', '0', 'e9'],
  invisible: ['', '\u200b', 'x'],
  fillers: ['', '\u3164', ''],
  zones: ['', ':', '%'],
};

function text([start, part, end]: readonly [string, string, string], chars: number): string {
  return start + part.repeat(Math.ceil(chars / part.length)) + end;
}

/** The fewest ms that it took. */
function cost(read: (text: string) => unknown, words: string): number {
  let least = Infinity;
  for (let run = 0; run < RUNS; run++) {
    const startedAt = performance.now();
    try {
      read(words);
    } catch {
      // It may refuse: what counts is how soon.
    }
    least = Math.min(least, performance.now() - startedAt);
    if (least < FAST_MS) break;
  }
  return least;
}

for (const [reader, read] of Object.entries(READERS)) {
  await t.test(reader, async (t) => {
    const slow: string[] = [];
    for (const [name, parts] of Object.entries(TEXTS)) {
      const long = cost(read, text(parts, LONG));
      if (long < FAST_MS) continue;
      // A busy machine may stretch one measure, and hardly all of them: what really grows too fast does so each time.
      let growth = long / cost(read, text(parts, SHORT));
      for (let again = 0; growth > MOST_GROWTH && again < RETRIES; again++)
        growth = Math.min(growth, cost(read, text(parts, LONG)) / cost(read, text(parts, SHORT)));
      if (growth > MOST_GROWTH)
        slow.push(`${name}: ${Math.round(growth)} times as long, ${Math.round(long)} ms`);
    }
    t.strictSame(slow, [], `sixteen times the text costs less than ${MOST_GROWTH} times as much`);
  });
}
