// What a verb of chatctl is: a row that says how it is written and what it does.

import { EXIT, type ExitCode } from '../control/protocol.ts';
import type { ControlClient } from './client.ts';
import { Failure } from './failure.ts';
import type { Screen } from './screen.ts';

/** What can stand in a place of a command line: live names, or fixed words. */
export type Completes = 'users' | 'rooms' | 'nothing' | readonly string[];

export interface Flag {
  readonly alias?: string;
  /** How its value is called in the help; null for one that takes none. */
  readonly value: string | null;
  readonly help: string;
  readonly completes: Completes;
}

/** What stands after the verb: its words, and the values of its flags, which are empty texts for those that take none. */
export interface Given {
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, string | undefined>>;
}

/** What a verb works with. */
export interface Bench {
  readonly client: ControlClient;
  readonly screen: Screen;
  readonly stdin: NodeJS.ReadStream;
}

export interface Verb {
  readonly name: string;
  readonly aliases: readonly string[];
  /** Its words as a manual shows them; its flags are added. */
  readonly args: string;
  /** How many words it takes. */
  readonly words: { readonly least: number; readonly most: number };
  readonly help: string;
  readonly flags: Readonly<Record<string, Flag>>;
  /** What its first word can be. */
  readonly completes: Completes;
  /** @throws Failure */
  readonly run: (bench: Bench, given: Given) => Promise<ExitCode>;
}

/** The verb with all its words and flags, as the first line of its help. */
export function usageOf({ name, args, flags }: Verb): string {
  const options = Object.entries(flags).map(
    ([flag, { alias, value }]) =>
      `[${alias === undefined ? `--${flag}` : `-${alias}`}${value === null ? '' : ` ${value}`}]`,
  );
  return ['chatctl', name, args, ...options].filter((part) => part !== '').join(' ');
}

/** A command line that cannot be carried out. */
export function misuse(text: string): Failure {
  return new Failure(EXIT.usage, 'usage', text);
}
