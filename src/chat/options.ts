// What a command line of chat asks for, worked out without touching the process, so that a test can ask for anything.

import yargs from 'yargs';
import { ChatError } from '../core/errors.ts';
import { roomName } from '../core/names.ts';
import { nickname } from '../core/nicknames.ts';
import type { Address } from './address.ts';
import { Ending } from './ending.ts';
import { parseTarget, type Target } from './join-link.ts';
import { isPin } from './trust/channel.ts';

export interface Options {
  /** null for what was not said. */
  readonly target: Target | null;
  readonly nick: string | null;
  readonly room: string | null;
  readonly json: boolean;
  readonly security: Security;
}

/** How the hub is spoken to. */
export type Security = 'plain' | { readonly signIn: SignInBy };

/** How a person signs in; paths are as they were typed, null for what is usual. */
export type SignInBy =
  | { readonly by: 'key'; readonly file: string | null }
  | { readonly by: 'password'; readonly file: string | null }
  | { readonly by: 'nothing' };

export type Invocation =
  | { readonly kind: 'talk'; readonly options: Options }
  | { readonly kind: 'accept'; readonly address: Address; readonly pin: string }
  | { readonly kind: 'forget'; readonly address: Address }
  | { readonly kind: 'show-key'; readonly file: string | null }
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
    .usage('$0 [HOST[:PORT] | LINK] [--nick NAME] [--room ROOM] [--json]\n\nTalks in a chat room.')
    .options({
      nick: { alias: 'n', type: 'string', requiresArg: true, describe: 'name to be known by' },
      room: { alias: 'r', type: 'string', requiresArg: true, describe: 'room to enter besides the lobby' },
      json: { type: 'boolean', describe: 'speak JSON lines on standard input and output, for programs' },
      plain: { type: 'boolean', describe: 'speak plain text, as old servers do: nothing is encrypted' },
      identity: { type: 'string', requiresArg: true, describe: 'sign in by the private key in this file' },
      'no-key': { type: 'boolean', describe: 'sign in by nothing' },
      password: { type: 'boolean', describe: 'sign in by a password, asked for or in $CHATROOM_PASSWORD' },
      'password-file': {
        type: 'string',
        requiresArg: true,
        describe: 'sign in by the password in this file',
      },
      'show-key': { type: 'boolean', describe: 'print your public key, and end' },
      accept: { type: 'string', requiresArg: true, describe: "take this fingerprint for the hub's, and end" },
      forget: { type: 'boolean', describe: "forget the hub's key, and end" },
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
  return asked(given, host === undefined ? null : parseTarget(host));
}

/** The flags as they were given; undefined for those that were not. */
interface Given {
  readonly nick: string | undefined;
  readonly room: string | undefined;
  readonly json: boolean | undefined;
  readonly plain: boolean | undefined;
  readonly identity: string | undefined;
  readonly 'no-key': boolean | undefined;
  readonly password: boolean | undefined;
  readonly 'password-file': string | undefined;
  readonly 'show-key': boolean | undefined;
  readonly accept: string | undefined;
  readonly forget: boolean | undefined;
}

function asked(given: Given, target: Target | null): Invocation {
  const { nick, room, identity, accept } = given;
  if (accept !== undefined) {
    if (!isPin(accept)) throw usage(`${JSON.stringify(accept)} is no fingerprint (sha256-…)`);
    return { kind: 'accept', address: hubOf(target, `--accept ${accept}`), pin: accept };
  }
  if (given.forget === true) return { kind: 'forget', address: hubOf(target, '--forget') };
  if (given['show-key'] === true) return { kind: 'show-key', file: identity ?? null };
  const options = {
    target,
    nick: nick === undefined ? null : good(nick, nickname),
    room: room === undefined ? (target?.room ?? null) : good(room, roomName),
    json: given.json === true,
    security: securityOf(given),
  };
  return { kind: 'talk', options };
}

/** The hub that a flag is about. */
function hubOf(target: Target | null, flag: string): Address {
  if (target === null) throw usage(`which hub? chat ${flag} HOST[:PORT]`);
  return target.address;
}

function securityOf(given: Given): Security {
  const { identity = null, 'password-file': passwordFile = null } = given;
  const byPassword = given.password === true || passwordFile !== null;
  const byNothing = given['no-key'] === true;
  if (given.plain === true) {
    if (identity !== null || byPassword) throw usage('over plain text nobody signs in: leave out --plain');
    return 'plain';
  }
  if ([identity !== null, byPassword, byNothing].filter(Boolean).length > 1)
    throw usage('a key, a password or nothing: choose one of them');
  if (byNothing) return { signIn: { by: 'nothing' } };
  return { signIn: byPassword ? { by: 'password', file: passwordFile } : { by: 'key', file: identity } };
}

/** Whether one can go to `target` in this way. @throws Ending with status 2. */
export function checkFit(security: Security, { pin, invite }: Target): void {
  if (security === 'plain' && pin !== null) throw usage('a link is for TLS: leave out --plain');
  if (security !== 'plain' && security.signIn.by === 'nothing' && invite !== null)
    throw usage('an invitation needs a key: leave out --no-key');
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
