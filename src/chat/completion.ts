// What the Tab key makes of the word before the caret: a command, a person, a room. Pure.

import { foldName } from '../core/names.ts';
import type { Line } from './editor.ts';

export interface Known {
  /** Without their slash. */
  readonly commands: readonly string[];
  readonly people: readonly string[];
  /** With their `#`. */
  readonly rooms: readonly string[];
}

export interface Completion {
  readonly line: Line;
  /** What the word may become, when there is more than one way. */
  readonly choices: readonly string[];
}

/** What may stand in a place: the candidates, and what comes after the one that is chosen. */
interface Place {
  readonly candidates: readonly string[];
  readonly ending: string;
}

/** Completes the word before the caret as far as it is certain. */
export function complete(line: Line, known: Known): Completion {
  const head = line.text.slice(0, line.caret);
  const start = head.search(/\S*$/u);
  const word = head.slice(start);
  const { candidates, ending } = placeOf(head.slice(0, start), word, known);
  const fits = candidates.filter((each) => foldName(each).startsWith(foldName(word))).sort();
  const [only] = fits;
  if (only === undefined) return { line, choices: [] };
  if (fits.length === 1) return { line: replaced(line, start, only + ending), choices: [] };
  const common = commonStart(fits);
  // Completing must not take away anything that was typed.
  return { line: common.length > word.length ? replaced(line, start, common) : line, choices: fits };
}

function placeOf(before: string, word: string, { commands, people, rooms }: Known): Place {
  const atStart = before.trim() === '';
  if (atStart && word.startsWith('/')) return { candidates: commands.map((each) => `/${each}`), ending: ' ' };
  if (word.startsWith('@')) return { candidates: people.map((each) => `@${each}`), ending: ' ' };
  if (word.startsWith('#')) return { candidates: rooms, ending: ' ' };
  const [, command = ''] = /^\/(\S+)\s+$/u.exec(before) ?? [];
  if (['msg', 'tell'].includes(command)) return { candidates: people, ending: ' ' };
  if (['join', 'j', 'leave', 'part', 'who', 'history'].includes(command))
    return { candidates: rooms, ending: ' ' };
  // A bare word may be somebody's name, once its first letter is there.
  if (word === '') return { candidates: [], ending: '' };
  return { candidates: people, ending: atStart ? ': ' : ' ' };
}

function replaced({ text, caret }: Line, start: number, word: string): Line {
  const rest = text.slice(caret);
  const put = word.endsWith(' ') && rest.startsWith(' ') ? word.slice(0, -1) : word;
  return { text: text.slice(0, start) + put + rest, caret: start + put.length };
}

/** The longest start that all have in common, however they are capitalised, as the first one writes it. */
function commonStart(words: readonly string[]): string {
  const [first = [], ...rest] = words.map((word) => Array.from(word));
  let length = 0;
  for (const char of first) {
    if (!rest.every((chars) => foldName(chars[length] ?? '') === foldName(char))) break;
    length++;
  }
  return first.slice(0, length).join('');
}
