// What a person may be called. Apart from names.ts, since this needs the table of characters that look alike, whose loading an operator's
// command would wait for.

import { ChatError } from './errors.ts';
import { LIMITS } from './limits.ts';
import { BLANK_LETTERS, LONGEST_UNITS } from './names.ts';
import { readings } from './skeleton.ts';
import { charCount } from './text.ts';

// Letters and digits of any script with the marks some scripts need, and `_ - .` (so no spaces, no invisible characters).
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}_.-]*$/u;

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
