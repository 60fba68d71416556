// How an entry or a reply reads as a line for people: the plain dialect's words, and nothing of its bytes.

import type { Entry } from '../core/entry.ts';
import { LOBBY } from '../core/names.ts';
import type { BanInfo, Reply } from '../core/reply.ts';

/** The line for an entry. What is said in another room than the lobby says where. */
export function entryPhrase({ log, kind, from, to, text }: Entry): string {
  const where = log.startsWith('@') || log === LOBBY ? '' : `[${log}] `;
  return where + sentence(kind, from, to, text);
}

function sentence(kind: Entry['kind'], from: string, to: string, text: string): string {
  switch (kind) {
    case 'message':
      return `${from}: ${text}`;
    case 'private':
      return `${from}: @${to} ${text}`;
    case 'action':
      return `* ${from} ${text}`;
    case 'join':
      return `${from} joined!`;
    case 'leave':
      return `${from} left!`;
    case 'rename':
      return `${from} is now ${to}`;
    case 'topic':
      return text === '' ? `${from} removed the topic` : `${from} set the topic: ${text}`;
    case 'notice':
      return `${from}: ${text}`;
    case 'kick':
      return text === '' ? `${to} was kicked` : `${to} was kicked (${text})`;
  }
}

/** The lines for a reply; none when people need not be told. */
export function replyPhrases(reply: Reply, now: number): string[] {
  switch (reply.type) {
    case 'arrived':
      return ['Connected to server!'];
    case 'who':
      return reply.users.map(({ nick, account, rooms, activeAt, state, channel }) => {
        const signedIn = account === '' ? '' : ', signed in';
        const open = channel === 'open' ? ', not encrypted' : '';
        const about = state === 'away' ? 'away' : `idle ${duration(now - activeAt)}${open}`;
        return `  ${nick} (${about}${signedIn}) ${rooms.join(' ')}`;
      });
    case 'rooms':
      return reply.rooms.map(
        ({ room, members, topic }) => `  ${room} (${members})${topic === '' ? '' : ` ${topic}`}`,
      );
    case 'history':
    case 'search':
      return reply.entries.length === 0
        ? [reply.type === 'search' ? '  nothing found' : '  nothing was said yet']
        : reply.entries.map(
            (entry) => `  ${clock(entry.at)} ${sentence(entry.kind, entry.from, entry.to, entry.text)}`,
          );
    case 'topic':
      return [reply.text === '' ? `${reply.room} has no topic` : `the topic of ${reply.room}: ${reply.text}`];
    case 'help':
      return reply.rows.map(({ usage, help }) => `  ${usage.padEnd(28)} ${help}`);
    case 'info':
      return [`* ${reply.text}`];
    case 'error':
      return [`! ${reply.text}`];
    case 'bye':
      return [`! ${reply.text}`];
    case 'pong':
      return ['pong'];
    case 'password-wanted':
      return [`* ${reply.text}`, 'PASSWORD'];
    case 'banned':
      return [`* ${bannedText(reply)}`];
    case 'unbanned':
      return [reply.matched > 0 ? `* ${unbannedText(reply)}` : `! ${unbannedText(reply)}`];
    case 'bans':
      return reply.bans.length === 0
        ? ['* nobody is banned or muted']
        : reply.bans.map((ban) => `  ${banText(ban)}`);
    case 'kicked':
      return reply.matched > 0 ? [] : ['! nobody here has that name'];
    // A person sees their own line come back, which says more than an acknowledgement; keys are for programs.
    case 'welcome':
    case 'ok':
    case 'challenge':
    case 'next-key':
    case 'ping':
      return [];
  }
}

/** What has become of a ban, or would. */
export function bannedText({ ban, hits, done }: Extract<Reply, { type: 'banned' }>): string {
  const here = hits.length === 0 ? 'nobody who is here' : hits.join(', ');
  return `${done ? '' : 'would be: '}${banText(ban)} - hits ${here}`;
}

export function unbannedText({ matched }: Extract<Reply, { type: 'unbanned' }>): string {
  return matched > 0 ? `${matched} taken back` : 'there is no such ban: bans lists them';
}

/** A ban in a line. */
export function banText({ id, act, target, until, reason, note, by }: BanInfo): string {
  const end = until === null ? '' : ` until ${new Date(until).toISOString().slice(0, 16)}Z`;
  const why = reason === '' ? '' : `: ${reason}`;
  return `${id} ${act} ${target}${end}${why}${note === '' ? '' : ` (${note})`} by ${by}`;
}

function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)}m` : `${Math.floor(seconds / 3600)}h`;
}

/** Hours and minutes in UTC: the hub does not know where its readers live. */
function clock(at: number): string {
  return `${new Date(at).toISOString().slice(11, 16)}Z`;
}
