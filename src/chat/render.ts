// How everything reads: an event becomes paragraphs, in words that say all without any colour.

import { foldName, LOBBY } from '../core/names.ts';
import type { WireEntry } from '../dialects/wire.ts';
import type { ChatEvent, ShownReply } from './events.ts';
import type { Theme } from './theme.ts';
import { clock } from './times.ts';

/** A text with what stands before its first line; the other lines are set in by as much. */
export interface Paragraph {
  /** May hold colour sequences, as `body` may; `marginWidth` is how many columns it takes. */
  readonly margin: string;
  readonly marginWidth: number;
  readonly body: string;
}

export interface Reader {
  /** The reader's own name. */
  readonly nick: string;
  readonly theme: Theme;
  /** Unix ms. */
  readonly now: number;
}

/** What is shown of `event`; nothing for those that only change a state. */
export function paragraphs(event: ChatEvent, reader: Reader): Paragraph[] {
  const { theme } = reader;
  switch (event.type) {
    case 'entry':
      return [entryParagraph(event.entry, reader)];
    case 'answer':
      return answerParagraphs(event.reply, reader);
    case 'heard':
      return event.text.split('\n').map((line) => timed(line, reader.now, reader));
    case 'note':
      return [timed(theme.dim(`* ${event.text}`), reader.now, reader)];
    case 'trouble':
      return [timed(theme.trouble(`! ${event.text}`), reader.now, reader)];
    case 'waiting':
      return [timed(theme.dim(`(waiting) ${event.line}`), reader.now, reader)];
    case 'changed':
    case 'ended':
      return [];
  }
}

/** The rows of `paragraph` where nothing is wrapped: as many as its text has lines. */
export function plainRowsOf({ margin, marginWidth, body }: Paragraph): string[] {
  return body.split('\n').map((line, i) => (i === 0 ? margin : ' '.repeat(marginWidth)) + line);
}

/** Whether `entry` speaks of the reader, or to nobody else. */
export function concerns({ type, from, text }: WireEntry, nick: string): boolean {
  if (foldName(from) === foldName(nick)) return false;
  if (type === 'private') return true;
  return (type === 'message' || type === 'action' || type === 'notice') && mentions(text, nick);
}

/** Whether `nick` stands in `text` as a word of its own. */
function mentions(text: string, nick: string): boolean {
  const wanted = foldName(nick);
  const words = text.match(/[\p{L}\p{N}\p{M}_.-]+/gu) ?? [];
  return words.some((word) => foldName(word) === wanted || foldName(word.replace(/[.-]+$/, '')) === wanted);
}

function entryParagraph(entry: WireEntry, reader: Reader): Paragraph {
  const sentence = entrySentence(entry, reader);
  return timed(sentence, entry.at, reader, concerns(entry, reader.nick));
}

function entrySentence({ type, log, from, to = '', text }: WireEntry, { nick, theme }: Reader): string {
  const elsewhere = log.startsWith('#') && log !== LOBBY;
  const where = elsewhere ? `${theme.dim(log)} ` : '';
  const room = elsewhere ? ` ${log}` : '';
  const ofRoom = elsewhere ? ` of ${log}` : '';
  const who = (name: string): string => (foldName(name) === foldName(nick) ? 'you' : theme.name(name));
  switch (type) {
    case 'message':
      return `${where}${theme.name(from)}: ${text}`;
    case 'action':
      return `${where}* ${theme.name(from)} ${text}`;
    case 'private':
      return `${theme.private('[private]')} ${who(from)} → ${who(to)}: ${text}`;
    case 'join':
      return theme.dim(`${from} joined${room}`);
    case 'leave':
      return theme.dim(`${from} left${room}${reason(text)}`);
    case 'rename':
      return theme.dim(`${from} is now ${to}`);
    case 'topic':
      return theme.dim(
        text === '' ? `${from} removed the topic${ofRoom}` : `${from} set the topic${ofRoom}: ${text}`,
      );
    case 'notice':
      return `${where}${theme.bold(`[notice] ${from}:`)} ${text}`;
    case 'kick':
      return theme.dim(`${to} was kicked${reason(text)}`);
  }
}

function answerParagraphs(reply: ShownReply, reader: Reader): Paragraph[] {
  const { theme } = reader;
  switch (reply.type) {
    case 'who': {
      const people = reply.users
        .toSorted((one, other) => (foldName(one.nick) < foldName(other.nick) ? -1 : 1))
        .map(({ nick, account, state }) => {
          const about = [
            ...(account === undefined ? [] : ['signed in']),
            ...(state === 'away' ? ['away'] : []),
          ];
          return theme.name(nick) + (about.length === 0 ? '' : theme.dim(` (${about.join(', ')})`));
        });
      return [
        untimed(
          `${reply.users.length} ${reply.room === undefined ? 'here' : `in ${reply.room}`}: ${people.join(', ')}`,
        ),
      ];
    }
    case 'rooms':
      return reply.rooms.map(({ room, members, topic }) =>
        untimed(`${theme.bold(room)} (${members})${topic === '' ? '' : ` ${topic}`}`),
      );
    case 'bans':
      if (reply.bans.length === 0) return [untimed(theme.dim('nobody is banned or muted'))];
      return reply.bans.map(({ id, act, target, until, reason, note, by }) => {
        const end = until === null ? '' : ` until ${new Date(until).toLocaleString()}`;
        const why = `${reason === '' ? '' : `: ${reason}`}${note === '' ? '' : ` (${note})`}`;
        return untimed(`${theme.bold(id)} ${act} ${target}${end}${why} ${theme.dim(`by ${by}`)}`);
      });
    case 'history': {
      if (reply.entries.length === 0) return [untimed(theme.dim(`nothing was said in ${reply.log} yet`))];
      const title = untimed(theme.dim(`the last ${reply.entries.length} of ${reply.log}:`));
      return [title, ...reply.entries.map((entry) => timed(entrySentence(entry, reader), entry.at, reader))];
    }
    case 'search': {
      if (reply.entries.length === 0) return [untimed(theme.dim(`nothing found in ${reply.log}`))];
      const title = untimed(theme.dim(`found in ${reply.log}${reply.more ? ', the newest' : ''}:`));
      const found = reply.entries.toReversed();
      return [title, ...found.map((entry) => timed(entrySentence(entry, reader), entry.at, reader))];
    }
    case 'topic-is':
      return [
        untimed(
          reply.text === '' ? `${reply.room} has no topic` : `the topic of ${reply.room}: ${reply.text}`,
        ),
      ];
    case 'help': {
      const width = Math.max(0, ...reply.rows.map(({ usage }) => usage.length));
      return reply.rows.map(({ usage, help }) => untimed(`${theme.bold(usage.padEnd(width))}  ${help}`));
    }
    case 'info':
      return [untimed(`* ${reply.text}`)];
  }
}

function reason(text: string): string {
  return text === '' ? '' : ` (${text})`;
}

function timed(body: string, at: number, { theme, now }: Reader, marked = false): Paragraph {
  const time = clock(at, now);
  const margin = `${marked ? theme.mention(time) : theme.dim(time)} `;
  return { margin, marginWidth: time.length + 1, body };
}

function untimed(body: string): Paragraph {
  return { margin: '      ', marginWidth: 6, body };
}
