// The completion scripts that the packages install, asked of the programs themselves, so that they offer what the programs take.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SHELLS = ['bash', 'zsh'];
/** What a word that is no flag can be, for programs that cannot tell by themselves. */
const OTHERWISE = {
  chat: { bash: 'hostname', zsh: '_hosts' },
  chatroomd: { bash: 'file', zsh: '_files' },
};

/** Writes PROGRAM.bash and PROGRAM.zsh into `directory` for each program of `programs`, the directory that build.mjs filled. */
export function writeCompletions(programs, directory) {
  const ask = (program, ...args) =>
    execFileSync(process.execPath, [join(programs, `${program}.js`), ...args], { encoding: 'utf8' });
  for (const shell of SHELLS) {
    writeFileSync(join(directory, `chatctl.${shell}`), ask('chatctl', 'completion', shell));
    const template = readFileSync(join(import.meta.dirname, `completions/flags.${shell}`), 'utf8');
    for (const [program, { [shell]: otherwise }] of Object.entries(OTHERWISE)) {
      const script = template
        .replaceAll('@PROGRAM@', program)
        .replaceAll('@FLAGS@', flagsIn(ask(program, '--help')).join(' '))
        .replaceAll('@OTHERWISE@', otherwise);
      writeFileSync(join(directory, `${program}.${shell}`), script);
    }
  }
}

/** The flags that a help text begins its lines with. */
function flagsIn(help) {
  const flags = [...help.matchAll(/^ +(?:-\w, )?(--[a-z][a-z-]*)/gm)].map(([, flag]) => flag);
  if (flags.length === 0) throw new Error(`there are no flags in ${JSON.stringify(help)}`);
  return flags;
}
