// Flood limits, with time as a variable; and a request that is sent again is answered once and done once.

import * as fc from 'fast-check';
import t from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { Meter } from '../../src/core/meter.ts';
import { type Answered, answerOnce } from '../../src/core/once.ts';
import { TokenBucket } from '../../src/core/rate.ts';
import { Rates } from '../../src/core/rates.ts';
import type { Reply } from '../../src/core/reply.ts';
import { SETTINGS } from './world.ts';

await t.test('so much at once, then so much a second', (t) => {
  const bucket = new TokenBucket();
  const rate = { perSecond: 5, burst: 3 };
  t.strictSame(
    [1, 2, 3].map(() => bucket.take(1000, rate)),
    [0, 0, 0],
  );
  t.equal(bucket.take(1000, rate), 200, 'it says when the next may come');
  t.equal(bucket.take(1150, rate), 50);
  t.equal(bucket.take(1200, rate), 0);
  t.equal(bucket.take(1200, rate), 200);
  t.notOk(bucket.isFull(1700, rate));
  t.ok(bucket.isFull(1800, rate));
  t.strictSame(
    [1, 2, 3].map(() => bucket.take(60_000, rate)),
    [0, 0, 0],
    'no more is kept than the burst',
  );
  t.equal(bucket.take(60_000, rate), 200);
  t.end();
});

await t.test('a limit that was lifted for a while counts again', (t) => {
  const bucket = new TokenBucket();
  const rate = { perSecond: 1, burst: 1 };
  const none = { perSecond: Infinity, burst: Infinity };
  t.equal(bucket.take(1000, rate), 0);
  t.equal(bucket.take(1000, none), 0);
  t.ok(bucket.isFull(1000, none), 'there is nothing to remember');
  t.equal(bucket.take(1500, rate), 500);
  t.equal(bucket.take(2000, rate), 0);
  t.end();
});

await t.test('a clock that steps back neither freezes a bucket nor fills it', (t) => {
  const bucket = new TokenBucket();
  const rate = { perSecond: 1, burst: 2 };
  t.equal(bucket.take(1_000_000, rate), 0);
  t.equal(bucket.take(1_000_000, rate), 0);
  t.equal(bucket.take(5_000, rate), 1000, 'the step itself brings nothing');
  t.equal(bucket.take(6_000, rate), 0, 'a second later there is one, whatever the clock says');
  t.equal(bucket.take(6_000, rate), 1000);
  t.notOk(bucket.isFull(0, rate));
  t.end();
});

await t.test('whatever the clock does, no more passes than burst and rate allow', (t) => {
  const steps = fc.array(fc.integer({ min: -5_000, max: 5_000 }), {
    minLength: 1,
    maxLength: 200,
    size: 'max',
  });
  fc.assert(
    fc.property(
      steps,
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 20 }),
      (steps, rate, burst) => {
        let now = 100_000;
        let forward = 0;
        let passed = 0;
        const bucket = new TokenBucket();
        for (const step of steps) {
          now += step;
          forward += Math.max(0, step);
          const wait = bucket.take(now, { perSecond: rate, burst });
          if (wait === 0) passed++;
          else if (!Number.isInteger(wait) || wait < 1 || wait > 1000) return false;
        }
        return passed <= burst + (forward * rate) / 1000 + 1e-6;
      },
    ),
  );
  t.end();
});

await t.test('who waits as long as it was told is not refused again', (t) => {
  const rates = fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.double({ min: 0.01, max: 1000, noNaN: true }));
  fc.assert(
    fc.property(
      rates,
      fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 50, size: 'max' }),
      (rate, steps) => {
        let now = 1_700_000_000_000;
        const bucket = new TokenBucket();
        const limit = { perSecond: rate, burst: 1 };
        for (const step of steps) {
          now += step;
          const wait = bucket.take(now, limit);
          now += wait;
          if (wait > 0 && bucket.take(now, limit) !== 0) return false;
        }
        return true;
      },
    ),
    { numRuns: 1000 },
  );
  t.end();
});

await t.test('no limit is no limit', (t) => {
  const bucket = new TokenBucket();
  const none = { perSecond: Infinity, burst: Infinity };
  for (let i = 0; i < 1000; i++) t.equal(bucket.take(0, none), 0);
  t.end();
});

