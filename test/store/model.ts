// The simplest thing that could be a store, and the random operations that engines are compared with it by.

import { strict as assert } from 'node:assert';
import * as fc from 'fast-check';
import type { Entry } from '../../src/core/entry.ts';
import type { LogChange, Repeat, RequestMark, SessionRecord, Store } from '../../src/core/store.ts';
import { weightOf } from '../../src/store/weight.ts';

interface ModelLog {
  readonly epoch: string;
  topic: string;
  last: number;
  lastAt: number;
  entries: Entry[];
}

interface ModelSession {
  readonly record: SessionRecord;
  /** For each request the entry that answers it: that very object, which is no more once its log has not got it. */
  readonly answers: Map<string, Entry>;
}

export interface Model {
  readonly logs: Map<string, ModelLog>;
  readonly sessions: Map<string, ModelSession>;
  clock: number;
  epochs: number;
}

interface Append {
  readonly type: 'append';
  readonly entries: readonly { readonly log: string; readonly words: readonly string[] }[];
  readonly topic: string | null;
  /** Who asks under which id; the entry is counted round. */
  readonly requests: readonly { readonly session: string; readonly id: string; readonly entry: number }[];
  readonly sessions: readonly { readonly id: string; readonly seq: number }[];
  readonly ended: readonly string[];
}

interface Prune {
  readonly type: 'prune';
  readonly age: number;
  readonly entriesPerLog: number;
  readonly bytes: number;
  readonly maxEntries: number;
}

export type Operation = Append | Prune | { readonly type: 'drop'; readonly log: string };

const name = fc.constantFrom('#a', '#b', '#c', '@d');
const session = fc.constantFrom('+a', '+b', '+c');
/** Words, and what a search takes them for. */
const WORDS: Readonly<Record<string, string>> = {
  fish: 'fish',
  FISHES: 'fishes',
  Été: 'ete',
  soup: 'soup',
  '"soup*"': 'soup',
  東京都: '東京都',
};
const word = fc.constantFrom(...Object.keys(WORDS));

export const operations = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('append' as const),
        entries: fc.array(fc.record({ log: name, words: fc.array(word, { maxLength: 3 }) }), {
          minLength: 1,
          maxLength: 12,
        }),
        topic: fc.option(fc.string({ unit: 'grapheme', maxLength: 5 })),
        requests: fc.array(fc.record({ session, id: fc.constantFrom('1', '2', 'é'), entry: fc.nat(11) }), {
          maxLength: 2,
        }),
        sessions: fc.array(fc.record({ id: session, seq: fc.nat(9) }), { maxLength: 2 }),
        ended: fc.oneof(
          { weight: 4, arbitrary: fc.constant([]) },
          { weight: 1, arbitrary: fc.array(session) },
        ),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant('prune' as const),
        age: fc.nat(40),
        entriesPerLog: fc.nat(20),
        bytes: fc.oneof(fc.constant(Infinity), fc.nat(3_000)),
        maxEntries: fc.integer({ min: 1, max: 8 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('drop' as const), log: name }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const) }) },
  ),
  { minLength: 5, maxLength: 30 },
);

export function model(): Model {
  return { logs: new Map(), sessions: new Map(), clock: 1000, epochs: 0 };
}

export async function applyTo(store: Store, kept: Model, step: Operation): Promise<void> {
  switch (step.type) {
    case 'append':
      return append(store, kept, step);
    case 'prune':
      return prune(store, kept, step);
    case 'drop':
      kept.logs.delete(step.log);
      return store.drop([step.log]);
    default:
      return assert.fail('no such step');
  }
}

