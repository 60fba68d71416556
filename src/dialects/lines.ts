// Cuts a byte stream into lines, whatever places the network split it at, holding at most one line's worth of it.

const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);

export class LineSplitter {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #size = 0;
  // The line under way is already over the limit: it is thrown away up to its newline.
  #overlong = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** How many bytes of an unfinished line are held. */
  get held(): number {
    return this.#size;
  }

  /**
   * The lines that `chunk` completes, without LF or CR LF, as text (invalid UTF-8 becomes U+FFFD); null for each line
   * of more than the allowed bytes.
   */
  push(chunk: Buffer): (string | null)[] {
    const lines: (string | null)[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      lines.push(this.#finish(chunk, start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start));
    return lines;
  }

  /** The unfinished rest, as a line of its own; null when there is none or it is over the limit. */
  rest(): string | null {
    return this.#size === 0 ? null : this.#finish(NOTHING, 0, 0);
  }

  /** The line that ends with the bytes of `chunk` from `start` to `end`. */
  #finish(chunk: Buffer, start: number, end: number): string | null {
    const tooLong = this.#overlong || this.#size + end - start > this.#maxBytes;
    const parts = this.#parts;
    this.#parts = [];
    this.#size = 0;
    this.#overlong = false;
    if (tooLong) return null;
    const text =
      parts.length === 0
        ? chunk.toString('utf8', start, end)
        : Buffer.concat([...parts, chunk.subarray(start, end)]).toString();
    return text.endsWith('\r') ? text.slice(0, -1) : text;
  }

  #hold(rest: Buffer): void {
    if (this.#overlong || this.#size + rest.length > this.#maxBytes) {
      this.#overlong = true;
      this.#parts = [];
      this.#size = 0;
      return;
    }
    // A copy, since the chunk belongs to the socket's larger buffer, which a slow peer would otherwise keep alive.
    this.#parts.push(Buffer.from(rest));
    this.#size += rest.length;
    // Many tiny pieces cost more than their bytes: join them.
    if (this.#parts.length >= 16) this.#parts = [Buffer.concat(this.#parts)];
  }
}
