// What batches are in one language. Each is encoded once for all its readers, and whoever reads only its end gets that part
// of the same bytes: with a thousand newcomers in one batch, each with an end of its own, the work would grow with the square.

import type { Batch, Entry } from '../core/entry.ts';

interface Encoding {
  readonly bytes: Buffer;
  /** Where each entry begins; found when somebody first reads an end. */
  starts: readonly number[] | null;
}

export class Encodings {
  readonly #encode: (entry: Entry) => string;
  readonly #known = new WeakMap<Batch, Encoding>();

  /** `encode` gives an entry's text; those of a batch follow one another with nothing between. */
  constructor(encode: (entry: Entry) => string) {
    this.#encode = encode;
  }

  /** The batch in UTF-8. Shared: not to be written to. */
  of(batch: Batch): Buffer {
    const { whole } = batch;
    if (whole === null) return this.#encoding(batch).bytes;
    const encoding = this.#encoding(whole);
    encoding.starts ??= this.#startsIn(whole);
    return encoding.bytes.subarray(encoding.starts[batch.first - whole.first]);
  }

  #encoding(batch: Batch): Encoding {
    let encoding = this.#known.get(batch);
    if (encoding === undefined) {
      let text = '';
      for (const entry of batch.entries) text += this.#encode(entry);
      encoding = { bytes: Buffer.from(text), starts: null };
      this.#known.set(batch, encoding);
    }
    return encoding;
  }

  #startsIn(batch: Batch): number[] {
    let start = 0;
    return batch.entries.map((entry) => {
      const here = start;
      start += Buffer.byteLength(this.#encode(entry));
      return here;
    });
  }
}
