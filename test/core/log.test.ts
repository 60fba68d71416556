// A log's memory against a plain array: whatever is asked for, it is all there and in order, or not there at all.

import * as fc from 'fast-check';
import t from 'tap';
import type { Entry } from '../../src/core/entry.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { Log, TailMemory } from '../../src/core/log.ts';

function entry(seq: number, text = ''): Entry {
  return { log: '#x', seq, at: 0, kind: 'message', from: 'LO', to: '', text };
}

function entries(after: number, count: number, text = ''): Entry[] {
  return Array.from({ length: count }, (_, i) => entry(after + 1 + i, text));
}

function newLog(memory = new TailMemory(Infinity), last = 0, first = 1): Log {
  return new Log({ name: '#x', epoch: 'e', topic: '', first, last, lastAt: 0 }, true, memory);
}

await t.test('what follows an entry, at every place of every log', (t) => {
  const counts = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 40, size: 'max' });
  fc.assert(
    fc.property(
      counts,
      fc.integer({ min: 0, max: 9 }),
      fc.integer({ min: 100, max: 4000 }),
      (counts, start, bytes) => {
        const log = newLog(new TailMemory(bytes), start);
        const all: number[] = [];
        for (const count of counts) {
          const batch = log.publish(entries(log.last, count));
          all.push(...batch.entries.map(({ seq }) => seq));
        }
        t.equal(log.last, all.at(-1) ?? start);
        let reached = false;
        for (let seq = 0; seq <= log.last + 2; seq++) {
          const found = log.recent(seq);
          const after = all.filter((each) => each > seq);
          if (found === null) {
            // Once memory reaches back to a place, it does from every later one, up to the newest entry.
            t.ok(!reached || after.length === 0, `after ${seq} of ${log.last}`);
            continue;
          }
          reached = true;
          const seqs = found.entries.map((each) => each.seq);
          t.strictSame(seqs, after.slice(0, seqs.length), `after ${seq} of ${log.last}`);
          t.equal(found.first, seq + 1);
        }
        if (all.length > 0) t.ok(log.recent(log.last - 1), 'the newest entry is always in memory');
      },
    ),
    { numRuns: 50 },
  );
  t.end();
});

await t.test('a whole batch is handed out as the one that is shared, a part of it as its own', (t) => {
  const log = newLog();
  const batch = log.publish(entries(0, 3));
  t.equal(log.recent(0), batch);
  t.strictSame(log.recent(1)?.entries, batch.entries.slice(1));
  t.equal(log.recent(3), null);
  t.equal(newLog().recent(0), null, 'an empty log has nothing');
  t.end();
});

await t.test('the memory of all logs together has one bound', (t) => {
  const memory = new TailMemory(100 * 1000);
  const [busy, quiet] = [newLog(memory), newLog(memory)];
  quiet.publish(entries(0, 10));
  for (let i = 0; i < 2000; i++) busy.publish(entries(busy.last, 1, 'x'.repeat(900)));
  t.ok(memory.usedBytes <= memory.maxBytes, 'a busy log stays within it');
  t.ok(quiet.recent(0), 'at its own cost');
  const small = newLog();
  for (let i = 0; i < 3 * LIMITS.tailBatchesPerLog; i++) small.publish(entries(small.last, 1));
  const oldest = small.last - LIMITS.tailBatchesPerLog;
  t.equal(small.recent(oldest - 1), null, 'nor are there ever too many batches');
  t.ok(small.recent(oldest));
  busy.forgetTail();
  quiet.forgetTail();
  t.equal(memory.usedBytes, 0, 'what is let go is counted off');
  t.equal(busy.recent(busy.last - 1), null);
  t.end();
});

await t.test('commit and retention only go forward', (t) => {
  const log = newLog();
  t.strictSame([log.first, log.last, log.committed.seq], [1, 0, 0]);
  log.commit({ seq: 5, at: 7 });
  t.strictSame([log.last, log.committed], [0, { seq: 5, at: 7 }], 'durable is not yet shown');
  log.forgetBefore(4);
  log.forgetBefore(2);
  t.equal(log.first, 4);
  t.end();
});
