// What is kept besides logs and sessions: small texts of core's under a kind and a key.

import type { Commit, Fact } from '../core/store.ts';
import type { Row } from './rows.ts';
import type { Statements } from './statements.ts';

/** A fact's row in core's words. */
export function factOf(row: Row): Fact {
  return { kind: String(row['kind']), key: String(row['key']), value: String(row['value']) };
}

/** Keeps the facts of a commit as they are from now on, within the caller's transaction. */
export function keepFacts(sql: Statements, { facts }: Pick<Commit, 'facts'>): void {
  for (const { kind, key, value } of facts) {
    if (value === null) sql.removeFact.run(kind, key);
    else sql.keepFact.run(kind, key, value);
  }
}
