// Who may search what: whoever may read it. What is found is the store's matter.

import t from 'tap';
import { OPERATOR } from '../../src/core/actor.ts';
import type { Command } from '../../src/core/command.ts';
import { LIMITS } from '../../src/core/limits.ts';
import type { Reply } from '../../src/core/reply.ts';
import { World } from './world.ts';

function operator(world: World, command: Command): Reply[] {
  const answers: Reply[] = [];
  world.hub.execute(OPERATOR, command, (reply) => void answers.push(reply));
  return answers;
}

const search = (log: string, text: string, limit = 10): Command => ({
  type: 'search',
  log,
  text,
  before: null,
  limit,
});

await t.test('whoever may read a log may search it, and nobody else', async (t) => {
  const world = await World.open();
  const [lo, er, qw] = [await world.enter('LO'), await world.enter('ER'), await world.enter('QW')];
  er.ask({ type: 'join', room: '#dev' });
  await world.tick();
  er.say('Café in the kitchen', '#dev');
  er.say('the café is closed', '#dev');
  lo.tell('ER', 'a secret café');
  await world.tick();
  const answers = [
    er.ask(search('#dev', 'cafe')),
    er.ask(search('#dev', 'cafe', 1)),
    er.ask(search('@me', 'caf')),
    qw.ask(search('@me', 'cafe')),
    operator(world, search('#dev', 'kitchen')),
  ];
  await new Promise((resolve) => void setImmediate(resolve));
  await world.tick();
  t.match(answers, [
    [
      {
        type: 'search',
        log: '#dev',
        entries: [{ text: 'the café is closed' }, { text: 'Café in the kitchen' }],
        more: false,
      },
    ],
    [{ entries: [{ text: 'the café is closed' }], more: true }],
    [{ log: '@me', entries: [{ text: 'a secret café' }], more: false }],
    [{ log: '@me', entries: [] }],
    [{ log: '#dev', entries: [{ text: 'Café in the kitchen' }] }],
  ]);
  const inbox = er.session.inbox.name;
  for (const [log, text, code] of [
    ['#dev', 'cafe', 'not-in-room'],
    ['#nowhere', 'cafe', 'no-such-room'],
    [inbox, 'secret', 'bad-room'],
    ['@operators', 'x', 'bad-room'],
    ['#lobby', ' ', 'empty-text'],
    ['#lobby', 'x'.repeat(LIMITS.queryChars + 1), 'too-long'],
  ] as const)
    t.match(lo.ask(search(log, text)), [{ type: 'error', code }], `${log} ${text.slice(0, 9)}`);
  t.match(operator(world, search(inbox, 'secret')), [{ code: 'bad-room' }], 'nor the operator an inbox');
});
