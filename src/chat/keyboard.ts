// The keyboard of a raw terminal: keys one by one, and a paste as one piece, so that its newlines send nothing.

import { emitKeypressEvents } from 'node:readline';
import type { ReadStream } from 'node:tty';
import type { Key } from './editor.ts';

export interface Typist {
  key(key: Key): void;
  paste(text: string): void;
}

/** What readline says of a key; `sequence` is what the terminal sent. */
interface Keypress {
  readonly name?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
}

/** Far more than anybody can mean to send; what comes after it in one paste is dropped. */
const MOST_PASTED_UNITS = 64 * 1024;

export class Keyboard {
  readonly #input: ReadStream;
  readonly #typist: Typist;
  /** What was pasted so far; null outside of a paste. */
  #pasted: string[] | null = null;
  #pastedUnits = 0;

  constructor(input: ReadStream, typist: Typist) {
    this.#input = input;
    this.#typist = typist;
    emitKeypressEvents(input);
  }

  /** Takes the keys one by one from now on. */
  start(): void {
    this.#input.setRawMode(true);
    this.#input.on('keypress', this.#onKeypress);
    this.#input.resume();
  }

  /** Gives the terminal back as it was. */
  stop(): void {
    this.#input.off('keypress', this.#onKeypress);
    this.#input.setRawMode(false);
    this.#input.pause();
    this.#pasted = null;
  }

  readonly #onKeypress = (text: string | undefined, { name, ctrl, meta }: Keypress): void => {
    if (name === 'paste-start') {
      this.#pasted = [];
      this.#pastedUnits = 0;
    } else if (this.#pasted === null) {
      this.#typist.key({ name, ctrl, meta, text });
    } else if (name === 'paste-end') {
      const pasted = this.#pasted.join('');
      this.#pasted = null;
      this.#typist.paste(pasted);
    } else if (ctrl === true && name === 'c') {
      // The end of a paste that never came must not lock anybody in.
      this.#pasted = null;
      this.#typist.key({ name, ctrl });
    } else if (text !== undefined && this.#pastedUnits < MOST_PASTED_UNITS) {
      this.#pasted.push(text);
      this.#pastedUnits += text.length;
    }
  };
}
