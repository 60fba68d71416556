// Asking: who is here, what rooms there are, what was said before.

import type { Actor, Answer } from './actor.ts';
import type { Command } from './command.ts';
import { helpFor } from './commands.ts';
import type { Entry } from './entry.ts';
import { ChatError } from './errors.ts';
import type { Hub } from './hub.ts';
import { LIMITS } from './limits.ts';
import type { Log } from './log.ts';
import { INBOX, REPORTS } from './names.ts';
import { errorReply, type RoomInfo, type UserInfo } from './reply.ts';
import { roomsOf } from './renames.ts';
import type { Session } from './session.ts';
import { answering, roomOf } from './talk.ts';
import { lineText } from './text.ts';

type Of<T extends Command['type']> = Extract<Command, { type: T }>;

export function who(hub: Hub, _by: Actor, { room }: Of<'who'>, answer: Answer): void {
  const name = room === null ? null : hub.directory.room(room).name;
  const sessions = [...(room === null ? hub.directory.sessions() : hub.directory.room(room).members)];
  const users = people(sessions);
  inParts(users, userBytes, (part, more) => answer({ type: 'who', room: name, users: part, more }));
}

/** One row for each person: what an account's devices do together, told by the one that is here and came first. */
function people(sessions: readonly Session[]): UserInfo[] {
  const byPerson = new Map<string, Session[]>();
  for (const session of sessions) {
    const person = session.account === '' ? session.id : `~${session.account}`;
    byPerson.set(person, [...(byPerson.get(person) ?? []), session]);
  }
  return [...byPerson.values()].map((devices) => {
    const [main = devices[0] as Session] = devices.filter(({ outlet }) => outlet !== null);
    if (devices.length === 1) return main.info();
    return {
      ...main.info(),
      rooms: [...roomsOf(devices)].map(({ name }) => name),
      since: Math.min(...devices.map(({ since }) => since)),
      activeAt: Math.max(...devices.map(({ activeAt }) => activeAt)),
    };
  });
}

/** The rooms where somebody is, or that have something to come back to. */
export function rooms(hub: Hub, _by: Actor, _command: Of<'rooms'>, answer: Answer): void {
  const there = [...hub.directory.rooms.values()].filter(
    ({ members, log }) => members.size > 0 || log.topic !== '',
  );
  const infos = there.map((room) => room.info());
  inParts(infos, roomBytes, (part, more) => answer({ type: 'rooms', rooms: part, more }));
}

export function history(hub: Hub, by: Actor, command: Of<'history'>, answer: Answer): void {
  const log = historyLog(hub, by, command.log);
  const limit = Math.max(1, Math.min(command.limit, LIMITS.historyPage));
  const { after } = command;
  const before = command.before ?? log.last + 1;
  // One more than asked tells whether there is more.
  const place = after === null ? { before: Math.min(before, log.last + 1) } : { after };
  hub.setup.store.page(log.name, place, limit + 1).then(
    (page) => {
      // What is committed and not being shown yet is not history.
      const shown = page.filter(({ seq }) => seq <= log.last);
      const asked = after === null ? shown.slice(-limit) : shown.slice(0, limit);
      const entries = withinAnswer(asked, after === null ? 'newest' : 'oldest');
      answer({
        type: 'history',
        log: command.log === INBOX ? INBOX : log.name,
        entries,
        more: entries.length < shown.length,
      });
    },
    (error: unknown) => {
      if (!(error instanceof ChatError)) throw error;
      answer(errorReply(error));
    },
  );
}

