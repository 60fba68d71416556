// The verbs about those who are here: who they are, and showing one the door.

import { EXIT } from '../control/protocol.ts';
import { commandNamed } from '../core/commands.ts';
import type { UserInfo } from '../core/reply.ts';
import { Failure } from './failure.ts';
import { duration } from './human.ts';
import type { Verb } from './verb.ts';

const HEADER = ['NAME', 'ID', 'ADDRESS', 'DIALECT', 'VIA', 'CONNECTED', 'IDLE', 'LAG', 'ROOMS'];

export const WHO: Verb = {
  name: 'who',
  aliases: [],
  args: '',
  words: { least: 0, most: 0 },
  help: commandNamed('who')?.help ?? '',
  flags: { room: { value: 'ROOM', help: 'only those in this room', completes: 'rooms' } },
  completes: 'nothing',
  run: async ({ client, screen }, { flags }) => {
    const answer = await client.call(
      'GET /v1/users',
      flags['room'] === undefined ? {} : { room: flags['room'] },
    );
    if (screen.form === 'json') screen.document(answer);
    else if (answer.users.length === 0 && screen.isTerminal) screen.line('nobody is here');
    else
      screen.table(
        HEADER,
        answer.users.map((user) => rowOf(user, Date.now())),
      );
    return EXIT.done;
  },
};

export const KICK: Verb = {
  name: 'kick',
  aliases: commandNamed('kick')?.aliases ?? [],
  args: 'NAME|ID',
  words: { least: 1, most: 1 },
  help: commandNamed('kick')?.help ?? '',
  flags: {
    reason: { value: 'TEXT', help: 'told to the one who is kicked, and to the others', completes: 'nothing' },
  },
  completes: 'users',
  run: async ({ client, screen }, { words, flags }) => {
    const target = plainName(words[0] ?? '');
    const { reason } = flags;
    const answer = await client.call('POST /v1/kick', {
      target,
      ...(reason === undefined ? {} : { reason }),
    });
    if (screen.form === 'json') screen.document(answer);
    if (answer.matched === 0) {
      // In JSON the answer has said it.
      if (screen.form === 'json') return EXIT.refused;
      throw new Failure(
        EXIT.refused,
        'no-match',
        `0 matched: nobody here is called ${target}; chatctl who lists who is here`,
      );
    }
    if (screen.form === 'text') screen.line(`${answer.matched} matched: ${target} was kicked`);
    return EXIT.done;
  },
};

/** People write `@name`, which no name can be. */
export function plainName(name: string): string {
  return name.replace(/^@/, '');
}

function rowOf(user: UserInfo, now: number): string[] {
  const { nick, session, address, dialect, channel, since, activeAt, state, lag, rooms } = user;
  return [
    nick,
    session,
    address,
    dialect,
    channel,
    duration(now - since),
    state === 'away' ? 'away' : duration(now - activeAt),
    String(lag),
    rooms.join(','),
  ];
}
