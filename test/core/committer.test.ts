// The one road into the logs: nobody sees what is not kept, numbers have no gaps, and the store and the fan-out work at once.

import * as fc from 'fast-check';
import t from 'tap';
import { ChatError } from '../../src/core/errors.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { Road } from './road.ts';

const FULL = new ChatError('store-failed', 'disk full');

await t.test('a tick is one commit, kept before anyone sees it, in the order it was said', async (t) => {
  const road = new Road();
  road.store.appending.shut();
  road.add(0, 'x');
  road.add(1, 'y');
  road.add(0, 'z');
  t.equal(road.store.atOnce, 0, 'nothing goes to the store before the tick ends');
  await road.tick();
  t.equal(road.store.atOnce, 1);
  t.strictSame(road.happened(), [], 'nobody sees what is not kept');
  road.store.appending.open();
  await road.tick();
  t.strictSame(road.happened(), [
    'commit x 1',
    'commit y 1',
    'commit z 2',
    'offered #a 1,2',
    'published #a 1,2',
    'offered #b 1',
    'published #b 1',
    'shown x 1',
    'shown y 1',
    'shown z 2',
  ]);
  t.strictSame(
    (await road.kept('#a')).map(({ text }) => text),
    ['x', 'z'],
  );
  t.strictSame(
    road.store.commits[0]?.logs.map(({ name }) => name),
    ['#a', '#b'],
    'new logs are made with it',
  );
});

await t.test(
  'the next batch is with the store before the last one is fanned out, and never two at once',
  async (t) => {
    const road = new Road();
    road.logs[0]?.readers.add({ offer: () => 0 < road.events.push(`with the store: ${road.store.atOnce}`) });
    road.store.appending.shut();
    road.add(0, 'x');
    await road.tick();
    road.add(0, 'y');
    await road.tick();
    t.equal(road.store.atOnce, 1, 'one append after the other');
    road.store.appending.open();
    road.store.appending.shut();
    await road.tick();
    t.ok(
      road.happened().includes('with the store: 1'),
      'the second was handed in before the first was offered',
    );
    road.store.appending.open();
    await road.tick();
    t.equal(road.logs[0]?.last, 2);
    t.equal(road.store.mostAtOnce, 1);
  },
);

await t.test(
  'what the store refuses never happened: all of it is told so, and its numbers are given anew',
  async (t) => {
    const road = new Road();
    road.add(0, 'kept');
    await road.tick();
    road.happened();
    road.store.refusal = FULL;
    road.store.appending.shut();
    road.add(0, 'x');
    road.add(1, 'y');
    await road.tick();
    road.add(0, 'z');
    road.store.appending.open();
    await road.tick();
    t.strictSame(road.happened(), [
      'refused x store-failed',
      'refused y store-failed',
      'refused z store-failed',
    ]);
    road.store.refusal = null;
    road.add(0, 'after');
    road.add(1, 'first');
    await road.tick();
    t.match(road.happened(), ['commit after 2', 'commit first 1']);
    t.strictSame(
      (await road.kept('#a')).map(({ seq, text }) => `${seq} ${text}`),
      ['1 kept', '2 after'],
    );
  },
);

await t.test('times in a log never go back, though the clock does', async (t) => {
  const road = new Road();
  for (const now of [5000, 3000, 6000]) {
    road.now = now;
    road.add(0);
    await road.tick();
  }
  t.strictSame(
    (await road.kept('#a')).map(({ at }) => at),
    [5000, 5000, 6000],
  );
});

await t.test('a topic is the log’s once it is shown, and the store’s with its entry', async (t) => {
  const road = new Road();
  const [log] = road.logs;
  road.store.refusal = FULL;
  road.add(0, 'no', { kind: 'topic' });
  await road.tick();
  t.equal(log?.topic, '');
  road.store.refusal = null;
  road.add(0, 'one', { kind: 'topic' });
  road.add(0, 'two', { kind: 'topic' });
  await road.tick();
  t.equal(log?.topic, 'two');
  t.equal((await road.store.heads())[0]?.topic, 'two');
});

await t.test('who waited for a commit has asked its next thing before the next batch is made', async (t) => {
  const road = new Road();
  road.store.appending.shut();
  road.add(0, 'x', { onCommit: () => road.add(0, 'then') });
  await road.tick();
  road.add(0, 'y');
  road.store.appending.open();
  await road.tick();
  t.strictSame(
    road.store.commits[1]?.entries.map(({ text }) => text),
    ['y', 'then'],
  );
});

