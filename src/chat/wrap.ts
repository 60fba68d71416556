// Paragraphs become rows: broken between words, set in under their margin, so that no text of somebody's can look
// like a line of its own. A word longer than a row is left whole for the terminal to fold, so that a link can be
// copied.

import wrapAnsi from 'wrap-ansi';
import type { Paragraph } from './render.ts';

/** Text narrower than this is not worth breaking by words. */
const LEAST_COLUMNS = 20;

/** The rows of `paragraph` on a terminal of so many columns. */
export function rowsOf({ margin, marginWidth, body }: Paragraph, columns: number): string[] {
  const inset = columns - marginWidth < LEAST_COLUMNS ? 1 : marginWidth;
  const width = Math.max(LEAST_COLUMNS, columns - inset);
  const rows = body.split('\n').flatMap((line) => wrappedLine(line, width));
  return rows.map((row, i) => (i === 0 ? margin : ' '.repeat(inset)) + row);
}

/** Rows of one line; the blanks it begins with, as in code, begin each of them. */
function wrappedLine(line: string, width: number): string[] {
  const indent = /^ */.exec(line)?.[0].slice(0, width / 2) ?? '';
  const wrapped = wrapAnsi(line.slice(indent.length), width - indent.length, { hard: false });
  return wrapped.split('\n').map((row) => indent + row);
}
