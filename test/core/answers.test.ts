// Asking what a room is about, who is there, and what was said.

import t from 'tap';
import type { Command } from '../../src/core/command.ts';
import { ChatError } from '../../src/core/errors.ts';
import { LIMITS } from '../../src/core/limits.ts';
import type { Reply } from '../../src/core/reply.ts';
import { Clock } from '../dialects/speech.ts';
import { JsonDialect } from '../../src/dialects/json.ts';
import { type Peer, World, two } from './world.ts';

/** How long an answer is as a line of the native dialect. */
function lineBytes(reply: Reply): number {
  return (
    new JsonDialect(new Clock().setup()).encodeReply(reply, 'x'.repeat(LIMITS.requestIdChars))?.length ?? 0
  );
}

async function asked(world: World, peer: Peer, command: Command): Promise<Reply[]> {
  const answers = peer.ask(command);
  await world.tick();
  return answers;
}

await t.test('topics', async (t) => {
  const { world, lo, er } = await two();
  t.match(lo.ask({ type: 'topic', room: '#lobby', text: null }), [
    { type: 'topic', room: '#lobby', text: '' },
  ]);
  const set = lo.ask({ type: 'topic', room: '#lobby', text: ' all\nabout\u0007 it ' });
  await world.tick();
  t.match(set, [{ type: 'ok', log: '#lobby', seq: 3 }]);
  t.strictSame(er.outlet.shown('#lobby').slice(-1), ['topic LO all about it']);
  t.match(er.ask({ type: 'topic', room: '#lobby', text: null }), [{ text: 'all about it' }]);
  t.match(lo.ask({ type: 'topic', room: '#lobby', text: 'x'.repeat(301) }), [{ code: 'too-long' }]);
  t.match(lo.ask({ type: 'rooms' }), [
    { rooms: [{ room: '#lobby', members: 2, topic: 'all about it', seq: 3 }], more: false },
  ]);
});

await t.test('history, page by page, both ways', async (t) => {
  const { world, lo } = await two();
  for (let i = 3; i <= 450; i++) lo.say(`m${i}`);
  await world.tick();
  const page = async (before: number | null, after: number | null, limit: number, log = '#lobby') => {
    const [answer] = await asked(world, lo, { type: 'history', log, before, after, limit });
    if (answer?.type !== 'history') throw new Error(JSON.stringify(answer));
    const { entries, more } = answer;
    return [entries[0]?.seq, entries.at(-1)?.seq, entries.length, more];
  };
  t.strictSame(await page(null, null, 10), [441, 450, 10, true]);
  t.strictSame(await page(441, null, 10), [431, 440, 10, true]);
  t.strictSame(await page(11, null, 10), [1, 10, 10, false], 'the first page says that it is');
  t.strictSame(await page(5, null, 10), [1, 4, 4, false]);
  t.strictSame(await page(0, null, 10), [undefined, undefined, 0, false]);
  t.strictSame(await page(9999, null, 10), [441, 450, 10, true]);
  t.strictSame(await page(null, 0, 10), [1, 10, 10, true]);
  t.strictSame(await page(null, 440, 10), [441, 450, 10, false]);
  t.strictSame(await page(null, 450, 10), [undefined, undefined, 0, false]);
  t.strictSame(await page(null, null, 0), [450, 450, 1, true], 'a page has an entry');
  t.strictSame(await page(null, null, 1e9), [251, 450, LIMITS.historyPage, true], 'and an end');
  t.strictSame(await page(null, null, 10, '@me'), [undefined, undefined, 0, false]);
  world.store.appending.shut();
  lo.say('not yet');
  await world.tick();
  t.strictSame(await page(null, null, 1), [450, 450, 1, true], 'what nobody was shown is no history');
  world.store.refusal = new ChatError('store-failed', 'cannot read');
  t.match(await asked(world, lo, { type: 'history', log: '#lobby', before: null, after: null, limit: 1 }), [
    { type: 'error', code: 'store-failed' },
  ]);
});

await t.test('no answer is longer than a line may be, since it ends at answerBytes', async (t) => {
  const wide = '漢';
  const world = await World.open({ maxRooms: 500 });
  const lo = await world.enter('𠀀'.repeat(32), { client: wide.repeat(LIMITS.clientNameChars) });
  const rooms = Array.from({ length: LIMITS.roomsPerSession - 1 }, (_, i) => `#${'𠀀'.repeat(29)}${10 + i}`);
  for (const room of rooms) lo.ask({ type: 'join', room });
  for (const room of rooms) lo.ask({ type: 'topic', room, text: '"'.repeat(LIMITS.topicChars) });
  for (let i = 0; i < 300; i++) {
    const guest = world.knock(`${wide.repeat(28)}${100 + i}`);
    if (i < 40) for (const room of rooms) guest.ask({ type: 'join', room });
    guest.say('\n"'.repeat(LIMITS.textChars / 2 - 1) + wide);
    guest.ask({ type: 'nick', nick: `${'𠀀'.repeat(28)}x${100 + i}` });
  }
  await world.tick();
  const answers = [
    ...lo.ask({ type: 'who', room: null }),
    ...lo.ask({ type: 'rooms' }),
    ...lo.ask({ type: 'help' }),
    ...(await asked(world, lo, { type: 'history', log: '#lobby', before: null, after: null, limit: 200 })),
    ...(await asked(world, lo, { type: 'history', log: '#lobby', before: null, after: 0, limit: 200 })),
    ...(await asked(world, lo, { type: 'history', log: '#lobby', before: null, after: 602, limit: 200 })),
  ];
  for (const answer of answers)
    t.ok(lineBytes(answer) <= LIMITS.lineBytes, `${answer.type}: ${lineBytes(answer)}`);
  const users = answers.flatMap((answer) => (answer.type === 'who' ? answer.users : []));
  t.equal(new Set(users.map(({ session }) => session)).size, 301, 'and still everybody is there');
  t.equal(users.length, 301);
  const more = answers.flatMap((answer) => (answer.type === 'who' ? [answer.more] : []));
  t.strictSame(more.slice(-2), [true, false], 'only the last says that it is');
  t.equal(
    answers.flatMap((answer) => (answer.type === 'rooms' ? answer.rooms : [])).length,
    rooms.length + 1,
  );
});
