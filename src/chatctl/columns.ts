// How many columns of a terminal a text takes. The full answer needs tables that take as long to load as all the rest of chatctl, so the
// scripts that most names are written in are counted here, and only other text pays for it.

import stringWidth from 'string-width';

// Printable ASCII; Latin, Greek and Cyrillic letters that stand alone; then kana, Han and Hangul, whose characters take two columns.
const KNOWN =
  /^[ -~\u00c0-\u02af\u0388-\u03ff\u0400-\u0482\u048a-\u052f\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]*$/;
const FIRST_WIDE = 0x3041;
// Nearly every cell of a table, and found without a look at each of its letters.
const ONE_COLUMN_EACH = /^[ -~]*$/;

export function columnsOf(text: string): number {
  if (ONE_COLUMN_EACH.test(text)) return text.length;
  if (!KNOWN.test(text)) return stringWidth(text);
  let columns = text.length;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) >= FIRST_WIDE) columns++;
  return columns;
}