await t.test('a batch has bounds, and so has what waits for one', async (t) => {
  const road = new Road();
  road.store.appending.shut();
  for (let i = 0; i < LIMITS.pendingEntries; i++) road.add(0, '', { onShown: null, onCommit: null });
  t.throws(() => road.add(0), { code: 'busy', retryAfterMs: 1000 });
  const settled = road.committer.settled();
  await road.tick();
  road.add(0, 'x', { onShown: null, onCommit: null });
  t.pass('there is room again once a batch is under way');
  road.store.appending.open();
  await settled;
  const sizes = road.store.commits.map(({ entries }) => entries.length);
  t.equal(Math.max(...sizes), LIMITS.batchEntriesPerLog);
  t.equal(road.logs[0]?.last, LIMITS.pendingEntries + 1);

  for (let i = 0; i < 5; i++) road.add(1, 'x'.repeat(LIMITS.batchCharsPerLog / 2));
  await road.committer.settled();
  t.strictSame(
    road.store.commits.slice(sizes.length).map(({ entries }) => entries.length),
    [2, 2, 1],
    'long texts make short batches',
  );
});

await t.test(
  'what is to happen afterwards waits for what came before, kept or refused, and not for more',
  async (t) => {
    const road = new Road();
    road.committer.afterwards(() => void road.events.push('at once'));
    t.strictSame(road.happened(), ['at once']);
    road.store.appending.shut();
    road.add(0, 'x');
    road.committer.afterwards(() => void road.events.push('after x'));
    await road.tick();
    road.add(0, 'y');
    road.committer.afterwards(() => void road.events.push('after y'));
    road.store.appending.open();
    road.store.appending.shut();
    await road.tick();
    t.equal(road.happened().at(-1), 'after x');
    road.store.refusal = FULL;
    road.store.appending.open();
    await road.tick();
    t.strictSame(road.happened(), ['refused y store-failed', 'after y']);
  },
);

await t.test(
  'whatever the store does and when, readers and store have the same entries in one order',
  async (t) => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('add' as const), log: fc.nat(2) }) },
      { weight: 2, arbitrary: fc.constantFrom(...(['tick', 'shut', 'open', 'refuse', 'accept'] as const)) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
        const road = new Road();
        let said = 0;
        for (const each of steps) {
          if (typeof each === 'object') road.add(each.log, `t${++said}`);
          else if (each === 'shut') road.store.appending.shut();
          else if (each === 'open') road.store.appending.open();
          else if (each === 'refuse') road.store.refusal = FULL;
          else if (each === 'accept') road.store.refusal = null;
          else await road.tick();
        }
        road.store.appending.open();
        await road.committer.settled();
        road.store.refusal = null;
        const events = road.happened();
        for (const log of road.logs) {
          const offered = events.filter((event) => event.startsWith(`offered ${log.name} `));
          const readers = offered.flatMap((event) => (event.split(' ')[2] ?? '').split(',').map(Number));
          const kept = await road.kept(log.name);
          t.strictSame(
            readers,
            kept.map(({ seq }) => seq),
            log.name,
          );
          t.strictSame(
            readers,
            Array.from(readers, (_, i) => i + 1),
            'numbers without gaps',
          );
          const order = kept.map(({ text }) => Number(text.slice(1)));
          t.strictSame(
            order,
            [...order].sort((a, b) => a - b),
            'in the order they were said',
          );
        }
        const answers = events.filter((event) => /^(shown|refused)/.test(event));
        t.equal(answers.length, said, 'each is answered once');
        t.equal(road.store.mostAtOnce <= 1, true);
      }),
      { numRuns: 60 },
    );
  },
);

await t.test(
  'a fact that is refused is told so, and goes with the next commit unless it has changed',
  async (t) => {
    const road = new Road();
    const kept = (name: string) => (error: ChatError | null) =>
      void road.events.push(`${name} ${error === null ? 'kept' : error.code}`);
    road.store.refusal = FULL;
    road.committer.note({ kind: 'ban', key: 'x', value: '1' }, kept('x'));
    road.committer.note({ kind: 'ban', key: 'y', value: '1' });
    await road.tick();
    t.strictSame(road.happened(), ['x store-failed']);
    t.strictSame(await road.store.facts(), []);
    road.store.refusal = null;
    road.committer.note({ kind: 'ban', key: 'y', value: '2' }, kept('y'));
    await road.tick();
    t.strictSame(road.happened(), ['y kept']);
    t.strictSame(await road.store.facts(), [
      { kind: 'ban', key: 'x', value: '1' },
      { kind: 'ban', key: 'y', value: '2' },
    ]);
  },
);

await t.test('that the store refuses is told once, and once that it keeps again', async (t) => {
  const road = new Road();
  const say = async (text: string): Promise<void> => {
    road.add(0, text);
    await road.tick();
  };
  await say('kept');
  t.strictSame(road.turns, []);
  road.store.refusal = FULL;
  await say('x');
  await say('y');
  t.strictSame(road.turns, ['refuses disk full']);
  road.store.refusal = null;
  await say('kept');
  await say('kept');
  t.strictSame(road.turns, ['refuses disk full', 'keeps']);
});
