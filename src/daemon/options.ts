// What a command line of chatroomd asks for. It is worked out here without touching the process, so that a test can ask for anything;
// main does what comes out.

import yargs from 'yargs';
import { defaultConfigFile, SYSTEM_STATE_DIR } from '../control/paths.ts';
import { ConfigError, type Resolved, readConfigFile, resolveSettings } from './config.ts';
import { nearest } from './nearest.ts';
import { printConfig } from './print-config.ts';
import { defaultInWords, keyOf, rowOf, SETTING_NAMES, type SettingName } from './settings.ts';
import type { Surroundings } from './setting-row.ts';

/** What chatroomd should do: run, put a backup in the place of the store, or say something and end. */
export type Invocation =
  | { readonly kind: 'run'; readonly resolved: Resolved; readonly reread: () => Resolved }
  | { readonly kind: 'restore'; readonly backup: string; readonly stateDir: string }
  | { readonly kind: 'answer'; readonly text: string; readonly exitCode: 0 }
  | { readonly kind: 'refuse'; readonly text: string; readonly exitCode: 2 };

/** The outside world, as far as a command line can ask about it. */
export interface World extends Surroundings {
  readonly readFile: (path: string) => Uint8Array;
  /** Width of the terminal that help is written for. */
  readonly columns: number;
  readonly version: string;
}

const OWN_FLAGS = {
  config: { type: 'string', describe: 'settings file to read, instead of the usual one' },
  'check-config': { type: 'boolean', describe: 'check all settings, say what is wrong with them, and end' },
  'print-config': {
    type: 'boolean',
    describe: 'print the effective settings and where each came from, and end',
  },
  restore: {
    type: 'string',
    describe: 'put the backup FILE into the place of the store, say where the old one went, and end',
  },
  'no-limits': { type: 'boolean', describe: 'the same as --limits off' },
  version: { type: 'boolean', describe: 'print the version, and end' },
  help: { type: 'boolean', describe: 'print this help, and end' },
} as const;

/**
 * Reads a command line (without the program's own name).
 * `reread`, on a running hub, reads the same file with the same flags and environment again and throws ConfigError if it is not good.
 */
export function readInvocation(argv: readonly string[], world: World): Invocation {
  const parser = commandLine(world);
  const given: Record<string, unknown> = parser.parseSync([...argv]);
  const problems = misuse(given);
  if (problems.length > 0) return refuse(problems, 'chatroomd --help lists all flags');
  if (given['help'] === true) return answer(helpOf(parser));
  if (given['version'] === true) return answer(`chatroomd ${world.version}\n`);

  const named = lastText(given['config']) ?? world.env['CHATROOM_CONFIG'];
  const path = named === undefined || named === '' ? defaultConfigFile(world) : named;
  const wanted = path === named ? 'named' : 'if there';
  const flags = flagsOf(given);
  const backup = lastText(given['restore']);
  const here = backup === undefined ? world : asService(world);
  const reread = (): Resolved => {
    return resolveSettings({ flags, file: readConfigFile(path, wanted, world.readFile), here });
  };
  try {
    const resolved = reread();
    if (given['print-config'] === true) return answer(printConfig(resolved));
    if (given['check-config'] === true) return answer('chatroomd: the settings are good\n');
    if (backup !== undefined) return { kind: 'restore', backup, stateDir: resolved.settings.stateDir };
    return { kind: 'run', resolved, reread };
  } catch (error) {
    if (error instanceof ConfigError) return refuse(error.problems);
    throw error;
  }
}

/** Who restores as root, means the store of the service, which root does not start itself. */
function asService(world: World): World {
  return world.uid === 0 ? { ...world, env: { STATE_DIRECTORY: SYSTEM_STATE_DIR, ...world.env } } : world;
}

/** yargs splits the words and lays out the help; which values are good is the settings table's to say. */
function commandLine(world: World): ReturnType<typeof yargs> {
  const parser = yargs([])
    .scriptName('chatroomd')
    .usage('$0 [--config FILE] [--SETTING VALUE ...]\n\nThe hub of a chat room: it listens, and people talk.')
    .epilogue(
      'Each setting may also stand in the settings file, as key = value, or in the environment, as CHATROOM_KEY. See chatroom.toml(5).',
    )
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
    .wrap(Math.min(Math.max(world.columns, 60), 110));
  for (const name of SETTING_NAMES) {
    const { help, group, kind } = rowOf(name);
    const describe = `${help} (${kind.form})`;
    parser.option(keyOf(name), {
      type: 'string',
      describe,
      group: `${group}:`,
      defaultDescription: defaultInWords(name),
    });
  }
  return parser.options(OWN_FLAGS).group(Object.keys(OWN_FLAGS), 'Program:');
}

function helpOf(parser: ReturnType<typeof yargs>): string {
  let text = '';
  parser.showHelp((help) => {
    text = help;
  });
  return `${text}\n`;
}

/** Words that mean nothing here, each with the flag that may have been meant. */
function misuse(given: Readonly<Record<string, unknown>>): string[] {
  const flags = [...SETTING_NAMES.map(keyOf), ...Object.keys(OWN_FLAGS)];
  const unknown = Object.keys(given).filter((name) => name !== '_' && name !== '$0' && !flags.includes(name));
  const words = Array.isArray(given['_']) ? given['_'].map(String) : [];
  return [
    ...unknown.map((name) => {
      const meant = nearest(name, flags);
      const flag = `${name.length === 1 ? '-' : '--'}${name}`;
      return `there is no flag ${flag}${meant === undefined ? '' : `; did you mean --${meant}?`}`;
    }),
    ...(lastText(given['restore']) === '' ? ['--restore needs the path of a backup'] : []),
    ...words.map((word) => `${JSON.stringify(word)} is not a flag; a setting is given as --KEY VALUE`),
  ];
}

function flagsOf(given: Readonly<Record<string, unknown>>): ReadonlyMap<SettingName, readonly string[]> {
  const flags = new Map<SettingName, readonly string[]>();
  for (const name of SETTING_NAMES) {
    const texts = textsOf(given[keyOf(name)]);
    if (texts.length > 0) flags.set(name, texts);
  }
  if (given['no-limits'] === true) flags.set('limits', ['off']);
  return flags;
}

/** yargs gives a flag's text as it is, or an array of them when it stood several times. */
function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((text) => typeof text === 'string');
}

function lastText(value: unknown): string | undefined {
  return textsOf(value).at(-1);
}

function answer(text: string): Invocation {
  return { kind: 'answer', text, exitCode: 0 };
}

function refuse(problems: readonly string[], nextStep?: string): Invocation {
  const lines = nextStep === undefined ? problems : [...problems, nextStep];
  return { kind: 'refuse', text: lines.map((line) => `chatroomd: ${line}\n`).join(''), exitCode: 2 };
}
