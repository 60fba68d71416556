// What a text looks like, whatever characters it is written with: the skeleton of Unicode's UTS 39.

import { CONFUSABLES } from './confusables.ts';
import { foldName } from './names.ts';

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

/**
 * What a name can be read as: as it is written, and as it is compared, since others may write it so. Names that share a reading
 * look alike: `paypa1` and `paypaI` like `paypal`, and like one with a Cyrillic `а`.
 */
export function readings(name: string): ReadonlySet<string> {
  return new Set([reading(skeleton(name)), reading(name)]);
}

function reading(name: string): string {
  return foldName(skeleton(foldName(name)));
}
