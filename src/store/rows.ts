// What the rows of the store's tables say, in core's words.

import type { SQLOutputValue } from 'node:sqlite';
import type { LogHead } from '../core/store.ts';

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
