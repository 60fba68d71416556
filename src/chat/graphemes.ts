// What a person takes for one character, and for one word: the units in which a line is edited (UAX #29).

// Made on first use, since making one takes longer than all else at the start.
let segmenter: Intl.Segmenter | null = null;

/** The user-perceived characters of `text`. */
export function graphemes(text: string): string[] {
  // Printable ASCII has one character in each unit; a newline is one too.
  if (/^[\n -~]*$/.test(text)) return text.split('');
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** Where the character before `at` begins. All places are UTF-16 indices. */
export function before(text: string, at: number): number {
  let start = 0;
  for (const each of graphemes(text)) {
    if (start + each.length >= at) return Math.min(start, at);
    start += each.length;
  }
  return start;
}

/** Where the character at `at` ends. */
export function after(text: string, at: number): number {
  let end = 0;
  for (const each of graphemes(text)) {
    end += each.length;
    if (end > at) return end;
  }
  return text.length;
}

/** `at`, or the end of the character it stands inside of. */
export function snapped(text: string, at: number): number {
  return at <= 0 ? 0 : after(text, at - 1);
}

const WORD_BEFORE = /[\p{L}\p{N}\p{M}_]*[^\p{L}\p{N}\p{M}_]*$/u;
const WORD_AFTER = /^[^\p{L}\p{N}\p{M}_]*[\p{L}\p{N}\p{M}_]*/u;

/** Where the word before `at` begins. */
export function wordBefore(text: string, at: number): number {
  const head = text.slice(0, at);
  return at - (WORD_BEFORE.exec(head)?.[0].length ?? 0);
}

/** Where the word after `at` ends. */
export function wordAfter(text: string, at: number): number {
  return at + (WORD_AFTER.exec(text.slice(at))?.[0].length ?? 0);
}

/** Where the run of non-blanks before `at` begins. */
export function blankBefore(text: string, at: number): number {
  return at - (/\S*\s*$/u.exec(text.slice(0, at))?.[0].length ?? 0);
}
