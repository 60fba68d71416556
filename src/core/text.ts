// Text is made safe to show before it is stored, once, so that no reader has to distrust what it is handed.

import { ChatError } from './errors.ts';
import { LIMITS } from './limits.ts';

// Controls but newline and tab; bidirectional overrides, embeddings and isolates (UAX #9), which can
// reorder what a terminal shows; line and paragraph separators; interlinear annotation; tags; the
// byte-order mark; and lone surrogates, which no UTF-8 can carry.
const UNSAFE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;
const ESCAPE_SEQUENCE =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|.)|\u009b[0-?]*[ -/]*[@-~]/gsu;
const PLAIN_ASCII = /^[ -~]*$/;
// What makes a text more than a blank line: not only spaces, joiners, marks and letters that show nothing.
const VISIBLE = /[^\s\p{Cf}\p{M}\u115f\u1160\u2800\u3164\uffa0]/u;

/**
 * Makes `text` safe to show on any terminal: CR LF becomes newline, a tab a space, and escape sequences,
 * control characters and bidirectional overrides go. Newlines stay.
 */
export function safeText(text: string): string {
  if (PLAIN_ASCII.test(text)) return text;
  return text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/\t/g, ' ')
    .replace(ESCAPE_SEQUENCE, '')
    .replace(UNSAFE, '');
}

/** The same on one line: newlines, with the blanks around them, become a space. For topics, reasons, log lines. */
export function safeLine(text: string): string {
  if (PLAIN_ASCII.test(text)) return text.trim();
  // No expression that could begin at each of many blanks and look at all that follow.
  return safeText(text)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}

/** How many characters (code points) `text` has. */
export function charCount(text: string): number {
  // Most texts are far below every limit: their length in UTF-16 units already proves them short enough.
  let count = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit <= 0xdbff) count--;
  }
  return count;
}

/**
 * A message's text as it will be stored.
 * @throws ChatError `empty-text` when nothing visible is left, `too-long` past LIMITS.textChars characters.
 */
export function messageText(raw: string): string {
  const text = safeText(raw).trimEnd();
  if (!VISIBLE.test(text)) throw new ChatError('empty-text', 'an empty text says nothing: write something');
  if (text.length > LIMITS.textChars && charCount(text) > LIMITS.textChars) {
    throw new ChatError(
      'too-long',
      `a text has at most ${LIMITS.textChars} characters, this one ${charCount(text)}: send it in parts`,
    );
  }
  return text;
}

/**
 * A one-line text such as a topic or a reason.
 * @throws ChatError `too-long` past `maxChars` characters.
 */
export function lineText(raw: string, maxChars: number, what: string): string {
  const text = safeLine(raw);
  if (charCount(text) > maxChars)
    throw new ChatError('too-long', `${what} has at most ${maxChars} characters: shorten it`);
  return text;
}
