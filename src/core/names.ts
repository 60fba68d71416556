// What a person or a room may be called, and when two names are the same one, or look so.

import { ChatError } from './errors.ts';
import { LIMITS } from './limits.ts';
import { skeleton } from './skeleton.ts';
import { charCount } from './text.ts';

/** The room everyone is in. */
export const LOBBY = '#lobby';
/** What a session's own inbox is called on the wire. */
export const INBOX = '@me';
/** The operator's inbox, where reports go. */
export const REPORTS = '@operators';
/** The speaker of the hub's and the operator's own lines; nobody can take it. */
export const SERVER_NAME = 'server';

// Letters and digits of any script with the marks some scripts need, and `_ - .` (so no spaces, no invisible characters).
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}_.-]*$/u;
const ROOM = /^#[\p{L}\p{N}_][\p{L}\p{N}\p{M}_.-]*$/u;
const PLAIN_ASCII = /^[!-~]*$/;
// Hangul fillers are letters to Unicode and blanks to the eye.
const BLANK_LETTERS =
  /\u034f|[\u115f\u1160\u3164\uffa0\u2800]|[\u180b-\u180f]|[\ufe00-\ufe0f]|\u17b4|\u17b5/u;

// What is longer, in UTF-16 units, is no name, however it was composed; to find its normal form could take seconds.
const LONGEST_UNITS = 4 * LIMITS.nickChars;

/** The form in which names are compared: NFKC, case-folded. Lower-casing twice around NFKC folds what NFKC uncovers. What is too long for a name is like no other. */
export function foldName(name: string): string {
  if (name.length > LONGEST_UNITS) return name;
  if (PLAIN_ASCII.test(name)) return name.toLowerCase();
  // Lower case first, since ẞ has no other upper case and ß becomes SS.
  const folded = name.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase();
  return folded.normalize('NFKC').replaceAll('ς', 'σ');
}

/**
 * What a name can be read as: as it is written, and as it is compared, since others may write it so. Names that share a reading
 * look alike: `paypa1` and `paypaI` like `paypal`, and like one with a Cyrillic `а`.
 */
export function readings(name: string): ReadonlySet<string> {
  return new Set([reading(skeleton(name)), reading(name)]);
}

function reading(name: string): string {
  return foldName(skeleton(foldName(name)));
}

const RESERVED: ReadonlySet<string> = new Set(
  ['server', 'system', 'everyone', 'here', 'all', 'me', 'chatroom'].flatMap((name) => [...readings(name)]),
);

function isReserved(name: string): boolean {
  return [...readings(name)].some((reading) => RESERVED.has(reading));
}

/**
 * The nickname in the form it is shown (NFKC).
 * @throws ChatError `bad-nick` with the rule it breaks.
 */
export function nickname(raw: string): string {
  const name = raw.length > LONGEST_UNITS ? raw : raw.normalize('NFKC');
  if (charCount(name) > LIMITS.nickChars) {
    throw new ChatError(
      'bad-nick',
      `a nickname has at most ${LIMITS.nickChars} characters: choose a shorter one`,
    );
  }
  if (!NAME.test(name) || BLANK_LETTERS.test(name)) {
    throw new ChatError(
      'bad-nick',
      'a nickname is letters, digits, "_", "-" and ".", without spaces: choose another',
    );
  }
  if (isReserved(name))
    throw new ChatError(
      'bad-nick',
      `the name ${name} is, or reads like, one the hub keeps for itself: choose another`,
    );
  return name;
}

/** A nickname made out of whatever a peer offered that cannot be asked again: each forbidden character becomes `_`. */
export function mendNickname(raw: string): string {
  const kept = Array.from(raw.trim().slice(0, LONGEST_UNITS).normalize('NFKC').trim())
    .slice(0, LIMITS.nickChars)
    .map((char) => (/[\p{L}\p{N}_.-]/u.test(char) && !BLANK_LETTERS.test(char) ? char : '_'))
    .join('')
    .replace(/^[.-]/, '_');
  if (kept === '' || /^_+$/.test(kept)) return 'guest';
  return isReserved(kept) ? `${kept}_` : kept;
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
