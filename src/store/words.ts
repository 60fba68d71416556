// What a search compares: words without case and accents. Every engine reads the entries themselves by this one meaning;
// the embedded one has an index as well (terms.ts), which only tells where it is worth reading.
//
// Some scripts set no spaces between words. A run of their characters is found wherever it stands.

import { LIMITS } from '../core/limits.ts';

const ASCII = /^[\0-\x7f]*$/;
// Marks that some write and others leave out: accents, the points of Hebrew, the vowels of Arabic. The voicing marks of kana
// make another letter, and the vowels of Indic scripts are the word itself.
const OPTIONAL_MARK =
  /[[\p{M}&&[\p{Script=Inherited}\p{Script=Hebrew}\p{Script=Arabic}]]--[\u3099\u309a]]|\p{Cf}/gv;
const UNSPACED =
  '[[\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmer}\\p{scx=Mymr}]&&[\\p{L}\\p{N}\\p{M}]]';
const SPACED = `[[\\p{L}\\p{N}\\p{M}]--${UNSPACED}]`;
const ASCII_WORD = /[0-9a-z]+/g;
const WORD = new RegExp(`${UNSPACED}+|${SPACED}+`, 'gv');
const OF_UNSPACED = new RegExp(`^${UNSPACED}`, 'v');
const OF_SPACED = new RegExp(`^${SPACED}$`, 'v');

/** `run`: of a script without spaces, found anywhere. `start`: what a word begins with. */
export interface Wanted {
  readonly how: 'word' | 'start' | 'run';
  readonly text: string;
}

/** The form in which texts are compared. */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  // There and back again, since case is more than one letter for another: ẞ, ß and ss are one, and so are ς and σ.
  const bare = text.normalize('NFKD').replace(OPTIONAL_MARK, '').toLowerCase().toUpperCase().toLowerCase();
  return bare.normalize('NFC').replaceAll('ς', 'σ');
}

/** The words of a folded text; each run of a script without spaces is one. */
export function wordsOf(folded: string): readonly string[] {
  return folded.match(ASCII.test(folded) ? ASCII_WORD : WORD) ?? [];
}

/** Whether a word is a run of characters of scripts without spaces. */
export function isRun(word: string): boolean {
  return word.charCodeAt(0) >= 0x80 && OF_UNSPACED.test(word);
}

/** What somebody searches for. */
export class Query {
  readonly wanted: readonly Wanted[];

  /** Only the first LIMITS.searchWords words count. */
  constructor(text: string) {
    const words = wordsOf(fold(text)).slice(0, LIMITS.searchWords);
    this.wanted = words.map((word, i) => {
      if (isRun(word)) return { how: 'run', text: word };
      return { how: i === words.length - 1 ? 'start' : 'word', text: word };
    });
  }

  /** Without a word in it, it finds nothing. */
  get isEmpty(): boolean {
    return this.wanted.length === 0;
  }

  /** Whether the two texts of an entry have all the words between them. */
  matches(text: string, from: string): boolean {
    const foldedText = fold(text);
    const foldedFrom = fold(from);
    return !this.isEmpty && this.wanted.every((wanted) => has(foldedText, wanted) || has(foldedFrom, wanted));
  }
}

function has(folded: string, { how, text }: Wanted): boolean {
  for (let at = folded.indexOf(text); at >= 0; at = folded.indexOf(text, at + 1)) {
    if (how === 'run') return true;
    if (isSpacedAt(folded, at - 1) || (how === 'word' && isSpacedAt(folded, at + text.length))) continue;
    return true;
  }
  return false;
}

/** Whether the character at this unit belongs to a word of a script with spaces. */
function isSpacedAt(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  // Past either end it is NaN.
  if (!(unit >= 0x80)) return (unit >= 0x30 && unit <= 0x39) || (unit >= 0x61 && unit <= 0x7a);
  const isLowSurrogate = unit >= 0xdc00 && unit <= 0xdfff;
  return OF_SPACED.test(String.fromCodePoint(text.codePointAt(isLowSurrogate ? at - 1 : at) ?? unit));
}