export function search(hub: Hub, by: Actor, command: Of<'search'>, answer: Answer): void {
  const log = historyLog(hub, by, command.log);
  const query = lineText(command.text, LIMITS.queryChars, 'a search');
  if (query === '') throw new ChatError('empty-text', 'search for what? give a word or several');
  const limit = Math.max(1, Math.min(command.limit, LIMITS.historyPage));
  const before = Math.min(command.before ?? Infinity, log.last + 1);
  hub.setup.store.search(log.name, query, before, limit + 1).then(
    (found) => {
      const entries = withinAnswer(found.slice(0, limit), 'oldest');
      answer({
        type: 'search',
        log: command.log === INBOX ? INBOX : log.name,
        entries,
        more: entries.length < found.length,
      });
    },
    (error: unknown) => {
      if (!(error instanceof ChatError)) throw error;
      answer(errorReply(error));
    },
  );
}

export function topic(hub: Hub, by: Actor, command: Of<'topic'>, answer: Answer): void {
  const room = roomOf(hub, by, command.room);
  if (command.text === null) {
    answer({ type: 'topic', room: room.name, text: room.log.topic });
    return;
  }
  const text = lineText(command.text, LIMITS.topicChars, 'a topic');
  hub.append({ log: room.log, kind: 'topic', from: by.name, text, ...answering(answer, room.name) });
}

export function help(_hub: Hub, by: Actor, _command: Of<'help'>, answer: Answer): void {
  answer({ type: 'help', rows: helpFor(by.role) });
}

export function ping(_hub: Hub, _by: Actor, _command: Of<'ping'>, answer: Answer): void {
  answer({ type: 'pong' });
}

/** Answered when it is durable: from then on nothing up to there will ever be sent again. */
export function ack(hub: Hub, by: Actor, { log, seq }: Of<'ack'>, answer: Answer): void {
  if (by.session?.ack(log, seq) !== true) {
    throw new ChatError('not-in-room', `you do not follow ${log}: join it first`);
  }
  hub.save(by.session, (refused) => answer(refused === null ? { type: 'ok' } : errorReply(refused)));
}

/** The log whose history `by` may read: a room it is in, its own inbox; the operator reads every room and the reports. */
function historyLog(hub: Hub, by: Actor, name: string): Log {
  if (by.session === null) return name === REPORTS ? hub.reports : hub.directory.room(name).log;
  return name === INBOX ? by.session.inbox : roomOf(hub, by, name).log;
}

/** As many entries as fit one answer, from the side asked for. */
function withinAnswer(entries: readonly Entry[], keep: 'newest' | 'oldest'): readonly Entry[] {
  let room = LIMITS.answerBytes;
  let count = 0;
  const order = keep === 'newest' ? entries.toReversed() : entries;
  for (const { log, from, to, text } of order) {
    room -= 120 + mostBytes(log) + mostBytes(from) + mostBytes(to) + mostBytes(text);
    if (room < 0 && count > 0) break;
    count++;
  }
  return keep === 'newest' ? entries.slice(entries.length - count) : entries.slice(0, count);
}

/** Sends `all` in answers within the bounds of one; `bytesOf`: the most that one of them can take. */
function inParts<T>(
  all: readonly T[],
  bytesOf: (each: T) => number,
  send: (part: readonly T[], more: boolean) => void,
): void {
  let start = 0;
  let bytes = 0;
  for (const [at, each] of all.entries()) {
    bytes += bytesOf(each);
    if (at === start || (bytes <= LIMITS.answerBytes && at - start < LIMITS.usersPerAnswer)) continue;
    send(all.slice(start, at), true);
    start = at;
    bytes = bytesOf(each);
  }
  send(all.slice(start), false);
}

function userBytes({ nick, client, rooms }: UserInfo): number {
  let bytes = 180 + mostBytes(nick) + mostBytes(client);
  for (const room of rooms) bytes += 3 + mostBytes(room);
  return bytes;
}

function roomBytes({ room, topic }: RoomInfo): number {
  return 60 + mostBytes(room) + mostBytes(topic);
}

/** The most a safe text can take as JSON: no UTF-16 unit takes more than three bytes of UTF-8, nor two with its escape. */
function mostBytes(text: string): number {
  return 3 * text.length;
}
