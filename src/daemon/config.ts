// Settings come from four places: flag before environment before file before default. Here they meet, every value is checked wherever it
// comes from, even one that another place overrides, and all that is wrong is told at once with its place.

import assert from 'node:assert';
import { parse, TomlError } from 'smol-toml';
import { socketPathProblem } from '../control/paths.ts';
import { escapeInvisible } from './log-line.ts';
import { nearest } from './nearest.ts';
import type { Kind, Reading } from './setting-kinds.ts';
import {
  environmentName,
  keyOf,
  type MutableSettings,
  put,
  rowOf,
  SETTING_NAMES,
  type SettingName,
  type Settings,
  tomlOf,
} from './settings.ts';
import type { Surroundings } from './setting-row.ts';
import { type KeyPosition, keyPositions } from './toml-positions.ts';

/** Settings that cannot be used: one sentence a problem, each with its place. The program ends with exit code 2. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Where settings may come from, already read but not yet looked into. */
export interface Sources {
  /** The texts given for each flag, in order. */
  readonly flags: ReadonlyMap<SettingName, readonly string[]>;
  readonly file: ConfigFile | undefined;
  readonly here: Surroundings;
}

export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

/** Effective settings, and for each the words that tell where it came from. */
export interface Resolved {
  readonly settings: Settings;
  readonly origins: ReadonlyMap<SettingName, string>;
  /** The settings file that was read; null when there was none. */
  readonly file: string | null;
}

const MAX_FILE_BYTES = 64 * 1024;
const KEYS: readonly string[] = SETTING_NAMES.map(keyOf);

/**
 * Reads the settings file at `path`; one that was not named by the operator may be missing.
 * @throws ConfigError for a file that is missing although named, cannot be read, is too large or is not UTF-8
 */
