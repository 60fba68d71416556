// The simplest thing that could be a store, and the random operations that engines are compared with it by.

import { strict as assert } from 'node:assert';
import * as fc from 'fast-check';
import type { Entry } from '../../src/core/entry.ts';
import type { Store } from '../../src/core/store.ts';

interface ModelLog {
  readonly epoch: string;
  topic: string;
  last: number;
  lastAt: number;
  entries: Entry[];
}

export interface Model {
  readonly logs: Map<string, ModelLog>;
  clock: number;
  epochs: number;
}

export type Operation =
  | { readonly type: 'append'; readonly logs: readonly string[]; readonly topic: string | null }
  | {
      readonly type: 'prune';
      readonly age: number;
      readonly entriesPerLog: number;
      readonly maxEntries: number;
    }
  | { readonly type: 'drop'; readonly log: string };

const name = fc.constantFrom('#a', '#b', '#c', '@d');

export const operations = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        type: fc.constant('append' as const),
        logs: fc.array(name, { minLength: 1, maxLength: 12 }),
        topic: fc.option(fc.string({ unit: 'grapheme', maxLength: 5 })),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant('prune' as const),
        age: fc.nat(40),
        entriesPerLog: fc.nat(20),
        maxEntries: fc.integer({ min: 1, max: 8 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('drop' as const), log: name }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const) }) },
  ),
  { minLength: 5, maxLength: 30 },
);

export function model(): Model {
  return { logs: new Map(), clock: 1000, epochs: 0 };
}

export async function applyTo(store: Store, kept: Model, step: Operation): Promise<void> {
  switch (step.type) {
    case 'append':
      return append(store, kept, step.logs, step.topic);
    case 'prune':
      return prune(store, kept, kept.clock - step.age, step.entriesPerLog, step.maxEntries);
    case 'drop':
      kept.logs.delete(step.log);
      return store.drop([step.log]);
    default:
      return assert.fail('no such step');
  }
}

async function append(
  store: Store,
  kept: Model,
  names: readonly string[],
  topic: string | null,
): Promise<void> {
  const logs = new Map<string, { name: string; epoch: string; topic: string }>();
  const entries = names.map((log, i) => {
    let of = kept.logs.get(log);
    if (of === undefined) {
      of = { epoch: `e${++kept.epochs}`, topic: '', last: 0, lastAt: 0, entries: [] };
      kept.logs.set(log, of);
      logs.set(log, { name: log, epoch: of.epoch, topic: '' });
    }
    if (i === 0 && topic !== null) {
      of.topic = topic;
      logs.set(log, { name: log, epoch: of.epoch, topic });
    }
    const entry: Entry = {
      log,
      seq: ++of.last,
      at: ++kept.clock,
      kind: 'message',
      from: 'LO',
      to: '',
      text: `${i}`,
    };
    of.lastAt = entry.at;
    of.entries.push(entry);
    return entry;
  });
  await store.append({ logs: [...logs.values()], entries });
}

async function prune(
  store: Store,
  kept: Model,
  olderThan: number,
  entriesPerLog: number,
  maxEntries: number,
): Promise<void> {
  const expected = new Map(
    [...kept.logs].map(([log, { entries }]) => {
      const young = entries.filter(({ at }) => at >= olderThan);
      return [log, young.slice(Math.max(0, young.length - entriesPerLog))];
    }),
  );
  for (let more = true; more;) {
    const step = await store.prune({ olderThan, entriesPerLog }, maxEntries);
    let removed = 0;
    for (const { name: log, first } of step.heads) {
      const of = kept.logs.get(log);
      assert(of !== undefined, `a head of ${log}, which is not there`);
      const before = of.entries.length;
      of.entries = of.entries.filter(({ seq }) => seq >= first);
      removed += before - of.entries.length;
    }
    assert(removed <= maxEntries, `${removed} entries went in a step of ${maxEntries}`);
    more = step.more;
  }
  for (const [log, { entries }] of kept.logs)
    assert.deepEqual(entries, expected.get(log), `what is left of ${log}`);
}

/** Everything a reader can see is what the model has. */
export async function checkAgainst(store: Store, kept: Model): Promise<void> {
  const heads = [...(await store.heads())].sort((a, b) => (a.name < b.name ? -1 : 1));
  const expected = [...kept.logs].sort(([a], [b]) => (a < b ? -1 : 1));
  assert.deepEqual(
    heads,
    expected.map(([log, { epoch, topic, last, lastAt, entries }]) => ({
      name: log,
      epoch,
      topic,
      first: last - entries.length + 1,
      last,
      lastAt,
    })),
  );
  let count = 0;
  for (const [log, { entries, last }] of expected) {
    count += entries.length;
    assert.deepEqual(await store.page(log, { after: 0 }, 1_000), entries);
    assert.deepEqual(await store.page(log, { before: last }, 3), entries.slice(0, -1).slice(-3));
  }
  const stats = await store.stats();
  assert.equal(stats.entries, count);
  assert.equal(stats.logs, expected.length);
}
