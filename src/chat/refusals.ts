// What a hub's refusal to let somebody in means for one who could try again.

/** Another name would be let in. */
const NAMES: ReadonlySet<string> = new Set(['nick-taken', 'name-owned', 'look-alike']);
/** Time alone changes nothing. */
const FINAL: ReadonlySet<string> = new Set(['auth-failed', 'accounts-only', 'banned', 'not-secure']);

/** `code`: of a hub's error (chatroom-protocol(7)). */
export function wantsOtherName(code: string): boolean {
  return NAMES.has(code);
}

export function isFinal(code: string): boolean {
  return FINAL.has(code);
}

/** The hub's words, with the flags by which somebody who owns the name gets it. */
export function refusalText(code: string, text: string): string {
  return code === 'name-owned' ? `${text} (chat --password, or chat --identity FILE)` : text;
}