async function append(store: Store, kept: Model, step: Append): Promise<void> {
  const changes = new Map<string, LogChange>();
  const lasts = new Map<string, number>();
  let { clock, epochs } = kept;
  const entries = step.entries.map(({ log, words }, i): Entry => {
    const of = kept.logs.get(log);
    if (of === undefined && !changes.has(log))
      changes.set(log, { name: log, epoch: `e${++epochs}`, topic: '' });
    const epoch = of?.epoch ?? changes.get(log)?.epoch ?? '';
    if (i === 0 && step.topic !== null) changes.set(log, { name: log, epoch, topic: step.topic });
    const seq = (lasts.get(log) ?? of?.last ?? 0) + 1;
    lasts.set(log, seq);
    return { log, seq, at: ++clock, kind: 'message', from: 'LO', to: '', text: words.join(' ') };
  });
  const requests = new Map<string, RequestMark>();
  for (const { session, id, entry } of step.requests)
    requests.set(session + id, { session, id, entry: entry % entries.length });
  const sessions = step.sessions.map(({ id, seq }): SessionRecord => {
    const places = [{ log: '#a', epoch: 'e1', seq }];
    return { id, token: `token of ${id}`, nick: `LO${seq}`, client: '', account: '', since: clock, places };
  });
  const logs = [...changes.values()];
  const commit = { logs, entries, requests: [...requests.values()], sessions, ended: step.ended, facts: [] };

  const expected = commit.requests.flatMap(({ session, id }, request): Repeat[] => {
    const answer = kept.sessions.get(session)?.answers.get(id);
    const isKept = answer !== undefined && kept.logs.get(answer.log)?.entries.includes(answer) === true;
    return isKept ? [{ request, log: answer.log, seq: answer.seq, at: answer.at }] : [];
  });
  assert.deepEqual(await store.append(commit), expected);
  if (expected.length > 0) return;

  kept.clock = clock;
  kept.epochs = epochs;
  for (const { name, epoch, topic } of logs) {
    const of = kept.logs.get(name);
    if (of === undefined) kept.logs.set(name, { epoch, topic, last: 0, lastAt: 0, entries: [] });
    else of.topic = topic;
  }
  for (const entry of entries) {
    const of = kept.logs.get(entry.log);
    assert(of !== undefined);
    of.last = entry.seq;
    of.lastAt = entry.at;
    of.entries.push(entry);
  }
  for (const record of sessions)
    kept.sessions.set(record.id, { record, answers: kept.sessions.get(record.id)?.answers ?? new Map() });
  for (const { session, id, entry } of commit.requests)
    kept.sessions.get(session)?.answers.set(id, entries[entry] as Entry);
  for (const id of step.ended) kept.sessions.delete(id);
}

async function prune(store: Store, kept: Model, step: Prune): Promise<void> {
  const { entriesPerLog, bytes, maxEntries } = step;
  const olderThan = kept.clock - step.age;
  const expected = new Set(
    [...kept.logs.values()].flatMap(({ entries }) => {
      const young = entries.filter(({ at }) => at >= olderThan);
      return young.slice(Math.max(0, young.length - entriesPerLog));
    }),
  );
  let total = [...expected].reduce((sum, { text }) => sum + weightOf(text), 0);
  for (const entry of [...expected].sort((a, b) => a.at - b.at)) {
    if (total <= bytes) break;
    expected.delete(entry);
    total -= weightOf(entry.text);
  }
  for (let more = true; more;) {
    const result = await store.prune({ olderThan, entriesPerLog, bytes }, maxEntries);
    let removed = 0;
    for (const { name: log, first } of result.heads) {
      const of = kept.logs.get(log);
      assert(of !== undefined, `a head of ${log}, which is not there`);
      const before = of.entries.length;
      of.entries = of.entries.filter(({ seq }) => seq >= first);
      removed += before - of.entries.length;
    }
    assert(removed <= maxEntries, `${removed} entries went in a step of ${maxEntries}`);
    more = result.more;
  }
  for (const [log, { entries }] of kept.logs)
    assert.deepEqual(
      entries,
      entries.filter((entry) => expected.has(entry)),
      `what is left of ${log}`,
    );
  assert.equal([...kept.logs.values()].flatMap(({ entries }) => entries).length, expected.size);
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
  const sessions = [...(await store.sessions())].sort((a, b) => (a.id < b.id ? -1 : 1));
  const records = [...kept.sessions.values()].map(({ record }) => record);
  assert.deepEqual(
    sessions,
    records.sort((a, b) => (a.id < b.id ? -1 : 1)),
  );
  let count = 0;
  for (const [log, { entries, last }] of expected) {
    count += entries.length;
    assert.deepEqual(await store.page(log, { after: 0 }, 1_000), entries);
    assert.deepEqual(await store.page(log, { before: last }, 3), entries.slice(0, -1).slice(-3));
    assert.deepEqual(await store.search(log, 'soup FIS', Infinity, 1_000), found(entries, ['soup'], 'fis'));
    assert.deepEqual(
      await store.search(log, 'ete', last, 2),
      found(entries.slice(0, -1), [], 'ete').slice(0, 2),
    );
    assert.deepEqual(await store.search(log, '京都', Infinity, 1_000), found(entries, [], '京都'));
  }
  const stats = await store.stats();
  assert.equal(stats.entries, count);
  assert.equal(stats.logs, expected.length);
}

/** The entries, newest first, that have these words, and one that begins so (or, as in Chinese, has it inside). */
function found(entries: readonly Entry[], all: readonly string[], start: string): Entry[] {
  return entries
    .filter(({ text }) => {
      const words = text.split(' ').map((each) => WORDS[each] ?? '');
      return all.every((each) => words.includes(each)) && words.some((each) => begins(each, start));
    })
    .toReversed();
}

function begins(text: string, start: string): boolean {
  return /^[a-z]/.test(start) ? text.startsWith(start) : text.includes(start);
}
