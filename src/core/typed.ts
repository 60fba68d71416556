// Reads what a person typed: `/command`, `@name text`, or something for the room. The one place where `@` means
// anything, shared by the plain dialect and the terminal client.

import type { Command } from './command.ts';
import { commandNamed } from './commands.ts';
import { ChatError } from './errors.ts';
import { LIMITS } from './limits.ts';
import { safeText } from './text.ts';

// A name ends where white space or one of these stands.
const ADDRESSED = /^@([^\s,:;!?]*)([,:;!?]*)\s*([^]*)$/u;

// What is longer is no name, however it was composed: so each of its dots need not be looked at.
const LONGEST_TOKEN = 4 * LIMITS.nickChars;

/** Whether somebody of this name is here, however it is capitalised. */
export type IsPresent = (name: string) => boolean;

/**
 * What `line` asks for, said in `room`.
 *
 * `@name text` is always private: it becomes a `tell` even when nobody of that name is here, and the hub refuses it,
 * so that a slip in a name never makes it public. `\@…` and `\/…` say the rest to the room; so does `//…`.
 * @throws ChatError `bad-request` for an unknown command or one with the wrong arguments.
 */
export function readTyped(line: string, room: string, isPresent: IsPresent): Command {
  // What nobody sees must not make a private text public: a blank, an arrow key's escape sequence, an input method's
  // wide form of the first sign.
  const seen = safeText(line)
    .replace(/^[\s\p{Cf}]+/u, '')
    .replace(/^[＠／＼]/, (sign) => sign.normalize('NFKC'));
  if (seen.startsWith('\\@') || seen.startsWith('\\/') || seen.startsWith('//')) {
    return { type: 'say', room, text: seen.slice(1), action: false };
  }
  if (seen.startsWith('@')) return readAddressed(seen, isPresent);
  if (seen.startsWith('/')) return readCommand(seen, room);
  return { type: 'say', room, text: line, action: false };
}

function readAddressed(line: string, isPresent: IsPresent): Command {
  const [, token = '', , text = ''] = ADDRESSED.exec(line) ?? [];
  if (token === '')
    throw new ChatError('bad-request', 'whom? write @name text, or start with \\@ to say it to the room');
  // A name may hold dots, and a sentence may end with one: the longest name that is here wins.
  let to = token;
  while (token.length <= LONGEST_TOKEN && to.endsWith('.') && !isPresent(to)) to = to.slice(0, -1);
  return { type: 'tell', to: isPresent(to) ? to : token, text };
}

function readCommand(line: string, room: string): Command {
  const [, name = '', rest = ''] = /^\/(\S*)\s*([^]*)$/u.exec(line) ?? [];
  const row = commandNamed(name);
  if (row === undefined) {
    throw new ChatError(
      'bad-request',
      `there is no command /${name.slice(0, LIMITS.nickChars)}: /help lists them; start with // to say it to the room`,
    );
  }
  return row.read(rest.trim(), room);
}
