// What a command line of chat asks for, worked out without touching the process, so that a test can ask for anything.

import yargs from 'yargs';
import { ChatError } from '../core/errors.ts';
import { nickname, roomName } from '../core/names.ts';
import { type Address, parseAddress } from './address.ts';
import { Ending } from './ending.ts';

export interface Options {
  /** null for what was not said. */
  readonly address: Address | null;
  readonly nick: string | null;
  readonly room: string | null;
  readonly json: boolean;
}

export type Invocation =
  | { readonly kind: 'talk'; readonly options: Options }
  | { readonly kind: 'answer'; readonly text: string };

/**
 * Reads a command line (without the program's own name).
 * @throws Ending with status 2 that says what is wrong.
 */
export function readInvocation(argv: readonly string[], version: string, columns: number): Invocation {
  const parser = yargs([])
    .scriptName('chat')
    // Its own --help and --version would print and exit by themselves.
    .help(false)
    .version(false)
    .usage('$0 [HOST[:PORT]] [--nick NAME] [--room ROOM] [--json]\n\nTalks in a chat room.')
    .options({
      nick: { alias: 'n', type: 'string', requiresArg: true, describe: 'name to be known by' },
      room: { alias: 'r', type: 'string', requiresArg: true, describe: 'room to enter besides the lobby' },
      json: { type: 'boolean', describe: 'speak JSON lines on standard input and output, for programs' },
      version: { type: 'boolean', describe: 'print the version, and end' },
      help: { alias: 'h', type: 'boolean', describe: 'print this help, and end' },
    })
    .epilogue(
      'The port is 3040 unless given; an IPv6 address with a port is written [::1]:3040. See chat(1).',
    )
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'duplicate-arguments-array': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .detectLocale(false)
    .exitProcess(false)
    .wrap(Math.min(Math.max(columns, 60), 110))
    .strictOptions()
    .fail((text, error) => {
      throw error instanceof Ending ? error : usage(text.replace(/\.$/, ''));
    });
  const given = parser.parseSync([...argv]);
  if (given.help === true) return { kind: 'answer', text: `${helpOf(parser)}\n` };
  if (given.version === true) return { kind: 'answer', text: `chat ${version}\n` };
  const [host, ...more] = given._.map(String);
  if (more.length > 0) throw usage(`${JSON.stringify(more[0])} is one word too many`);
  return {
    kind: 'talk',
    options: {
      address: host === undefined ? null : parseAddress(host),
      nick: given.nick === undefined ? null : good(given.nick, nickname),
      room: given.room === undefined ? null : good(given.room, roomName),
      json: given.json === true,
    },
  };
}

function helpOf(parser: { showHelp: (print: (text: string) => void) => unknown }): string {
  let help = '';
  parser.showHelp((text) => {
    help = text;
  });
  return help;
}

function good(value: string, read: (raw: string) => string): string {
  try {
    return read(value);
  } catch (error) {
    if (error instanceof ChatError) throw new Ending(2, error.message);
    throw error;
  }
}

function usage(text: string): Ending {
  return new Ending(2, `${text}: chat --help tells how it is used`);
}
