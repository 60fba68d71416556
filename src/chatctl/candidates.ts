// What the word under the cursor can become: verbs and flags from the table, names and rooms from the hub. Whatever goes wrong, the answer is
// nothing: a shell that completes must not print.

import { foldName } from '../core/names.ts';
import type { ControlClient } from './client.ts';
import type { Completes, Flag, Verb } from './verb.ts';

/** Only what no shell could read as anything but a word is offered, whatever the hub answers. */
const SAFE_WORD = /^[\p{L}\p{N}_+#-][\p{L}\p{N}\p{M}_.#-]*$/u;

/** A command line up to the cursor; `current` may be empty. */
export interface Typed {
  readonly before: readonly string[];
  readonly current: string;
}

/** The words that `current` can become, in order. */
export async function candidatesFor(
  { before, current }: Typed,
  verbs: readonly Verb[],
  client: ControlClient,
): Promise<string[]> {
  const { verb, words, awaits } = placeOf(before, verbs);
  const all = await wordsOf(awaits ?? offered(verb, words, current, verbs), current, client);
  const start = foldName(current);
  return all.filter((word) => SAFE_WORD.test(word) && foldName(word).startsWith(start)).toSorted();
}

/** The socket that the command line names, if it does. */
export function socketIn({ before }: Typed): string | undefined {
  const at = before.lastIndexOf('--socket');
  return at < 0 ? undefined : before[at + 1];
}

/** Which verb was given, how many words with it, and what the flag before the cursor waits for. */
function placeOf(
  before: readonly string[],
  verbs: readonly Verb[],
): { verb: Verb | undefined; words: number; awaits: Completes | undefined } {
  let verb: Verb | undefined;
  let words = 0;
  let awaits: Completes | undefined;
  for (const word of before) {
    if (awaits !== undefined) awaits = undefined;
    else if (word === '--socket') awaits = 'nothing';
    else if (word.startsWith('-')) awaits = verb === undefined ? undefined : awaitedBy(flagNamed(verb, word));
    else if (++words === 1) {
      verb = verbs.find(({ name, aliases }) => name === word || aliases.includes(word));
    }
  }
  return { verb, words, awaits };
}

/** What can stand after a flag, if something must. */
function awaitedBy(flag: Flag | undefined): Completes | undefined {
  return flag === undefined || flag.value === null ? undefined : flag.completes;
}

function flagNamed(verb: Verb, word: string): Flag | undefined {
  return Object.entries(verb.flags).find(
    ([name, { alias }]) => word === `--${name}` || (alias !== undefined && word === `-${alias}`),
  )?.[1];
}

function offered(verb: Verb | undefined, words: number, current: string, verbs: readonly Verb[]): Completes {
  if (current.startsWith('-'))
    return ['--help', '--json', '--socket', ...Object.keys(verb?.flags ?? {}).map((name) => `--${name}`)];
  if (words === 0) return verbs.flatMap(({ name, aliases }) => [name, ...aliases]);
  return words === 1 && verb !== undefined ? verb.completes : 'nothing';
}

async function wordsOf(what: Completes, current: string, client: ControlClient): Promise<readonly string[]> {
  if (typeof what !== 'string') return what;
  switch (what) {
    case 'nothing':
      return [];
    case 'users': {
      const { users } = await client.call('GET /v1/users', {});
      return users.map(({ nick, session }) => (current.startsWith('+') ? session : nick));
    }
    case 'rooms': {
      const { rooms } = await client.call('GET /v1/rooms', {});
      // To a shell a word that begins with # is a comment.
      return rooms.map(({ room }) => (current.startsWith('#') ? room : room.slice(1)));
    }
  }
}
