// All that chatctl says goes out by this door, so that nothing a user wrote reaches the operator's terminal unsafe.

import { once } from 'node:events';
import type { WriteStream } from 'node:tty';
import { safeLine } from '../core/text.ts';
import type { Failure } from './failure.ts';
import { cutTo, tableLines } from './table.ts';

/** What JSON may hold raw though a terminal could act on it: DEL, C1 controls and what changes the order of text. */
const UNSAFE_IN_JSON =
  /[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

export interface ScreenSetup {
  readonly out: WriteStream;
  readonly err: WriteStream;
  readonly form: 'text' | 'json';
  readonly env: Readonly<Record<string, string | undefined>>;
}

export class Screen {
  readonly form: 'text' | 'json';
  readonly isTerminal: boolean;
  readonly #out: WriteStream;
  readonly #err: WriteStream;
  readonly #bold: boolean;

  constructor({ out, err, form, env }: ScreenSetup) {
    this.#out = out;
    this.#err = err;
    this.form = form;
    this.isTerminal = out.isTTY;
    // https://no-color.org: any value but the empty one.
    this.#bold = this.isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  }

  /** One JSON document: indented for a person, on one line for a program. */
  document(value: object): void {
    this.#out.write(`${safeJson(value, this.isTerminal ? 2 : 0)}\n`);
  }

  /** One line of a stream, as JSON or as text; resolves when it is worth going on. */
  async streamed(value: object, text: string): Promise<void> {
    const taken = this.#out.write(`${this.form === 'json' ? safeJson(value, 0) : safeLine(text)}\n`);
    if (!taken) await once(this.#out, 'drain');
  }

  line(text: string, indent = 0): void {
    this.#out.write(`${' '.repeat(indent)}${safeLine(text)}\n`);
  }

  /** Text of our own that is to stay as it is, several lines of it. */
  verbatim(text: string): void {
    this.#out.write(text);
  }

  table(header: readonly string[], rows: readonly (readonly string[])[]): void {
    const safe = rows.map((row) => row.map(safeLine));
    const [first = '', ...others] = tableLines([header, ...safe]).map((line) => this.#fitted(line));
    this.#out.write(`${[this.#bold ? `\u001b[1m${first}\u001b[22m` : first, ...others].join('\n')}\n`);
  }

  /** Names with their values, a line each. */
  list(rows: readonly (readonly [name: string, value: string])[]): void {
    const lines = tableLines(rows.map(([name, value]) => [name, safeLine(value)]));
    this.#out.write(lines.map((line) => `${this.#fitted(line)}\n`).join(''));
  }

  /** Something on the side, for a person only: it does not belong to the answer. */
  hint(text: string): void {
    this.#err.write(`chatctl: ${safeLine(text)}\n`);
  }

  /** A question to a person, who answers on the same line. */
  question(text: string): void {
    this.#err.write(safeLine(text));
    this.#err.write(' ');
  }

  /** The answer was not shown, nor its end. */
  answered(): void {
    this.#err.write('\n');
  }

  failure({ code, message }: Failure): void {
    if (this.form === 'json') {
      this.#err.write(`${safeJson({ error: { code, text: message } }, 0)}\n`);
      return;
    }
    const [first = '', ...others] = message.split('\n').map(safeLine);
    this.#err.write(`chatctl: ${first}\n${others.map((line) => `  ${line}\n`).join('')}`);
  }

  #fitted(line: string): string {
    return this.isTerminal && this.#out.columns > 0 ? cutTo(line, this.#out.columns) : line;
  }
}

function safeJson(value: object, indent: number): string {
  return JSON.stringify(value, null, indent).replace(
    UNSAFE_IN_JSON,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
