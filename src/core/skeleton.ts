// What a text looks like, whatever characters it is written with: the skeleton of Unicode's UTS 39.

import { CONFUSABLES } from './confusables.ts';

const ASCII = /^[ -~]*$/;
const IN_ASCII = /[01Im]/g;
const PROTOTYPES: ReadonlyMap<string, string> = new Map(
  CONFUSABLES.trim()
    .split(/\s+/)
    .flatMap((group) => {
      const end = group.lastIndexOf(':');
      return Array.from(group.slice(end + 1), (char) => [char, group.slice(0, end)] as const);
    }),
);

/**
 * The skeleton of `text`: two texts that look the same have the same one (UTS 39, 4). It is not for showing, and differs between upper
 * and lower case, which do not look the same.
 */
export function skeleton(text: string): string {
  if (ASCII.test(text)) return text.replace(IN_ASCII, prototypeOf);
  return Array.from(text.normalize('NFD'), prototypeOf).join('').normalize('NFD');
}

function prototypeOf(char: string): string {
  return PROTOTYPES.get(char) ?? char;
}
