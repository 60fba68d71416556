// Reads what a person typed: `/command`, `@name text`, or something for the room. The one place where `@` means
// anything, shared by the plain dialect and the terminal client.

import type { Command } from './command.ts';
import { commandNamed } from './commands.ts';
import { ChatError } from './errors.ts';

// A name ends where white space or one of these stands.
const ADDRESSED = /^@([^\s,:;!?]*)([,:;!?]*)\s*([^]*)$/u;

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
  if (line.startsWith('\\@') || line.startsWith('\\/') || line.startsWith('//')) {
    return { type: 'say', room, text: line.slice(1), action: false };
  }
  if (line.startsWith('@')) return readAddressed(line, isPresent);
  if (line.startsWith('/')) return readCommand(line, room);
  return { type: 'say', room, text: line, action: false };
}

function readAddressed(line: string, isPresent: IsPresent): Command {
  const [, token = '', , text = ''] = ADDRESSED.exec(line) ?? [];
  if (token === '')
    throw new ChatError('bad-request', 'whom? write @name text, or start with \\@ to say it to the room');
  // A name may hold dots, and a sentence may end with one: the longest name that is here wins.
  let to = token;
  while (to.endsWith('.') && !isPresent(to)) to = to.slice(0, -1);
  return { type: 'tell', to: isPresent(to) ? to : token, text };
}

function readCommand(line: string, room: string): Command {
  const [, name = '', rest = ''] = /^\/(\S*)\s*([^]*)$/u.exec(line) ?? [];
  const row = commandNamed(name);
  if (row === undefined) {
    throw new ChatError(
      'bad-request',
      `there is no command /${name}: /help lists them; start with // to say it to the room`,
    );
  }
  return row.read(rest.trim(), room);
}
