// The SQL of the store, prepared once.

import type { DatabaseSync } from 'node:sqlite';

// An entry's place: see schema.ts. These count from the statement's first parameters, a log's id and a seq.
const PLACE = '(? << 32 | ?)';
const PAGE = `
  SELECT json_group_array(json_array(place & 0xffffffff, at, kind, sender, recipient, text)) AS page
  FROM (SELECT * FROM entries WHERE place BETWEEN ${PLACE} AND ${PLACE}`;

export type Statements = ReturnType<typeof prepare>;

export function prepare(db: DatabaseSync) {
  return {
    logs: db.prepare('SELECT * FROM logs ORDER BY id'),
    log: db.prepare('SELECT * FROM logs WHERE name = ?'),
    addLog: db.prepare(
      'INSERT INTO logs (name, epoch, topic, first, last, last_at) VALUES (?, ?, ?, 1, 0, 0)',
    ),
    setTopic: db.prepare('UPDATE logs SET topic = ? WHERE id = ?'),
    grow: db.prepare('UPDATE logs SET last = ?, last_at = ?, first_at = ifnull(first_at, ?) WHERE id = ?'),
    shrink: db.prepare(
      `UPDATE logs SET first = ?, first_at = (SELECT at FROM entries WHERE place = ${PLACE}) WHERE id = ? RETURNING *`,
    ),
    removeLog: db.prepare('DELETE FROM logs WHERE id = ?'),
    totals: db.prepare('SELECT count(*) AS logs, ifnull(sum(last - first + 1), 0) AS entries FROM logs'),
    oldest: db.prepare('SELECT * FROM logs WHERE first_at < ? ORDER BY first_at LIMIT 1'),
    longest: db.prepare('SELECT * FROM logs WHERE last - first >= ? LIMIT 1'),

    add: db.prepare(`INSERT INTO entries VALUES (${PLACE}, ?, ?, ?, ?, ?)`),
    pageUp: db.prepare(`${PAGE} ORDER BY place LIMIT ?)`),
    pageDown: db.prepare(`${PAGE} ORDER BY place DESC LIMIT ?)`),
    firstSince: db.prepare(
      `SELECT place & 0xffffffff AS seq FROM entries
       WHERE place BETWEEN ${PLACE} AND ${PLACE} AND at >= ? ORDER BY place LIMIT 1`,
    ),
    remove: db.prepare(`DELETE FROM entries WHERE place BETWEEN ${PLACE} AND ${PLACE}`),

    dropped: db.prepare('SELECT * FROM dropped LIMIT 1'),
    addDropped: db.prepare('INSERT INTO dropped VALUES (?, ?, ?)'),
    shrinkDropped: db.prepare('UPDATE dropped SET first = ? WHERE log_id = ?'),
    removeDropped: db.prepare('DELETE FROM dropped WHERE log_id = ?'),
  };
}