export function readConfigFile(
  path: string,
  wanted: 'named' | 'if there',
  read: (path: string) => Uint8Array,
): ConfigFile | undefined {
  let bytes: Uint8Array;
  try {
    bytes = read(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT' && wanted === 'if there') return undefined;
    const reasons: Record<string, string> = {
      ENOENT: 'there is no such file',
      EACCES: 'permission denied',
      EISDIR: 'it is a directory',
    };
    throw new ConfigError([`${path}: the settings cannot be read: ${reasons[code] ?? code}`]);
  }
  if (bytes.length > MAX_FILE_BYTES)
    throw new ConfigError([
      `${path}: a settings file may have ${MAX_FILE_BYTES} bytes, this has ${bytes.length}`,
    ]);
  try {
    return { path, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    throw new ConfigError([`${path}: the file is not UTF-8 text`]);
  }
}

/**
 * Settles every setting.
 * @throws ConfigError with every problem of every source
 */
export function resolveSettings(sources: Sources): Resolved {
  const problems: string[] = [];
  const file = openFile(sources.file, problems);
  const origins = new Map<SettingName, string>();
  const values: Partial<MutableSettings> = {};
  for (const name of SETTING_NAMES) {
    const { kind, default: standard } = rowOf(name);
    const candidates = [
      fromFlag(name, kind, sources.flags.get(name)),
      fromEnvironment(name, kind, sources.here.env[environmentName(name)]),
      fromFile(name, kind, file),
    ].filter((candidate) => candidate !== undefined);
    for (const { reading, complaint } of candidates) {
      if ('bad' in reading)
        problems.push(`${complaint} must be ${reading.expects} (got ${show(reading.bad)})`);
    }
    const [chosen] = candidates;
    origins.set(name, chosen?.origin ?? 'default');
    const fallback = 'value' in standard ? standard.value : standard.of(sources.here);
    put(values, name, chosen !== undefined && 'value' in chosen.reading ? chosen.reading.value : fallback);
  }
  assert(isComplete(values));
  const tooLong = socketPathProblem(values.control);
  if (tooLong !== undefined) problems.push(`control: ${tooLong}`);
  if ((values.tlsCertificate === 'auto') !== (values.tlsKey === 'auto'))
    problems.push('tls-certificate and tls-key belong together: set both, or neither');
  if (problems.length > 0) throw new ConfigError(problems);
  return { settings: values, origins, file: sources.file?.path ?? null };
}

function isComplete(values: Partial<Settings>): values is Settings {
  return SETTING_NAMES.every((name) => values[name] !== undefined);
}

/**
 * What the hub goes on with when its settings were read again while it runs: new values where they count on reload, old ones where they
 * wait for a restart. Both kinds of change are listed by name.
 */
export function mergeReloaded(
  running: Resolved,
  reread: Resolved,
): { resolved: Resolved; changed: readonly SettingName[]; waiting: readonly SettingName[] } {
  const settings: MutableSettings = { ...reread.settings };
  const origins = new Map(reread.origins);
  const differing = SETTING_NAMES.filter(
    (name) => tomlOf(name, running.settings) !== tomlOf(name, reread.settings),
  );
  const waiting = differing.filter((name) => rowOf(name).counts === 'on restart');
  for (const name of waiting) {
    put(settings, name, running.settings[name]);
    origins.set(name, running.origins.get(name) ?? 'default');
  }
  const changed = differing.filter((name) => rowOf(name).counts === 'on reload');
  return { resolved: { settings, origins, file: reread.file }, changed, waiting };
}

/** One place's say about a setting: what was read, how to begin a complaint about it, and how to name the place. */
interface Candidate<T> {
  readonly reading: Reading<T>;
  readonly complaint: string;
  readonly origin: string;
}

function fromFlag<T>(
  name: SettingName,
  kind: Kind<T>,
  texts: readonly string[] | undefined,
): Candidate<T> | undefined {
  if (texts === undefined) return undefined;
  // A list is gathered from all its flags; of any other setting the last flag counts, so that a script's flags can be overridden.
  const text = kind.many === 'list' ? texts.join(',') : (texts.at(-1) ?? '');
  return { reading: kind.fromText(text), complaint: `--${keyOf(name)}`, origin: `flag --${keyOf(name)}` };
}

function fromEnvironment<T>(
  name: SettingName,
  kind: Kind<T>,
  text: string | undefined,
): Candidate<T> | undefined {
  if (text === undefined || text === '') return undefined;
  const variable = environmentName(name);
  return {
    reading: kind.fromText(text),
    complaint: `environment: ${variable}`,
    origin: `environment ${variable}`,
  };
}

interface OpenFile {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly positions: ReadonlyMap<string, KeyPosition>;
}

function fromFile<T>(name: SettingName, kind: Kind<T>, file: OpenFile | undefined): Candidate<T> | undefined {
  const key = keyOf(name);
  if (file === undefined || !Object.hasOwn(file.values, key)) return undefined;
  const reading = kind.fromToml(file.values[key]);
  const position = file.positions.get(key);
  const item = 'bad' in reading && reading.item !== undefined ? position?.items[reading.item] : undefined;
  const at = item ?? position?.value ?? { line: 1, column: 1 };
  return {
    reading,
    complaint: `${file.path}:${at.line}:${at.column}: ${key}`,
    origin: `${file.path}:${position?.key.line ?? 1}`,
  };
}

/** Parses the file and notes unknown keys among the problems; a file that is not TOML at all has no values. */
function openFile(file: ConfigFile | undefined, problems: string[]): OpenFile | undefined {
  if (file === undefined) return undefined;
  let values: Readonly<Record<string, unknown>>;
  try {
    values = parse(file.text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n');
    problems.push(`${file.path}:${error.line}:${error.column}: not valid TOML: ${reason}`);
    return undefined;
  }
  const positions = keyPositions(file.text);
  for (const key of Object.keys(values).filter((each) => !KEYS.includes(each))) {
    const { line, column } = positions.get(key)?.key ?? { line: 1, column: 1 };
    problems.push(`${file.path}:${line}:${column}: ${unknownKey(key, values[key])}`);
  }
  return { path: file.path, values, positions };
}

function unknownKey(key: string, value: unknown): string {
  const meant = nearest(key, KEYS);
  if (meant !== undefined) return `there is no setting ${show(key)}; did you mean ${meant}?`;
  const isTable = show(value) === 'a table';
  const next = isTable
    ? 'settings stand in no table, write them as key = value'
    : 'chatroomd --help lists all settings';
  return `there is no setting ${show(key)}; ${next}`;
}

/** A refused value, as the operator wrote it but short and harmless to show. */
function show(value: unknown): string {
  if (typeof value === 'string')
    return escapeInvisible(JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value));
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (value instanceof Date) return 'a date';
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'a table';
}
