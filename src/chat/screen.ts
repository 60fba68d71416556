// The terminal's picture: what was said scrolls by on the normal screen, where the terminal keeps it, and below it
// stands the input line with the real cursor at the caret. Everything said within 30 ms is written at once.

import type { WriteStream } from 'node:tty';
import stringWidth from 'string-width';
import type { Line } from './editor.ts';
import { type Layout, layOut } from './layout.ts';
import type { Paragraph } from './render.ts';
import { rowsOf } from './wrap.ts';

const BATCH_MS = 30;
const BRACKETED_PASTE_ON = '\u001b[?2004h';
const BRACKETED_PASTE_OFF = '\u001b[?2004l';
const CLEAR_BELOW = '\u001b[J';
const BELL = '\u0007';

export interface Prompt {
  readonly text: string;
  readonly paint: (text: string) => string;
}

export class Screen {
  readonly #output: WriteStream;
  #prompt: Prompt = { text: '> ', paint: (text) => text };
  #line: Line = { text: '', caret: 0 };
  #said: Paragraph[] = [];
  #ring = false;
  /** The input line as it stands on the screen; null while it does not. */
  #drawn: Layout | null = null;
  #state: 'off' | 'on' = 'off';
  #timer: NodeJS.Timeout | null = null;

  constructor(output: WriteStream) {
    this.#output = output;
  }

  start(): void {
    this.#state = 'on';
    this.#output.on('resize', this.#onResize);
    this.#output.write(BRACKETED_PASTE_ON);
    this.#draw();
  }

  /** Shows what is left to show, takes the input line away, and leaves the cursor at the start of a row. */
  stop(): void {
    if (this.#state === 'off') return;
    this.#draw('without input');
    this.#state = 'off';
    this.#output.off('resize', this.#onResize);
    this.#output.write(BRACKETED_PASTE_OFF);
  }

  /** Shows `paragraph` above the input line; `ring` for what should be heard. */
  print(paragraph: Paragraph, ring: boolean): void {
    this.#said.push(paragraph);
    this.#ring ||= ring;
    if (this.#state === 'on') this.#timer ??= setTimeout(() => this.#draw(), BATCH_MS);
  }

  /** Shows the input line as it is now. */
  input(prompt: Prompt, line: Line): void {
    this.#prompt = prompt;
    this.#line = line;
    if (this.#state === 'on') this.#draw();
  }

  /** Starts on an empty screen; what was on it goes to where the terminal keeps older rows. */
  clear(): void {
    if (this.#state === 'off') return;
    this.#output.write(`${this.#erased()}${'\n'.repeat(this.#size().rows)}\u001b[H`);
    this.#draw();
  }

  #draw(how: 'with input' | 'without input' = 'with input'): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const { columns, rows } = this.#size();
    let out = this.#erased();
    // One column less, since not every terminal agrees on what happens after the last one.
    for (const paragraph of this.#said) for (const row of rowsOf(paragraph, columns - 1)) out += `${row}\r\n`;
    this.#said = [];
    if (this.#ring) out += BELL;
    this.#ring = false;
    if (how === 'with input') out += this.#inputRows(columns, Math.max(1, Math.floor(rows / 2)));
    this.#output.write(out);
  }

  #inputRows(columns: number, most: number): string {
    const { text, paint } = this.#prompt;
    const layout = layOut(text, this.#line, columns, most);
    this.#drawn = layout;
    const [first = '', ...rest] = layout.rows;
    const painted = first.startsWith(text) ? paint(text) + first.slice(text.length) : first;
    const { row, column } = layout.caret;
    const up = layout.rows.length - 1 - row;
    return `${[painted, ...rest].join('\r\n')}${up > 0 ? `\u001b[${up}A` : ''}\r${column > 0 ? `\u001b[${column}C` : ''}`;
  }

  /** A terminal that nobody told its size says 0. */
  #size(): { columns: number; rows: number } {
    const { columns, rows } = this.#output;
    return { columns: columns || 80, rows: rows || 24 };
  }

  /** What takes the input line off the screen, the cursor being at its caret. */
  #erased(): string {
    const up = this.#drawn?.caret.row ?? 0;
    const erased = this.#drawn === null ? '' : `${up > 0 ? `\u001b[${up}A` : ''}\r${CLEAR_BELOW}`;
    this.#drawn = null;
    return erased;
  }

  /** The terminal has folded the rows that no longer fit, so the first of them is further up than it was drawn. */
  readonly #onResize = (): void => {
    const { columns } = this.#size();
    if (this.#drawn !== null) {
      const { rows, caret } = this.#drawn;
      const above = rows.slice(0, caret.row).map((row) => Math.max(1, Math.ceil(stringWidth(row) / columns)));
      const row = above.reduce((sum, count) => sum + count, 0) + Math.floor(caret.column / columns);
      this.#drawn = { rows, caret: { row, column: 0 } };
    }
    this.#draw();
  };
}