await t.test('an address has a bucket that its sessions share', (t) => {
  let settings = {
    ...SETTINGS,
    sessionRate: { perSecond: 1, burst: 2 },
    addressRate: { perSecond: 1, burst: 3 },
  };
  const rates = new Rates(() => settings);
  const [lo, er] = [new TokenBucket(), new TokenBucket()];
  rates.take(lo, 'a', 0);
  rates.take(lo, 'a', 0);
  t.throws(() => rates.take(lo, 'a', 0), {
    code: 'rate-limited',
    retryAfterMs: 1000,
    message: 'you send too fast',
  });
  rates.take(er, 'a', 0);
  t.throws(() => rates.take(er, 'a', 0), { code: 'rate-limited', message: 'your address sends too fast' });
  rates.take(new TokenBucket(), 'b', 0);
  rates.take(null, 'b', 0);
  rates.sweep(500);
  t.throws(() => rates.take(null, 'a', 500), { code: 'rate-limited' }, 'a bucket in use is not forgotten');
  rates.sweep(10_000);
  rates.take(null, 'a', 10_000);
  settings = { ...settings, addressRate: { perSecond: Infinity, burst: Infinity } };
  for (let i = 0; i < 100; i++) rates.take(null, 'a', 10_000);
  t.pass('limits that are taken away count no more');
  settings = { ...settings, sessionRate: { perSecond: 1, burst: 100 } };
  rates.take(lo, 'a', 0);
  t.pass('and looser ones count at once for who is here');
  t.end();
});

await t.test('who has one address of an IPv6 /64 has them all', (t) => {
  const rates = new Rates(() => ({ ...SETTINGS, addressRate: { perSecond: 1, burst: 2 } }));
  rates.take(null, '2001:db8::1', 0);
  rates.take(null, '2001:db8::2', 0);
  t.throws(() => rates.take(null, '2001:db8::3', 0), { code: 'rate-limited' });
  rates.take(null, '2001:db8:0:1::1', 0);
  rates.sweep(500);
  t.throws(() => rates.take(null, '2001:db8::1', 500), { code: 'rate-limited' }, 'sweeping forgives nothing');
  rates.sweep(2_000);
  rates.take(null, '2001:db8::4', 2_000);
  t.end();
});

function ok(seq: number): Reply {
  return { type: 'ok', log: '#lobby', seq, at: 0 };
}

await t.test('a request id is done once and answered each time', (t) => {
  const answered: Answered = new Map();
  const got: string[] = [];
  const ask = (name: string, id: string): ((reply: Reply) => void) | null =>
    answerOnce(
      answered,
      id,
      (reply) => void got.push(`${name} ${reply.type === 'ok' ? reply.seq : reply.type}`),
    );
  const first = ask('first', 'x');
  t.equal(ask('second', 'x'), null, 'while it is under way it is not done again');
  t.strictSame(got, []);
  first?.(ok(7));
  t.strictSame(got.splice(0), ['first 7', 'second 7']);
  t.equal(ask('third', 'x'), null);
  t.strictSame(got.splice(0), ['third 7'], 'the same answer again');

  ask('refused', 'y')?.({ type: 'error', code: 'busy', text: '' });
  t.strictSame(got.splice(0), ['refused error']);
  ask('again', 'y')?.(ok(8));
  t.strictSame(got.splice(0), ['again 8'], 'what was refused may be tried again');

  for (let i = 0; i < LIMITS.rememberedRequestIds; i++) ask('', `n${i}`)?.(ok(i));
  t.equal(answered.size, LIMITS.rememberedRequestIds, 'no more are remembered than the limit');
  t.not(ask('', 'x'), null, 'the oldest is forgotten first');
  t.equal(ask('', `n${LIMITS.rememberedRequestIds - 1}`), null, 'the newest is not');

  const many = Array.from({ length: 3 * LIMITS.rememberedRequestIds }, (_, i) => ask('', `m${i}`));
  many.forEach((answer, i) => answer?.(ok(i)));
  t.ok(answered.size <= LIMITS.rememberedRequestIds + 1, 'nor when many were under way at once');
  t.end();
});

await t.test('the meter follows what happens and forgets it', (t) => {
  const meter = new Meter();
  meter.sweep(1000);
  for (let second = 2; second <= 60; second++) {
    meter.committed(10, 200);
    meter.sweep(second * 1000);
  }
  const { entriesPerSecond, deliveriesPerSecond } = meter.rates();
  t.equal(Math.round(entriesPerSecond), 10);
  t.equal(Math.round(deliveriesPerSecond), 199);
  meter.sweep(1_000_000);
  t.ok(meter.rates().entriesPerSecond < 0.01);
  meter.sweep(1_000_000);
  meter.sweep(900_000);
  t.ok(Number.isFinite(meter.rates().entriesPerSecond), 'a clock that steps back does no harm');
  t.end();
});
