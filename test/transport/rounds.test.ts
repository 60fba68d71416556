// Much that is asked at once is done a little in each round, each in its turn.

import { mock } from 'node:test';
import t from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { roundAfterTalk, Rounds } from '../../src/transport/rounds.ts';

/** Rounds that are run by hand. */
function byHand(): { rounds: Rounds; run: () => boolean } {
  const due: (() => void)[] = [];
  const rounds = new Rounds((round) => void due.push(round));
  return {
    rounds,
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

function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

await t.test('a round ends when its time is over (roundMs)', (t) => {
  const { rounds, run } = byHand();
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

await t.test('what takes its time later has a round of its own', (t) => {
  const { rounds, run } = byHand();
  const done: number[] = [];
  rounds.wait(() => void done.push(0));
  for (let n = 1; n <= 2; n++) rounds.waitAlone(() => void done.push(n));
  run();
  t.strictSame(done, [0, 1], 'nothing comes after it');
  run();
  t.strictSame(done, [0, 1, 2]);
  t.end();
});

await t.test('what takes no time shares a round; who waits again is last', (t) => {
  const { rounds, run } = byHand();
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
    const talk = { activeAt: 0, now: () => LIMITS.roundRestsAfterTalkMs, afterTalk };
    let rounds = 0;
    const next = (): void => roundAfterTalk(talk, () => void rounds++);
    next();
    await settled();
    t.equal(rounds, 0, 'something is still to be shown');
    kept.shift()?.();
    await settled();
    t.equal(rounds, 1, 'nobody has talked for roundRestsAfterTalkMs');
    talk.activeAt = 1;
    next();
    await settled();
    t.equal(kept.length, 0, 'those who talk may say more');
    mock.timers.tick(LIMITS.roundRestMs);
    await settled();
    kept.shift()?.();
    await settled();
    t.equal(rounds, 2, 'after roundRestMs it goes on');
  },
);
