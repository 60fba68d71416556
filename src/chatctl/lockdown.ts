// The verb that keeps people out, in steps.

import { EXIT } from '../control/protocol.ts';
import { isLockdownLevel, LOCKDOWN } from '../core/lockdown.ts';
import { misuse, type Verb } from './verb.ts';

const LEVELS = LOCKDOWN.map((_, level) => String(level));

export const LOCK_DOWN: Verb = {
  name: 'lockdown',
  aliases: [],
  args: '[LEVEL]',
  words: { least: 0, most: 1 },
  help: `Show or set whom the hub keeps out, from 0 (nobody) to ${LEVELS.at(-1)} (${LOCKDOWN.at(-1)})`,
  flags: {},
  completes: LEVELS,
  run: async ({ client, screen }, { words }) => {
    const [wanted] = words;
    if (wanted === undefined) {
      const answer = await client.call('GET /v1/lockdown', {});
      if (screen.form === 'json') screen.document(answer);
      else screen.line(`${answer.level}: ${answer.means}`);
      return EXIT.done;
    }
    const level = LEVELS.indexOf(wanted);
    if (!isLockdownLevel(level)) {
      const steps = LOCKDOWN.map((means, each) => `  ${each}  ${means}`).join('\n');
      throw misuse(`there is no lockdown ${wanted}: choose one of\n${steps}`);
    }
    const answer = await client.call('PUT /v1/lockdown', { level });
    if (screen.form === 'json') screen.document(answer);
    else screen.line(`lockdown ${answer.level} now, it was ${answer.was}: ${answer.means}`);
    return EXIT.done;
  },
};
