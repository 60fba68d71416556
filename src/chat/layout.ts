// Where the input line's characters stand on the screen: its rows, and the place of the caret in them. Pure.

import stringWidth from 'string-width';
import type { Line } from './editor.ts';
import { graphemes } from './graphemes.ts';

/** How a newline inside the line is shown. */
const NEWLINE_MARK = '⏎';

export interface Layout {
  /** What to print, without the prompt's colours. */
  readonly rows: readonly string[];
  readonly caret: { readonly row: number; readonly column: number };
}

/**
 * Lays out `prompt` and `line` in rows of fewer than `columns` columns, so that the caret always fits behind the last
 * character. When there are more than `mostRows`, those around the caret are shown.
 */
export function layOut(prompt: string, line: Line, columns: number, mostRows: number): Layout {
  const width = Math.max(2, columns - 1);
  const rows: string[] = [];
  let row = '';
  let used = 0;
  let caret = { row: 0, column: 0 };
  const put = (shown: string): void => {
    const wide = stringWidth(shown);
    if (used + wide > width) {
      rows.push(row);
      row = '';
      used = 0;
    }
    row += shown;
    used += wide;
  };
  for (const each of graphemes(prompt)) put(each);
  let at = 0;
  for (const each of graphemes(line.text)) {
    if (at === line.caret) caret = { row: rows.length, column: used };
    put(each === '\n' ? NEWLINE_MARK : each);
    // A wide character may have gone to the next row, and the caret before it goes along.
    if (at === line.caret && caret.row < rows.length) caret = { row: rows.length, column: 0 };
    at += each.length;
  }
  if (at <= line.caret) caret = { row: rows.length, column: used };
  rows.push(row);
  return around(rows, caret, Math.max(1, mostRows));
}

/** The rows that fit, with the caret's among them. */
function around(rows: readonly string[], caret: Layout['caret'], most: number): Layout {
  if (rows.length <= most) return { rows, caret };
  const first = Math.min(Math.max(0, caret.row - most + 1), rows.length - most);
  return { rows: rows.slice(first, first + most), caret: { row: caret.row - first, column: caret.column } };
}
