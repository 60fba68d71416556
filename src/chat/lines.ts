// Cuts a stream of bytes into lines. What it holds of an unfinished line is bounded, so that no hub and no pipe can
// fill our memory.

import { ChatError } from '../core/errors.ts';

const NEWLINE = 0x0a;

/** The longest line from a hub or from a pipe. */
export const MAX_LINE_BYTES = 1024 * 1024;

export class Lines {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #held = 0;

  constructor(maxBytes: number = MAX_LINE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /**
   * The lines that `chunk` completes, without LF or CR LF; invalid UTF-8 becomes U+FFFD.
   * @throws ChatError `too-long` for a line over the limit; nothing can be read after it.
   */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#hold(chunk.subarray(start, end));
      lines.push(this.#take());
      start = end + 1;
    }
    this.#hold(chunk.subarray(start));
    return lines;
  }

  /** The last line when it has no newline; null when there is none. */
  rest(): string | null {
    return this.#held === 0 ? null : this.#take();
  }

  #hold(part: Buffer): void {
    if (part.length === 0) return;
    this.#held += part.length;
    if (this.#held > this.#maxBytes) {
      throw new ChatError('too-long', `a line of more than ${this.#maxBytes} bytes`);
    }
    this.#parts.push(part);
  }

  #take(): string {
    const text =
      (this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts))?.toString('utf8') ?? '';
    this.#parts = [];
    this.#held = 0;
    return text.endsWith('\r') ? text.slice(0, -1) : text;
  }
}
