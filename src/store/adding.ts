// Adds the entries of a commit to the logs they belong to, within the caller's transaction.

import { strict as assert } from 'node:assert';
import { FIELDS, type PackedRun } from './packing.ts';
import type { LogRow } from './rows.ts';
import { ROWS_AT_ONCE, type Statements } from './statements.ts';
import { weightOf } from './weight.ts';

/** A log while a commit makes it grow. */
interface Growing {
  readonly id: number;
  /** The time of the commit's first entry: that of the log's first, if it had none. */
  readonly fromAt: number;
  last: number;
  lastAt: number;
  /** How many entries the commit adds. */
  count: number;
  /** Their texts, one after the other: their size is found five times as fast as one by one. */
  texts: string;
}

/**
 * `find` gives the row of the log of a name. Returns the logs that have grown.
 * @throws AssertionError for an entry that does not follow the last one of its log, or of a log that is not there
 */
export function addEntries(
  sql: Statements,
  runs: readonly PackedRun[],
  find: (name: string) => LogRow | undefined,
): ReadonlyMap<string, { readonly id: number }> {
  const growing = new Map<string, Growing>();
  for (const { log: name, first, fields } of runs) {
    let log = growing.get(name);
    if (log === undefined) {
      const row = find(name);
      assert(row !== undefined, `an entry of ${name}, which no commit has mentioned`);
      const { id, last, lastAt } = row;
      log = { id, fromAt: Number(fields[0]), last, lastAt, count: 0, texts: '' };
      growing.set(name, log);
    }
    assert.equal(first, log.last + 1, `${name}: entry ${first} where ${log.last + 1} is next`);
    addRun(sql, log.id, first, fields);
    const count = fields.length / FIELDS;
    log.last += count;
    log.count += count;
    log.lastAt = Number(fields.at(-FIELDS));
    for (let text = FIELDS - 1; text < fields.length; text += FIELDS) log.texts += fields[text];
  }
  for (const { id, last, lastAt, fromAt, count, texts } of growing.values())
    sql.grow.run(last, lastAt, fromAt, weightOf(texts, count), id);
  return growing;
}

function addRun(sql: Statements, id: number, first: number, fields: PackedRun['fields']): void {
  const many = ROWS_AT_ONCE * FIELDS;
  let seq = first;
  let done = 0;
  for (; fields.length - done >= many; done += many, seq += ROWS_AT_ONCE)
    sql.addMany.run(id, seq, ...fields.slice(done, done + many));
  for (; done < fields.length; done += FIELDS, seq++)
    sql.add.run(id, seq, ...fields.slice(done, done + FIELDS));
}
