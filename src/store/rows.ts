// What the rows of the store's tables say, in core's words.

import type { SQLOutputValue } from 'node:sqlite';
import { ENTRY_KINDS, type Entry } from '../core/entry.ts';
import type { LogHead } from '../core/store.ts';
import { damaged } from './failure.ts';
import type { PackedPage } from './messages.ts';

export type Row = Record<string, SQLOutputValue>;

/** A log's row, without `first_at` and `bytes`. */
export interface LogRow extends LogHead {
  readonly id: number;
  /** The last entry that the search's index covers; 0 for none. */
  readonly indexed: number;
}

/** The entries of a dropped log that are still to be swept up. */
export interface DroppedRow {
  readonly id: number;
  readonly first: number;
  readonly last: number;
}

export function logRow(row: Row): LogRow {
  return {
    id: Number(row['id']),
    name: String(row['name']),
    epoch: String(row['epoch']),
    topic: String(row['topic']),
    first: Number(row['first']),
    last: Number(row['last']),
    lastAt: Number(row['last_at']),
    indexed: Number(row['indexed']),
  };
}

export function headOf({ name, epoch, topic, first, last, lastAt }: LogRow): LogHead {
  return { name, epoch, topic, first, last, lastAt };
}

export function droppedRow(row: Row): DroppedRow {
  return { id: Number(row['log_id']), first: Number(row['first']), last: Number(row['last']) };
}

/**
 * The entries of a page, in rising order.
 * @throws ChatError `store-failed` for an entry of a kind that this version has no word for.
 */
export function unpackPage(file: string, log: string, page: PackedPage): Entry[] {
  const rows: [number, number, number, string, string, string][] = JSON.parse(page);
  const entries = rows.map(([seq, at, number, from, to, text]) => {
    const kind = ENTRY_KINDS[number];
    if (kind === undefined) throw damaged(file, `entry ${seq} of ${log} is of no known kind`);
    return { log, seq, at, kind, from, to, text };
  });
  return entries.sort((a, b) => a.seq - b.seq);
}
