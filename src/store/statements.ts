// The SQL of the store, prepared once.

import type { DatabaseSync } from 'node:sqlite';
import { ENTRY_BYTES } from './weight.ts';

// An entry's place: see schema.ts. These count from the statement's first parameters, a log's id and a seq. No place leaves
// SQLite as a number, since it may be more than JavaScript's are exact for.
const PLACE = '(? << 32 | ?)';
const SEQ = 'place & 0xffffffff';
// The place of the first of several rows, each of which may name it again.
const FIRST_PLACE = '(?1 << 32 | ?2)';

/** How many entries one statement adds; more are no faster. */
export const ROWS_AT_ONCE = 16;

const PAGE = `
  SELECT json_group_array(json_array(${SEQ}, at, kind, sender, recipient, text)) AS page
  FROM (SELECT * FROM entries WHERE place BETWEEN ${PLACE} AND ${PLACE}`;

export type Statements = ReturnType<typeof prepare>;

export function prepare(db: DatabaseSync) {
  const statements = {
    logs: db.prepare('SELECT * FROM logs ORDER BY id'),
    log: db.prepare('SELECT * FROM logs WHERE name = ?'),
    logOfId: db.prepare('SELECT * FROM logs WHERE id = ?'),
    addLog: db.prepare(
      'INSERT INTO logs (name, epoch, topic, first, last, last_at) VALUES (?, ?, ?, 1, 0, 0)',
    ),
    setTopic: db.prepare('UPDATE logs SET topic = ? WHERE id = ?'),
    grow: db.prepare(
      'UPDATE logs SET last = ?, last_at = ?, first_at = ifnull(first_at, ?), bytes = bytes + ? WHERE id = ?',
    ),
    shrink: db.prepare(
      `UPDATE logs SET first = ?, bytes = bytes - ?, first_at = (SELECT at FROM entries WHERE place = ${PLACE})
       WHERE id = ? RETURNING *`,
    ),
    removeLog: db.prepare('DELETE FROM logs WHERE id = ?'),
    totals: db.prepare(
      'SELECT count(*) AS logs, ifnull(sum(last - first + 1), 0) AS entries, ifnull(sum(bytes), 0) AS bytes FROM logs',
    ),
    oldest: db.prepare('SELECT * FROM logs WHERE first_at < ? ORDER BY first_at LIMIT 1'),
    longest: db.prepare('SELECT * FROM logs WHERE last - first >= ? LIMIT 1'),
    byAge: db.prepare('SELECT * FROM logs WHERE first_at IS NOT NULL ORDER BY first_at LIMIT 2'),

    add: db.prepare(`INSERT INTO entries VALUES (${PLACE}, ?, ?, ?, ?, ?)`),
    addMany: db.prepare(
      `INSERT INTO entries VALUES ${Array.from({ length: ROWS_AT_ONCE }, (_, i) => `(${FIRST_PLACE} + ${i}, ?, ?, ?, ?, ?)`).join()}`,
    ),
    pageUp: db.prepare(`${PAGE} ORDER BY place LIMIT ?)`),
    pageDown: db.prepare(`${PAGE} ORDER BY place DESC LIMIT ?)`),
    firstSince: db.prepare(
      `SELECT ${SEQ} AS seq FROM entries
       WHERE place BETWEEN ${PLACE} AND ${PLACE} AND at >= ? ORDER BY place LIMIT 1`,
    ),
    rows: db.prepare(
      `SELECT ${SEQ}, at, kind, sender, recipient, text FROM entries
       WHERE place BETWEEN ${PLACE} AND ${PLACE} ORDER BY place DESC`,
    ),
    said: db.prepare(
      `SELECT ${SEQ}, sender, text FROM entries WHERE place BETWEEN ${PLACE} AND ${PLACE} ORDER BY place`,
    ),
    weights: db.prepare(
      `SELECT ${SEQ}, at, ${ENTRY_BYTES} + octet_length(text) FROM entries
       WHERE place BETWEEN ${PLACE} AND ${PLACE} ORDER BY place`,
    ),
    weight: db.prepare(
      `SELECT ifnull(sum(${ENTRY_BYTES} + octet_length(text)), 0) AS bytes FROM entries
       WHERE place BETWEEN ${PLACE} AND ${PLACE}`,
    ),
    remove: db.prepare(`DELETE FROM entries WHERE place BETWEEN ${PLACE} AND ${PLACE}`),

    dropped: db.prepare('SELECT * FROM dropped LIMIT 1'),
    addDropped: db.prepare('INSERT INTO dropped VALUES (?, ?, ?)'),
    shrinkDropped: db.prepare('UPDATE dropped SET first = ? WHERE log_id = ?'),
    removeDropped: db.prepare('DELETE FROM dropped WHERE log_id = ?'),

    sessions: db.prepare('SELECT * FROM sessions ORDER BY number'),
    keepSession: db.prepare(
      `INSERT INTO sessions (id, token, nick, client, account, since, places) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET token = excluded.token, nick = excluded.nick, client = excluded.client,
         account = excluded.account, since = excluded.since, places = excluded.places`,
    ),
    removeSession: db.prepare('DELETE FROM sessions WHERE id = ?'),

    facts: db.prepare('SELECT kind, key, value FROM facts'),
    keepFact: db.prepare('INSERT OR REPLACE INTO facts (kind, key, value) VALUES (?, ?, ?)'),
    removeFact: db.prepare('DELETE FROM facts WHERE kind = ? AND key = ?'),

    mark: db.prepare(
      `INSERT INTO requests SELECT number, ?, ${PLACE} FROM sessions WHERE id = ? ON CONFLICT DO NOTHING`,
    ),
    // Of an entry that is gone, and of a log that is dropped, there is no row.
    marked: db.prepare(
      `SELECT logs.name AS log, entries.${SEQ} AS seq, at FROM sessions
       JOIN requests ON requests.session = number JOIN entries ON entries.place = requests.place
       JOIN logs ON logs.id = entries.place >> 32 WHERE sessions.id = ? AND requests.id = ?`,
    ),
    remark: db.prepare(
      `UPDATE requests SET place = ${PLACE}
       WHERE session = (SELECT number FROM sessions WHERE sessions.id = ?) AND id = ?`,
    ),
    unmark: db.prepare(`DELETE FROM requests WHERE place BETWEEN ${PLACE} AND ${PLACE}`),
    ended: db.prepare('SELECT session FROM ended LIMIT 1'),
    addEnded: db.prepare(
      `INSERT INTO ended SELECT number FROM sessions
       WHERE id = ? AND EXISTS (SELECT 1 FROM requests WHERE session = number)`,
    ),
    removeEnded: db.prepare('DELETE FROM ended WHERE session = ?'),
    unmarkEnded: db.prepare(
      'DELETE FROM requests WHERE (session, id) IN (SELECT session, id FROM requests WHERE session = ? LIMIT ?)',
    ),

    unindexed: db.prepare('SELECT id FROM logs WHERE last - max(indexed, first - 1) >= ?'),
    setIndexed: db.prepare('UPDATE logs SET indexed = ? WHERE id = ?'),
    index: db.prepare(`INSERT INTO search (rowid, terms) VALUES (${PLACE}, ?)`),
    unindex: db.prepare(`DELETE FROM search WHERE rowid BETWEEN ${PLACE} AND ${PLACE}`),
    mergeIndex: db.prepare("INSERT INTO search (search, rank) VALUES ('merge', ?)"),
    changes: db.prepare('SELECT total_changes() AS changes'),
    found: db.prepare(
      `SELECT rowid & 0xffffffff AS seq FROM search
       WHERE search MATCH ? AND rowid BETWEEN ${PLACE} AND ${PLACE} ORDER BY rowid DESC`,
    ),
  };
  for (const name of ['rows', 'said', 'weights'] as const) statements[name].setReturnArrays(true);
  return statements;
}
