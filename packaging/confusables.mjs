// Makes src/core/confusables.ts out of Unicode's confusables.txt (https://www.unicode.org/Public/security/latest/confusables.txt), of which
// it keeps the characters a name can have: `node packaging/confusables.mjs confusables.txt`.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LINE_CHARS = 108;
const TARGET = join(import.meta.dirname, '../src/core/confusables.ts');
// What an editor would not show in its place: marks, blanks, what is written from right to left; and what ends a template.
const ESCAPED =
  /[\p{M}\p{C}\p{Z}\\`$\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/gu;

const text = readFileSync(process.argv[2] ?? 'confusables.txt', 'utf8');
const [, version] = /^# Version: (.+)$/m.exec(text) ?? [];
const possible = charactersOfNames();
const groups = new Map();
for (const [, source, prototype] of text.matchAll(/^([\dA-F]+) ;\s*([\dA-F ]+?) ;/gm)) {
  const char = charsOf(source);
  if (possible.has(char)) groups.set(charsOf(prototype), (groups.get(charsOf(prototype)) ?? '') + char);
}
const written = [...groups]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([prototype, chars]) => `${shown(prototype)}:${shown(chars)}`);
writeFileSync(
  TARGET,
  `// What reads like what (UTS 39, 4): each prototype with the characters that read like it, as far as a name can have them.
// Made by packaging/confusables.mjs out of Unicode's confusables.txt ${version}, © Unicode, Inc., which may be used under the Unicode
// License v3 (packaging/LICENSE.unicode).

/** \`PROTOTYPE:CHARACTERS\` with blanks between. */
export const CONFUSABLES = \`
${lines(written).join('\n')}
\`;
`,
);

/** The characters of names in the form that is compared (NFD), names being kept in NFKC (src/core/names.ts). */
function charactersOfNames() {
  const found = new Set();
  for (let code = 0; code <= 0x10ffff; code++) {
    const char = code >= 0xd800 && code < 0xe000 ? '' : String.fromCodePoint(code);
    if (!/^[\p{L}\p{N}\p{M}_.-]$/u.test(char) || char.normalize('NFKC') !== char) continue;
    for (const part of char.normalize('NFD')) found.add(part);
  }
  return found;
}

function charsOf(codes) {
  return String.fromCodePoint(...codes.split(' ').map((code) => Number.parseInt(code, 16)));
}

function shown(chars) {
  return chars.replace(ESCAPED, (char) => `\\u{${char.codePointAt(0).toString(16)}}`);
}

function lines(words) {
  return words.reduce((all, word) => {
    const last = all.at(-1);
    if (last === undefined || last.length + word.length >= LINE_CHARS) return [...all, word];
    return [...all.slice(0, -1), `${last} ${word}`];
  }, []);
}
