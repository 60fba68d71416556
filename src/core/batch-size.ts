// How large a batch has become. What one log gets in it is one write to each of its readers, what all get is one commit: with many
// rooms a batch is larger, so that each write is still worth its cost. With one bound for all, 100 rooms delivered half as much.

import { LIMITS } from './limits.ts';
import type { Log } from './log.ts';

class Size {
  entries = 0;
  chars = 0;

  add(chars: number): void {
    this.entries++;
    this.chars += chars;
  }
}

export class BatchSize {
  isFull = false;
  readonly #all = new Size();
  readonly #byLog = new Map<Log, Size>();

  add({ log, text }: { readonly log: Log; readonly text: string }): void {
    let ofLog = this.#byLog.get(log);
    if (ofLog === undefined) this.#byLog.set(log, (ofLog = new Size()));
    ofLog.add(text.length);
    this.#all.add(text.length);
    this.isFull ||=
      ofLog.entries >= LIMITS.batchEntriesPerLog ||
      ofLog.chars >= LIMITS.batchCharsPerLog ||
      this.#all.entries >= LIMITS.batchEntries ||
      this.#all.chars >= LIMITS.batchChars;
  }
}
