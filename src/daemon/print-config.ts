// --print-config answers "what does the hub really use, and who said so?" in a form that can itself be used as the settings file.

import type { Resolved } from './config.ts';
import { keyOf, rowOf, SETTING_NAMES, tomlOf } from './settings.ts';

/** Comments line up behind values no longer than this. */
const ALIGNED_CHARS = 44;

/** Every effective setting as TOML, a line each, with its origin in a comment. Ends with a newline. */
export function printConfig({ settings, origins }: Resolved): string {
  let heading: string | undefined;
  let text = '';
  for (const name of SETTING_NAMES) {
    const { group } = rowOf(name);
    if (group !== heading) text += `${heading === undefined ? '' : '\n'}# ${group}\n`;
    heading = group;
    // JSON's escapes keep a file name from ending the comment early.
    const origin = JSON.stringify(origins.get(name) ?? 'default').slice(1, -1);
    text += `${`${keyOf(name)} = ${tomlOf(name, settings)}`.padEnd(ALIGNED_CHARS)}  # from ${origin}\n`;
  }
  return text;
}
