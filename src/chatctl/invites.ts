// The verbs about invites: links by which somebody makes an account.

import { EXIT } from '../control/protocol.ts';
import { ROLES } from '../core/commands.ts';
import { roleOf } from './accounts.ts';
import { Failure } from './failure.ts';
import { dateAndTime } from './human.ts';
import { HOST_FLAG, joinLink } from './links.ts';
import { secondsOf } from './times.ts';
import { misuse, type Verb } from './verb.ts';

export const INVITE: Verb = {
  name: 'invite',
  aliases: [],
  args: '',
  words: { least: 0, most: 0 },
  help: 'A join link that makes an account, also where only accounts may enter',
  flags: {
    role: { value: 'ROLE', help: `what they may: ${ROLES.join(', ')} (user)`, completes: ROLES },
    uses: { value: 'N', help: 'how many accounts it makes (1)', completes: 'nothing' },
    expires: { value: 'TIME', help: 'how long it is good: 30m, 12h, 7d (7d)', completes: 'nothing' },
    room: { value: 'ROOM', help: 'the room they enter', completes: 'rooms' },
    host: HOST_FLAG,
  },
  completes: 'nothing',
  run: async (bench, { flags }) => {
    const { role, uses, expires, room, host } = flags;
    const invite = await bench.client.call('POST /v1/invites', {
      ...(role === undefined ? {} : { role: roleOf(role) }),
      ...(uses === undefined ? {} : { uses: countOf(uses) }),
      ...(expires === undefined ? {} : { seconds: secondsOf('expires', expires) }),
    });
    const { link } = await joinLink(bench, { host, room, invite: invite.token });
    if (bench.screen.form === 'json') bench.screen.document({ ...invite, link });
    else {
      bench.screen.line(link);
      if (bench.screen.isTerminal && invite.expiresAt !== null)
        bench.screen.hint(
          `good for ${invite.uses}, as ${invite.role}, until ${dateAndTime(invite.expiresAt)}; chatctl invites revoke ${invite.id} ends it`,
        );
    }
    return EXIT.done;
  },
};

export const INVITES: Verb = {
  name: 'invites',
  aliases: [],
  args: '[revoke ID]',
  words: { least: 0, most: 2 },
  help: 'The invites that are still good; revoke ends one',
  flags: {},
  completes: ['revoke'],
  run: async ({ client, screen }, { words }) => {
    const [step, id] = words;
    if (step !== undefined) {
      if (step !== 'revoke' || id === undefined) throw misuse('the usage is chatctl invites revoke ID');
      const answer = await client.call('POST /v1/invites/revoke', { id });
      if (screen.form === 'json') screen.document(answer);
      else if (answer.revoked) screen.line(`the invite ${id} is good no more`);
      else
        throw new Failure(EXIT.refused, 'no-match', `there is no invite ${id}: chatctl invites shows them`);
      return answer.revoked ? EXIT.done : EXIT.refused;
    }
    const answer = await client.call('GET /v1/invites', {});
    if (screen.form === 'json') screen.document(answer);
    else if (answer.invites.length === 0 && screen.isTerminal) screen.line('there are no invites');
    else
      screen.table(
        ['ID', 'ROLE', 'USES', 'MADE', 'UNTIL'],
        answer.invites.map(({ id: name, role, uses, createdAt, expiresAt }) => [
          name,
          role,
          String(uses),
          dateAndTime(createdAt),
          expiresAt === null ? 'for ever' : dateAndTime(expiresAt),
        ]),
      );
    return EXIT.done;
  },
};

function countOf(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw misuse(`--uses takes a number, not ${text}`);
  return Number(text);
}
