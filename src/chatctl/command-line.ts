// Reads a command line of chatctl without touching the process: what to do, what to say, or what is wrong with it.

import yargs from 'yargs';
import { type Given, misuse, usageOf, type Verb } from './verb.ts';

export type Invocation =
  | {
      readonly kind: 'run';
      readonly verb: Verb;
      readonly given: Given;
      readonly form: 'text' | 'json';
      readonly socket: string | undefined;
    }
  | { readonly kind: 'say'; readonly text: string };

const GLOBAL_FLAGS = {
  socket: {
    type: 'string',
    describe: "the hub's control socket, instead of the usual places (or $CHATROOM_CONTROL)",
  },
  json: { type: 'boolean', describe: 'answer in JSON' },
  help: { type: 'boolean', alias: 'h', describe: 'print help, and end' },
  version: { type: 'boolean', describe: "print chatctl's own version, and end" },
} as const;

const INTRODUCTION = `chatctl [--socket PATH] [--json] VERB

Runs a chat room from its own machine.

Verbs:`;

const EPILOGUE =
  'Exit status: 0 done; 1 refused, or nobody matched; 2 wrong usage; 3 the hub is not running; 4 no permission. ' +
  'chatctl VERB --help tells more of a verb.';

/**
 * @param columns the width that help is laid out for
 * @throws Failure with exit status 2
 */
export function readCommandLine(
  argv: readonly string[],
  verbs: readonly Verb[],
  version: string,
  columns: number,
): Invocation {
  let verb: Verb | undefined;
  let problem: string | undefined;
  const parser = yargs([])
    .scriptName('chatctl')
    .epilogue(EPILOGUE)
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .detectLocale(false)
    .exitProcess(false)
    .help(false)
    .version(false)
    .wrap(Math.min(Math.max(columns, 60), 110))
    .options(GLOBAL_FLAGS)
    .strictOptions()
    .recommendCommands()
    .fail((message) => {
      problem = message;
    });
  for (const each of verbs) {
    // Without a description it is left out of yargs' own list.
    parser.command(
      [each.name, ...each.aliases],
      false,
      (own) => {
        own.usage(`${usageOf(each)}\n\n${each.help}`).epilogue('');
        for (const [name, { alias, value, help }] of Object.entries(each.flags)) {
          own.option(name, {
            type: value === null ? 'boolean' : 'string',
            describe: help,
            ...(alias === undefined ? {} : { alias }),
          });
        }
      },
      () => {
        verb = each;
      },
    );
  }
  const parsed: Record<string, unknown> = parser.parseSync([...argv]);
  if (parsed['help'] === true) return { kind: 'say', text: helpOf(parser, verb === undefined ? verbs : []) };
  if (parsed['version'] === true) return { kind: 'say', text: `chatctl ${version}\n` };
  const [name, ...words] = Array.isArray(parsed['_']) ? parsed['_'].map(String) : [];
  if (name === undefined && problem === undefined)
    throw misuse('what shall I do? chatctl --help lists the verbs');
  if (verb === undefined) throw unknownVerb(name ?? '', problem);
  if (problem !== undefined)
    throw misuse(
      `${lowerFirst(problem)}: the usage is ${usageOf(verb)} (a word that begins with - goes after --)`,
    );
  checkWords(verb, words);
  return {
    kind: 'run',
    verb,
    given: {
      words,
      flags: Object.fromEntries(
        Object.entries(verb.flags).map(([flag, { value }]) => [
          flag,
          value === null ? given(parsed, flag) : lastText(parsed, flag),
        ]),
      ),
    },
    form: parsed['json'] === true ? 'json' : 'text',
    socket: lastText(parsed, 'socket'),
  };
}

function unknownVerb(name: string, problem: string | undefined): Error {
  const guess = problem?.startsWith('Did you mean') === true ? ` ${problem}` : '';
  if (name === '') return misuse(`${lowerFirst(problem ?? '')}: chatctl --help lists flags and verbs`);
  return misuse(`there is no verb ${JSON.stringify(name)}.${guess} chatctl --help lists them`);
}

function checkWords(verb: Verb, words: readonly string[]): void {
  const { least, most } = verb.words;
  if (words.length >= least && words.length <= most) return;
  const wrong = words.length < least ? 'something is missing' : `${JSON.stringify(words[most])} is too much`;
  // The shell has taken an unquoted #room for a comment.
  const hint =
    words.length < least && verb.args === 'ROOM'
      ? " (to a shell, # begins a comment: write lobby, or '#lobby')"
      : '';
  throw misuse(`${wrong}: the usage is ${usageOf(verb)}${hint}`);
}

/** The flag that takes no value: an empty text when it was given. */
function given(parsed: Readonly<Record<string, unknown>>, flag: string): string | undefined {
  return [parsed[flag]].flat().at(-1) === true ? '' : undefined;
}

/** yargs gives an array when a flag stood several times: the last counts. */
function lastText(parsed: Readonly<Record<string, unknown>>, flag: string): string | undefined {
  const value = parsed[flag];
  const text: unknown = Array.isArray(value) ? value.at(-1) : value;
  if (typeof text !== 'string') return undefined;
  if (text === '') throw misuse(`--${flag} needs a value`);
  return text;
}

/** yargs lays out the flags; the verbs stand before them with their words, which its own list leaves out. */
function helpOf(parser: ReturnType<typeof yargs>, verbs: readonly Verb[]): string {
  let flags = '';
  parser.showHelp((help) => {
    flags = help;
  });
  return `${verbs.length === 0 ? '' : `${INTRODUCTION}\n${verbs.map(verbHelp).join('')}\n`}${flags}\n`;
}

function verbHelp(verb: Verb): string {
  const also = verb.aliases.length === 0 ? '' : ` (also: ${verb.aliases.join(', ')})`;
  return `  ${usageOf(verb).replace(/^chatctl /, '')}\n      ${verb.help}${also}\n`;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
