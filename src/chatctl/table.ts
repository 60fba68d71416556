// Tables as columns that line up, whatever the width of their characters, and never wider than the terminal.

import { columnsOf } from './columns.ts';

const GAP = '   ';
const MORE = '…';

/** The rows as lines, the columns padded to their widest cell; the last column is not padded, an empty cell is `-`. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const widest: number[] = [];
  const cells = rows.map((row) =>
    row.map((written, at) => {
      const cell = written === '' ? '-' : written;
      const width = columnsOf(cell);
      widest[at] = Math.max(widest[at] ?? 0, width);
      return { cell, width };
    }),
  );
  return cells.map((row) =>
    row
      .map(({ cell, width }, at) =>
        at === row.length - 1 ? cell : cell + ' '.repeat((widest[at] ?? 0) - width),
      )
      .join(GAP),
  );
}

/** At most `columns` columns of `text`; what is cut off is marked. */
export function cutTo(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let kept = '';
  let width = 0;
  // Made here, not at the top: it takes some milliseconds, and most lines fit.
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += columnsOf(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return kept + MORE;
}
