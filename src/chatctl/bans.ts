// The verbs that keep somebody out, or silent.

import { EXIT, type ExitCode } from '../control/protocol.ts';
import type { BanAct } from '../core/ban.ts';
import { commandNamed } from '../core/commands.ts';
import type { BanInfo } from '../core/reply.ts';
import { Failure } from './failure.ts';
import { dateAndTime } from './human.ts';
import { plainName } from './people.ts';
import { secondsOf } from './times.ts';
import type { Flag, Verb } from './verb.ts';

const FLAGS: Readonly<Record<string, Flag>> = {
  for: { value: 'TIME', help: 'how long: 30m, 2h, 7d, 2w (until it is taken back)', completes: 'nothing' },
  reason: { value: 'TEXT', help: 'told to those it hits', completes: 'nothing' },
  note: { value: 'TEXT', help: 'for those who may ban, and nobody else', completes: 'nothing' },
  'dry-run': { value: null, help: 'only say whom it would hit', completes: 'nothing' },
  force: { value: null, help: 'also when it hits everybody, or this machine', completes: 'nothing' },
};

export const BAN = making('ban', 'out');
export const MUTE = making('mute', 'silent');
export const UNBAN = undoing('unban', 'ban');
export const UNMUTE = undoing('unmute', 'mute');

export const BANS: Verb = {
  name: 'bans',
  aliases: [],
  args: '',
  words: { least: 0, most: 0 },
  help: commandNamed('bans')?.help ?? '',
  flags: {},
  completes: 'nothing',
  run: async ({ client, screen }) => {
    const answer = await client.call('GET /v1/bans', {});
    if (screen.form === 'json') screen.document(answer);
    else if (answer.bans.length === 0 && screen.isTerminal) screen.line('nobody is banned or muted');
    else screen.table(['ID', 'WHAT', 'WHOM', 'UNTIL', 'BY', 'REASON', 'NOTE'], answer.bans.map(rowOf));
    return EXIT.done;
  },
};

function making(act: BanAct, how: string): Verb {
  return {
    name: act,
    aliases: [],
    args: 'NAME|ADDRESS|PATTERN',
    words: { least: 1, most: 1 },
    help: commandNamed(act)?.help ?? '',
    flags: FLAGS,
    completes: 'users',
    run: async ({ client, screen }, { words, flags }): Promise<ExitCode> => {
      const { for: time, reason, note } = flags;
      const answer = await client.call('POST /v1/bans', {
        act,
        target: plainName(words[0] ?? ''),
        ...(time === undefined ? {} : { seconds: secondsOf('for', time) }),
        ...(reason === undefined ? {} : { reason }),
        ...(note === undefined ? {} : { note }),
        dryRun: flags['dry-run'] !== undefined,
        force: flags['force'] !== undefined,
      });
      if (screen.form === 'json') {
        screen.document(answer);
        return EXIT.done;
      }
      const { ban, hits, done } = answer;
      const end = ban.until === null ? '' : ` until ${dateAndTime(ban.until)}`;
      screen.line(`${done ? '' : 'would be '}${how}${end}: ${ban.target}`);
      screen.line(hits.length === 0 ? 'nobody who is here' : `of those who are here: ${hits.join(', ')}`);
      if (done && screen.isTerminal) screen.hint(`chatctl un${act} ${ban.id} takes it back`);
      return EXIT.done;
    },
  };
}

function undoing(name: 'unban' | 'unmute', act: BanAct): Verb {
  return {
    name,
    aliases: [],
    args: 'ID|TARGET',
    words: { least: 1, most: 1 },
    help: commandNamed(name)?.help ?? '',
    flags: {},
    completes: 'nothing',
    run: async ({ client, screen }, { words }): Promise<ExitCode> => {
      const target = plainName(words[0] ?? '');
      const answer = await client.call('POST /v1/bans/delete', { act, target });
      if (screen.form === 'json') screen.document(answer);
      else if (answer.matched > 0) screen.line(`${answer.matched} taken back`);
      else
        throw new Failure(
          EXIT.refused,
          'no-match',
          `there is no ${act} of ${target}: chatctl bans lists them`,
        );
      return answer.matched > 0 ? EXIT.done : EXIT.refused;
    },
  };
}

function rowOf({ id, act, target, until, by, reason, note }: BanInfo): string[] {
  return [id, act, target, until === null ? 'for ever' : dateAndTime(until), by, reason, note];
}
