// The verb that looks for what is wrong, now or soon, with the hub and with the machine under it. It works with a hub that is down as well.

import { EXIT } from '../control/protocol.ts';
import type { Verb } from './verb.ts';

/** Room for the longest status and the longest name of a check, and two blanks after each. */
const STATUS_CHARS = 6;
const NAME_CHARS = 11;

export const DOCTOR: Verb = {
  name: 'doctor',
  aliases: [],
  args: '',
  words: { least: 0, most: 0 },
  help: 'Look for what is wrong with the hub, its settings, its units and the machine, and say the cure',
  flags: {},
  completes: 'nothing',
  run: async ({ client, screen }) => {
    // Loaded here, since no other verb has a use for it.
    const [{ gatherFacts }, { CHECKS }] = await Promise.all([
      import('./doctor/facts.ts'),
      import('./doctor/checks.ts'),
    ]);
    const facts = await gatherFacts(client);
    const findings = await Promise.all(
      CHECKS.map(async ({ name, run }) => ({ check: name, ...(await run(facts)) })),
    );
    const healthy = findings.every(({ status }) => status !== 'fail');
    if (screen.form === 'json') screen.document({ healthy, findings });
    for (const { check, status, text, cure } of screen.form === 'text' ? findings : []) {
      screen.line(status.padEnd(STATUS_CHARS) + check.padEnd(NAME_CHARS) + text);
      if (cure !== null) screen.line(`cure: ${cure}`, STATUS_CHARS + NAME_CHARS);
    }
    return healthy ? EXIT.done : EXIT.refused;
  },
};
