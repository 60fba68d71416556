// The names the hub has for itself, what a room may be called, and when two names are the same one.

import { ChatError } from './errors.ts';
import { LIMITS } from './limits.ts';
import { charCount } from './text.ts';

/** The room everyone is in. */
export const LOBBY = '#lobby';
/** What a session's own inbox is called on the wire. */
export const INBOX = '@me';
/** The operator's inbox, where reports go. */
export const REPORTS = '@operators';
/** The speaker of the hub's and the operator's own lines; nobody can take it. */
export const SERVER_NAME = 'server';

// Behind its mark a room has what a nickname has.
const ROOM = /^#[\p{L}\p{N}_][\p{L}\p{N}\p{M}_.-]*$/u;
const PLAIN_ASCII = /^[!-~]*$/;
/** Hangul fillers are letters to Unicode and blanks to the eye. */
export const BLANK_LETTERS =
  /\u034f|[\u115f\u1160\u3164\uffa0\u2800]|[\u180b-\u180f]|[\ufe00-\ufe0f]|\u17b4|\u17b5/u;

/** What is longer, in UTF-16 units, is no name, however it was composed; to find its normal form could take seconds. */
export const LONGEST_UNITS = 4 * LIMITS.nickChars;

/** The form in which names are compared: NFKC, case-folded. Lower-casing twice around NFKC folds what NFKC uncovers. What is too long for a name is like no other. */
export function foldName(name: string): string {
  if (name.length > LONGEST_UNITS) return name;
  if (PLAIN_ASCII.test(name)) return name.toLowerCase();
  // Lower case first, since ẞ has no other upper case and ß becomes SS.
  const folded = name.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase();
  return folded.normalize('NFKC').replaceAll('ς', 'σ');
}

/**
 * The `n`th variant of a taken name: `X-2`, `X-3`, … cut so that it stays within the limit.
 */
export function variantOf(name: string, n: number): string {
  const ending = `-${n}`;
  return (
    Array.from(name)
      .slice(0, LIMITS.nickChars - ending.length)
      .join('') + ending
  );
}

/**
 * A room's name in the one form that is stored and shown: `#` and lower case.
 * @throws ChatError `bad-room` with the rule it breaks.
 */
export function roomName(raw: string): string {
  const name = foldName(raw.startsWith('#') ? raw : `#${raw}`);
  if (charCount(name) > LIMITS.roomChars) {
    throw new ChatError(
      'bad-room',
      `a room's name has at most ${LIMITS.roomChars} characters: choose a shorter one`,
    );
  }
  if (!ROOM.test(name) || BLANK_LETTERS.test(name)) {
    throw new ChatError(
      'bad-room',
      'a room is "#" and letters, digits, "_", "-" or ".", without spaces: like #dev',
    );
  }
  return name;
}
