// The table of commands: what can be typed after a slash, who may, and how its words are read. The help, the man
// pages and completion come from these rows, for people in the room and for the operator alike.

import type { Command, CommandType } from './command.ts';
import { durationMs, isDuration } from './duration.ts';
import { ChatError } from './errors.ts';
import { LIMITS } from './limits.ts';
import { INBOX } from './names.ts';
import type { HelpRow } from './reply.ts';

/** Each may all that those before it may. */
export const ROLES = ['user', 'moderator', 'operator'] as const;

export type Role = (typeof ROLES)[number];

export interface CommandRow {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: CommandType;
  readonly may: Role;
  /** Its arguments as a manual shows them: `[…]` may be left out. */
  readonly args: string;
  readonly help: string;
  /**
   * Reads what stands after the name; `room` is where the speaker is talking.
   * @throws ChatError `bad-request` naming the usage.
   */
  readonly read: (rest: string, room: string) => Command;
}

export const COMMANDS: readonly CommandRow[] = [
  row('who', [], 'who', '[#room]', 'Who is here', (rest) => ({ type: 'who', room: word(rest) })),
  row('rooms', ['list'], 'rooms', '', 'The rooms and their topics', () => ({ type: 'rooms' })),
  row('join', ['j'], 'join', '#room', 'Enter a room, made if need be', (rest) => ({
    type: 'join',
    room: need(word(rest), 'join', '#room'),
  })),
  row('leave', ['part'], 'part', '[#room]', 'Leave a room', (rest, room) => ({
    type: 'part',
    room: word(rest) ?? room,
  })),
  row('msg', ['tell'], 'tell', 'name text', 'Say something to one person only', (rest) => {
    const [to, text] = split(rest);
    return {
      type: 'tell',
      to: need(to, 'msg', 'name text').replace(/^@/, ''),
      text: need(text, 'msg', 'name text'),
    };
  }),
  row('me', [], 'say', 'text', 'Tell the room what you do', (rest, room) => ({
    type: 'say',
    room,
    text: need(rest, 'me', 'text'),
    action: true,
  })),
  row('nick', [], 'nick', 'name', 'Take another name', (rest) => ({
    type: 'nick',
    nick: need(word(rest), 'nick', 'name'),
  })),
  row('topic', [], 'topic', '[text]', "Show or set the room's topic", (rest, room) => ({
    type: 'topic',
    room,
    text: rest === '' ? null : rest,
  })),
  row(
    'history',
    [],
    'history',
    '[#room | @me] [count]',
    'The last entries of a room, or of your private messages',
    (rest, room) => {
      const words = rest.split(/\s+/).filter(Boolean);
      const log = words.find((each) => each.startsWith('#') || each === INBOX) ?? room;
      const limit = Number(words.find((each) => /^\d+$/.test(each)) ?? 20);
      return {
        type: 'history',
        log,
        before: null,
        after: null,
        limit: Math.max(1, Math.min(limit, LIMITS.historyPage)),
      };
    },
  ),
  row('search', [], 'search', 'words', 'Find what was said here', (rest, room) => ({
    type: 'search',
    log: room,
    text: need(rest, 'search', 'words'),
    before: null,
    limit: 20,
  })),
  row(
    'passwd',
    [],
    'passwd',
    '[old] new',
    'Set the password of your account, giving the old one if it has one',
    (rest) => {
      const [first, second] = split(rest);
      const password = need(second ?? first, 'passwd', '[old] new');
      return { type: 'passwd', old: second === null ? null : first, password };
    },
  ),
  row('help', ['?'], 'help', '', 'This list', () => ({ type: 'help' })),
  row('quit', ['exit'], 'quit', '[text]', 'Leave the hub', (rest) => ({ type: 'quit', text: rest })),
  row(
    'kick',
    [],
    'kick',
    'name [reason]',
    'End a session',
    (rest) => {
      const [target, reason] = split(rest);
      return { type: 'kick', target: need(target, 'kick', 'name [reason]'), reason: reason ?? '' };
    },
    'moderator',
  ),
  banRow('ban', 'Keep somebody out', false),
  row(
    'unban',
    [],
    'unban',
    'name|id',
    'Take a ban back',
    (rest) => ({ type: 'unban', mute: false, target: need(word(rest), 'unban', 'name|id') }),
    'moderator',
  ),
  banRow('mute', 'Let somebody be here and not speak', true),
  row(
    'unmute',
    [],
    'unban',
    'name|id',
    'Take a mute back',
    (rest) => ({ type: 'unban', mute: true, target: need(word(rest), 'unmute', 'name|id') }),
    'moderator',
  ),
  row('bans', [], 'bans', '', 'The bans and mutes there are', () => ({ type: 'bans' }), 'moderator'),
  row(
    'notice',
    ['broadcast'],
    'notice',
    'text',
    'Say something to everybody in the name of the hub',
    (rest) => ({
      type: 'notice',
      to: { scope: 'all' },
      text: need(rest, 'notice', 'text'),
    }),
    'operator',
  ),
];

const BY_NAME = new Map(
  COMMANDS.flatMap((each) => [each.name, ...each.aliases].map((name) => [name, each] as const)),
);

/** The role a command needs; those without a row of their own are everybody's. */
const MAY = new Map<CommandType, Role>(COMMANDS.map((each) => [each.type, each.may]));

export function commandNamed(name: string): CommandRow | undefined {
  return BY_NAME.get(name.toLowerCase());
}

/** @throws ChatError `not-allowed` when `role` may not do it. */
export function assertMay(role: Role, type: CommandType): void {
  const needed = MAY.get(type) ?? 'user';
  if (!isAtLeast(role, needed)) {
    throw new ChatError('not-allowed', `only ${needed}s may ${type}: ask one`);
  }
}

/** Whether `role` may all that `needed` may. */
export function isAtLeast(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** The rows `role` may use, as help. */
export function helpFor(role: Role): HelpRow[] {
  return COMMANDS.filter(({ may }) => isAtLeast(role, may)).map(({ name, args, help }) => ({
    usage: args === '' ? `/${name}` : `/${name} ${args}`,
    help,
  }));
}

function row(
  name: string,
  aliases: readonly string[],
  type: CommandType,
  args: string,
  help: string,
  read: CommandRow['read'],
  may: Role = 'user',
): CommandRow {
  return { name, aliases, type, may, args, help, read };
}

function banRow(name: 'ban' | 'mute', help: string, mute: boolean): CommandRow {
  const args = 'name [time] [reason]';
  const read = (rest: string): Command => {
    const [target, more] = split(rest);
    const [time, reason] = split(more ?? '');
    const forMs = time !== null && isDuration(time) ? durationMs(time) : null;
    return {
      type: 'ban',
      mute,
      target: need(target, name, args),
      forMs,
      reason: (forMs === null ? more : reason) ?? '',
      note: '',
      dryRun: false,
      force: false,
    };
  };
  return row(name, [], 'ban', args, help, read, 'moderator');
}

function word(rest: string): string | null {
  return rest.split(/\s+/, 1)[0] || null;
}

function split(rest: string): [string | null, string | null] {
  const [, first, second] = /^(\S+)(?:\s+([^]*))?$/u.exec(rest) ?? [];
  return [first ?? null, second || null];
}

function need(value: string | null, name: string, args: string): string {
  if (value === null || value === '') throw new ChatError('bad-request', `usage: /${name} ${args}`);
  return value;
}
