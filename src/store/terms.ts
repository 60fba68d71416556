// What the index of the search knows of a text, and how it is asked. What is said here never overlooks a text that words.ts
// finds; it may point to one that has not got what is wanted.

import { fold, isRun, wordsOf, type Query } from './words.ts';

/** Of a longer word the index knows this much, so that no pasted key or picture swells it. */
const LONGEST = 32;
/** With so many terms the index finds little enough to read through. */
const MOST_TERMS = 8;
/** Words up to this length are asked for as beginnings of so very many others that the index has these as terms. */
const SHORT = 2;
// Before a beginning, or a character of a run: it is in no word, and FTS5's ascii tokenizer takes it for a letter.
const PART = '\u00b7';

/** Adds to `terms` what the index has to know of `text`: none has a space or a quote in it. */
export function addTerms(terms: Set<string>, text: string): void {
  for (const word of wordsOf(fold(text))) {
    if (isRun(word)) {
      for (const pair of pairs(word)) terms.add(pair);
      for (const char of word) terms.add(PART + char);
    } else {
      terms.add(word.slice(0, LONGEST));
      for (let units = 1; units <= SHORT; units++) terms.add(PART + word.slice(0, units));
    }
  }
}

/**
 * An expression for FTS5's MATCH (https://www.sqlite.org/fts5.html) that is true of the terms of every text that `query`
 * finds. The query must have a word.
 */
export function expressionOf(query: Query): string {
  const terms = query.wanted.flatMap(({ how, text }) => {
    if (how === 'run') return isOneChar(text) ? [quote(PART + text)] : pairs(text).map(quote);
    if (how === 'word' || text.length >= LONGEST) return [quote(text.slice(0, LONGEST))];
    return text.length <= SHORT ? [quote(PART + text)] : [`${quote(text)} *`];
  });
  return [...new Set(terms)].slice(0, MOST_TERMS).join(' AND ');
}

/** The characters of `run` two by two, each with the one after it. */
function pairs(run: string): string[] {
  const chars = Array.from(run);
  return chars.slice(1).map((char, i) => (chars[i] ?? '') + char);
}

function isOneChar(text: string): boolean {
  return pairs(text).length === 0;
}

function quote(term: string): string {
  return `"${term}"`;
}
