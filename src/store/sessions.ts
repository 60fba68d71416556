// Sessions as they are kept for the peers that come back to them, and the marks of what they have asked for.

import { strict as assert } from 'node:assert';
import type { Commit, Repeat, SessionRecord } from '../core/store.ts';
import type { PackedCommit } from './packing.ts';
import type { Row } from './rows.ts';
import type { Statements } from './statements.ts';

/** A session's row in core's words. */
export function sessionOf(row: Row): SessionRecord {
  return {
    id: String(row['id']),
    token: String(row['token']),
    nick: String(row['nick']),
    client: String(row['client']),
    account: String(row['account']),
    since: Number(row['since']),
    places: JSON.parse(String(row['places'])),
  };
}

/** Keeps the sessions of a commit as they are now. Within the caller's transaction, like all here. */
export function keepSessions(sql: Statements, { sessions }: Pick<Commit, 'sessions'>): void {
  for (const { id, token, nick, client, account, since, places } of sessions)
    sql.keepSession.run(id, token, nick, client, account, since, JSON.stringify(places));
}

/** Forgets the sessions that a commit ends. Their marks mean nothing from now on; retention sweeps them up. */
export function endSessions(sql: Statements, { ended }: Pick<Commit, 'ended'>): void {
  for (const id of ended) {
    sql.addEnded.run(id);
    sql.removeSession.run(id);
  }
}

/**
 * Marks the requests of a commit, whose entries are added already; `logs` are those they were added to. Who has no session
 * has no marks either. Returns those that an earlier commit has answered: then nothing of this one may be kept.
 */
export function markRequests(
  sql: Statements,
  { requests }: PackedCommit,
  logs: ReadonlyMap<string, { readonly id: number }>,
): Repeat[] {
  const repeats: Repeat[] = [];
  for (const [request, { session, id, log: name, seq }] of requests.entries()) {
    const log = logs.get(name);
    assert(log !== undefined, `request ${id} is answered in a log that has not grown`);
    if (Number(sql.mark.run(id, log.id, seq, session).changes) > 0) continue;
    const marked = sql.marked.get(session, id);
    // Either there is no such session, or the answer was dropped with its log.
    if (marked === undefined) sql.remark.run(log.id, seq, session, id);
    else repeats.push(repeatOf(request, marked));
  }
  if (repeats.length > 0) {
    const different = new Set(requests.map(({ session, id }) => JSON.stringify([session, id])));
    assert.equal(different.size, requests.length, 'a commit marks one request twice');
  }
  return repeats;
}

function repeatOf(request: number, row: Row): Repeat {
  return { request, log: String(row['log']), seq: Number(row['seq']), at: Number(row['at']) };
}
