import t from 'tap';
import { BatchSize } from '../../src/core/batch-size.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { Log, TailMemory } from '../../src/core/log.ts';

const logs = Array.from({ length: 100 }, (_, i) => {
  const head = { name: `#${i}`, epoch: '', topic: '', first: 1, last: 0, lastAt: 0 };
  return new Log(head, false, new TailMemory(0));
});

/** How many texts of `chars` characters, dealt out to so many logs, make a full batch. */
function full(chars: number, logCount: number): number {
  const size = new BatchSize();
  const text = 'x'.repeat(chars);
  let count = 0;
  while (!size.isFull) size.add({ log: logs[count++ % logCount] as Log, text });
  return count;
}

await t.test('a batch is full when one log has its share, or all together have theirs', (t) => {
  const { batchEntries, batchEntriesPerLog, batchChars, batchCharsPerLog, textChars } = LIMITS;
  t.equal(full(0, 1), batchEntriesPerLog);
  t.equal(full(64, 1), batchCharsPerLog / 64, 'many more would be one write too large');
  t.equal(full(textChars, 1), batchCharsPerLog / textChars);
  t.equal(full(64, 100), batchEntries, 'with many logs each of those writes is worth its cost');
  t.equal(full(textChars, 100), batchChars / textChars);
  t.end();
});
