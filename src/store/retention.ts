// Retention in bounded steps: entries of dropped logs first, then what is too old, then what is too many.

import type { Retention } from '../core/store.ts';
import { droppedRow, logRow, type DroppedRow, type LogRow, type Row } from './rows.ts';
import type { Statements } from './statements.ts';

/**
 * Removes at most `maxEntries` entries, within the caller's transaction. It looks at no log that loses none, so its
 * time does not grow with what is kept.
 */
export function retain(
  sql: Statements,
  retention: Retention,
  maxEntries: number,
): { readonly shrunk: LogRow[]; readonly more: boolean } {
  const shrunk = new Map<number, LogRow>();
  let left = maxEntries;
  while (left > 0) {
    const dropped = sql.dropped.get();
    if (dropped !== undefined) {
      left -= sweep(sql, droppedRow(dropped), left);
      continue;
    }
    const due = dueLog(sql, retention);
    if (due === undefined) break;
    const log = logRow(due);
    const row = shrink(sql, log, firstToKeep(sql, log, retention, left));
    shrunk.set(row.id, row);
    left -= row.first - log.first;
  }
  const more = left <= 0 && (sql.dropped.get() ?? dueLog(sql, retention)) !== undefined;
  return { shrunk: [...shrunk.values()], more };
}

function dueLog(sql: Statements, { olderThan, entriesPerLog }: Retention): Row | undefined {
  return sql.oldest.get(olderThan) ?? sql.longest.get(entriesPerLog);
}

/** The seq that a due log may begin with, at most `left` entries on. */
function firstToKeep(
  sql: Statements,
  log: LogRow,
  { olderThan, entriesPerLog }: Retention,
  left: number,
): number {
  const end = Math.min(log.first + left, log.last + 1);
  const young = sql.firstSince.get(log.id, log.first, log.id, end - 1, olderThan)?.['seq'] ?? end;
  // At least one goes: a row that does not agree with its entries must not keep retention at itself for ever.
  return Math.min(Math.max(Number(young), log.last - entriesPerLog + 1, log.first + 1), end);
}

function shrink(sql: Statements, log: LogRow, first: number): LogRow {
  sql.remove.run(log.id, log.first, log.id, first - 1);
  return logRow(sql.shrink.get(first, log.id, first, log.id) ?? {});
}

function sweep(sql: Statements, { id, first, last }: DroppedRow, left: number): number {
  const end = Math.min(first + left, last + 1);
  sql.remove.run(id, first, id, end - 1);
  if (end > last) sql.removeDropped.run(id);
  else sql.shrinkDropped.run(end, id);
  return end - first;
}
