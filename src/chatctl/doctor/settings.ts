// The settings a hub runs with, or would run with: a running hub tells its own, and for one that does not run chatroomd is asked, the way
// `chatroomd --check-config` answers.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Status } from '../../control/protocol.ts';
import { ask } from './tool.ts';

/** Values by their key in chatroom.toml(5); or what is wrong with them; or why nobody can tell. */
export type Settings =
  | { readonly values: ReadonlyMap<string, unknown> }
  | { readonly problems: readonly string[] }
  | { readonly why: string };

/** systemd.exec(5): what the unit's StateDirectory= and RuntimeDirectory= mean to the hub. */
const SERVICE_DIRECTORIES = { STATE_DIRECTORY: '/var/lib/chatroom', RUNTIME_DIRECTORY: '/run/chatroom' };

export function settingsOf({ settings }: Status): Settings {
  return { values: readValues(Object.entries(settings)) };
}

/** What a hub that systemd, or this user, starts now would run with. */
export async function settingsToCome(startedBy: 'systemd' | 'hand'): Promise<Settings> {
  const program = hubProgram();
  if (program === undefined) return { why: 'chatroomd is not installed beside this chatctl' };
  const env = startedBy === 'systemd' ? SERVICE_DIRECTORIES : {};
  const answer = await ask(process.execPath, [program, '--print-config'], { env });
  if ('why' in answer) return answer;
  if (answer.code === 0) return { values: readValues(printedLines(answer.out)) };
  const problems = answer.err.split('\n').filter((line) => line !== '');
  const locked = problems.find((line) => line.endsWith('permission denied'));
  return locked === undefined
    ? { problems: problems.map((line) => line.replace(/^chatroomd: /, '')) }
    : { why: 'you may not read the settings; root may' };
}

/** As a bundle all programs lie in one directory; as sources each has a directory of its own. */
function hubProgram(): string | undefined {
  const here = import.meta.dirname;
  return [join(here, 'chatroomd.js'), join(here, '../../daemon/main.ts')].find((path) => existsSync(path));
}

function printedLines(text: string): [key: string, value: string][] {
  return [...text.matchAll(/^([a-z-]+) = (.*\S) +# from /gm)].map(([, key = '', value = '']) => [key, value]);
}

/** What the hub prints as TOML is JSON as well: texts, numbers, and lists of texts. */
function readValues(lines: readonly (readonly [key: string, value: string])[]): ReadonlyMap<string, unknown> {
  return new Map(lines.map(([key, value]) => [key, JSON.parse(value) as unknown]));
}
