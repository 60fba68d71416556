// Much that is asked at once is done a little in each round, each in its turn.

import { mock } from 'node:test';
import t from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { roundAfterTalk, Rounds } from '../../src/transport/rounds.ts';

/** Rounds that are run by hand, with a clock of their own. */
function byHand(): { rounds: Rounds; run: () => boolean; work: (ms: number) => void } {
  const due: (() => void)[] = [];
  let now = 0;
  const rounds = new Rounds(
    (round) => void due.push(round),
    () => now,
  );
  return {
    rounds,
    work: (ms) => void (now += ms),
    run: () => {
      t.ok(due.length <= 1, 'one at a time is due');
      const round = due.shift();
      round?.();
      return round !== undefined;
    },
  };
}

async function settled(): Promise<void> {
  for (let n = 0; n < 3; n++) await new Promise((resolve) => void setImmediate(resolve));
}

await t.test('a round ends when its time is over (roundMs)', (t) => {
  const { rounds, run, work } = byHand();
  const done: number[] = [];
  for (let n = 0; n < 3; n++)
    rounds.wait(() => {
      work(LIMITS.roundMs);
      done.push(n);
    });
  for (let n = 1; n <= 3; n++) {
    t.ok(run());
    t.equal(done.length, n, 'one was enough');
  }
  t.strictSame(done, [0, 1, 2], 'in the order they came');
  t.notOk(run(), 'and nothing is due any more');
  t.end();
});

await t.test('what takes its time later has a turn of the event loop to itself', async (t) => {
  const { rounds, run, work } = byHand();
  const done: number[] = [];
  for (let n = 0; n <= 2; n++) rounds.waitAlone(() => void done.push(n));
  run();
  t.strictSame(done, [0], 'nothing comes after it');
  await settled();
  t.strictSame(done, [0, 1, 2], 'in this round, while there is time');
  rounds.waitAlone(() => {
    done.push(3);
    process.nextTick(() => work(LIMITS.roundMs));
  });
  rounds.waitAlone(() => void done.push(4));
  run();
  await settled();
  t.strictSame(done, [0, 1, 2, 3], 'and then in the next: the time it takes counts, whenever it takes it');
  run();
  t.strictSame(done, [0, 1, 2, 3, 4]);
});

await t.test('a round that had to wait is as much longer', (t) => {
  const { rounds, run, work } = byHand();
  let done = 0;
  for (let n = 0; n < 100; n++)
    rounds.wait(() => {
      work(LIMITS.roundMs);
      done++;
    });
  work(30 * LIMITS.roundMs);
  run();
  t.equal(done, 10, 'where one is enough without');
  t.end();
});

await t.test('what takes no time shares a round; who waits again is last', (t) => {
  const { rounds, run, work } = byHand();
  const done: string[] = [];
  rounds.wait(() => {
    done.push('first');
    rounds.wait(() => {
      done.push('again');
      work(LIMITS.roundMs);
    });
  });
  rounds.wait(() => void done.push('second'));
  rounds.wait(() => void done.push('third'));
  run();
  while (run());
  t.strictSame(done, ['first', 'second', 'third', 'again']);
  t.end();
});

await t.test(
  'those who are not in wait until what was said is shown, and while people talk a little longer',
  async (t) => {
    mock.timers.enable({ apis: ['setTimeout'] });
    t.teardown(() => mock.timers.reset());
    const kept: (() => void)[] = [];
    const afterTalk = (run: () => void): void => void kept.push(run);
    const talk = { talkedAt: 0, now: () => LIMITS.roundRestsAfterTalkMs, afterTalk };
    let rounds = 0;
    const next = (): void => roundAfterTalk(talk, () => void rounds++);
    next();
    await settled();
    t.equal(rounds, 1, 'nobody has talked for roundRestsAfterTalkMs');
    talk.talkedAt = 1;
    next();
    await settled();
    t.equal(kept.length, 0, 'those who talk may say more');
    mock.timers.tick(LIMITS.roundRestMs);
    await settled();
    t.equal(rounds, 1, 'what they have said is still to be shown');
    kept.shift()?.();
    await settled();
    t.equal(rounds, 2);
  },
);
