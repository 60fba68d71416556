// What is coloured, and how: the terminal's own attributes, and for names colours that can be read on black and on
// white. Every mark also has a word of its own in render.ts, so that nothing is lost without colours.

import { foldName } from '../core/names.ts';

type Paint = (text: string) => string;

export interface Theme {
  /** A person's name, always in the same colour. */
  readonly name: Paint;
  readonly dim: Paint;
  readonly bold: Paint;
  readonly private: Paint;
  readonly trouble: Paint;
  /** Something that mentions the reader. */
  readonly mention: Paint;
}

const asIs: Paint = (text) => text;

/** For pipes, and for people who want no colour. */
export const NO_COLOURS: Theme = {
  name: asIs,
  dim: asIs,
  bold: asIs,
  private: asIs,
  trouble: asIs,
  mention: asIs,
};

/** Of the 256 colours those with a contrast of at least 3.5 to black and to white (WCAG 2 asks 3 for bold text). */
export const NAME_COLOURS: readonly number[] = [
  26, 27, 28, 29, 30, 31, 32, 33, 61, 62, 63, 64, 67, 68, 94, 97, 98, 99, 100, 128, 129, 130, 131, 132, 133,
  134, 135, 160, 161, 162, 163, 164, 165, 166, 167, 168, 196, 197, 198, 199,
];
/** Of the eight colours those that most palettes keep readable. */
const FEW_COLOURS: readonly number[] = [1, 2, 5, 6];

/** `depth`: bits of colour the terminal knows, 1 for none (tty.WriteStream.getColorDepth). */
export function themeFor(depth: number): Theme {
  if (depth < 4) return NO_COLOURS;
  const rich = depth >= 8;
  return {
    name: (name) => {
      const colours = rich ? NAME_COLOURS : FEW_COLOURS;
      const colour = colours[hash(foldName(name)) % colours.length] ?? 0;
      return rich ? paint(`1;38;5;${colour}`, '22;39')(name) : paint(`1;3${colour}`, '22;39')(name);
    },
    dim: paint('2', '22'),
    bold: paint('1', '22'),
    private: paint('1;35', '22;39'),
    trouble: paint('31', '39'),
    mention: paint('7', '27'),
  };
}

/** Each line by itself, so that every row of a longer text can stand alone. */
function paint(on: string, off: string): Paint {
  return (text) =>
    text
      .split('\n')
      .map((line) => `\u001b[${on}m${line}\u001b[${off}m`)
      .join('\n');
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return value;
}
