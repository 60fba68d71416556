// The verbs about what is said: the rooms, what was said in one, what is being said, and saying something to all.

import { EXIT, HISTORY_PAGE } from '../control/protocol.ts';
import { commandNamed } from '../core/commands.ts';
import type { NoticeTarget } from '../core/command.ts';
import type { Entry } from '../core/entry.ts';
import { LIMITS } from '../core/limits.ts';
import { entryLine } from './entry-line.ts';
import { Failure } from './failure.ts';
import { dateAndTime, timeOfDay } from './human.ts';
import { plainName } from './people.ts';
import { type Bench, type Given, misuse, type Verb } from './verb.ts';

const DEFAULT_ENTRIES = 20;
const MOST_ENTRIES = 10_000;
/** UTF-8 takes at most four bytes a character. */
const NOTICE_BYTES = LIMITS.textChars * 4;

export const ROOMS: Verb = {
  name: 'rooms',
  aliases: commandNamed('rooms')?.aliases ?? [],
  args: '',
  words: { least: 0, most: 0 },
  help: commandNamed('rooms')?.help ?? '',
  flags: {},
  completes: 'nothing',
  run: async ({ client, screen }) => {
    const answer = await client.call('GET /v1/rooms', {});
    const rows = answer.rooms.map(({ room, members, seq, topic }) => [
      room,
      String(members),
      String(seq),
      topic,
    ]);
    if (screen.form === 'json') screen.document(answer);
    else if (rows.length === 0 && screen.isTerminal) screen.line('nobody is in any room');
    else screen.table(['ROOM', 'MEMBERS', 'ENTRIES', 'TOPIC'], rows);
    return EXIT.done;
  },
};

export const NOTICE: Verb = {
  name: 'notice',
  aliases: commandNamed('notice')?.aliases ?? [],
  args: '[TEXT | -]',
  words: { least: 0, most: Infinity },
  help: `${commandNamed('notice')?.help ?? ''}; without TEXT it is read from the standard input`,
  flags: {
    room: { value: 'ROOM', help: 'only to this room', completes: 'rooms' },
    to: { value: 'NAME', help: 'only to this user', completes: 'users' },
  },
  completes: 'nothing',
  run: async (bench, given) => {
    const to = targetOf(given);
    const text = await noticeText(bench, given.words);
    const answer = await bench.client.call('POST /v1/notices', { text, to });
    if (bench.screen.form === 'json') bench.screen.document(answer);
    else bench.screen.line(`told ${to.scope === 'all' ? 'everybody' : answer.log}`);
    return EXIT.done;
  },
};

export const HISTORY: Verb = {
  name: 'history',
  aliases: commandNamed('history')?.aliases ?? [],
  args: 'ROOM',
  words: { least: 1, most: 1 },
  help: 'The last entries of a room, or of @operators, where reports go',
  flags: {
    lines: { alias: 'n', value: 'N', help: `how many entries (${DEFAULT_ENTRIES})`, completes: 'nothing' },
  },
  completes: 'rooms',
  run: async (bench, { words, flags }) => {
    const { log, entries, more } = await lastEntries(bench, words[0] ?? '', entryCount(flags['lines']));
    if (bench.screen.form === 'json') bench.screen.document({ log, entries, more });
    else for (const entry of entries) bench.screen.line(`${dateAndTime(entry.at)} ${entryLine(entry)}`);
    return EXIT.done;
  },
};

export const WATCH: Verb = {
  name: 'watch',
  aliases: [],
  args: '',
  words: { least: 0, most: 0 },
  help: 'What happens in the rooms, as it happens, until you press Ctrl-C',
  flags: {},
  completes: 'nothing',
  run: async ({ client, screen }) => {
    for await (const line of client.stream('GET /v1/events')) {
      const text =
        line.kind === 'missed'
          ? `${line.count} entries were missed: they came faster than they could be shown`
          : `${timeOfDay(line.at)} ${line.log} ${entryLine(line)}`;
      await screen.streamed(line, text);
    }
    throw new Failure(EXIT.notRunning, 'not-running', 'chatroom has stopped: there is nothing more to watch');
  },
};

function targetOf({ flags }: Given): NoticeTarget {
  const { room, to } = flags;
  if (room !== undefined && to !== undefined)
    throw misuse('a notice goes to a room or to one user: give --room or --to');
  if (room !== undefined) return { scope: 'room', room };
  return to === undefined ? { scope: 'all' } : { scope: 'user', name: plainName(to) };
}

/** The words of the command line, or all of the standard input. */
async function noticeText({ stdin, screen }: Bench, words: readonly string[]): Promise<string> {
  if (words.length > 0 && !(words.length === 1 && words[0] === '-')) return words.join(' ');
  if (stdin.isTTY) screen.hint('write the notice, then press Ctrl-D on a line of its own');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk));
    bytes += chunks.at(-1)?.length ?? 0;
    if (bytes > NOTICE_BYTES) {
      throw new Failure(
        EXIT.refused,
        'too-long',
        `a notice has at most ${LIMITS.textChars} characters: send it in parts`,
      );
    }
  }
  return Buffer.concat(chunks).toString();
}

function entryCount(given: string | undefined): number {
  if (given === undefined) return DEFAULT_ENTRIES;
  const count = /^\d{1,5}$/.test(given) ? Number(given) : 0;
  if (count < 1 || count > MOST_ENTRIES)
    throw misuse(`-n takes a whole number from 1 to ${MOST_ENTRIES}, not ${given}`);
  return count;
}

/** The last `count` entries, page by page from the newest. */
async function lastEntries(
  { client }: Bench,
  log: string,
  count: number,
): Promise<{ log: string; entries: readonly Entry[]; more: boolean }> {
  const pages: (readonly Entry[])[] = [];
  let left = count;
  for (;;) {
    const before = pages[0]?.[0]?.seq;
    const page = await client.call('GET /v1/history', {
      log,
      limit: Math.min(left, HISTORY_PAGE),
      ...(before === undefined ? {} : { before }),
    });
    pages.unshift(page.entries);
    left -= page.entries.length;
    if (left <= 0 || !page.more || page.entries.length === 0) {
      return { log: page.log, entries: pages.flat(), more: page.more };
    }
  }
}
