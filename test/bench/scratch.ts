// A directory for what is measured, cleared away at the end of its use or of the process, whichever comes first. It is in /var/tmp, since /tmp is
// often kept in memory, where it costs nothing to commit.

import { mkdtempSync, rmSync } from 'node:fs';

export class Scratch implements Disposable {
  readonly dir = mkdtempSync('/var/tmp/chatroom-bench-');
  readonly #clear = (): void => rmSync(this.dir, { recursive: true, force: true, maxRetries: 9 });

  constructor() {
    process.once('exit', this.#clear);
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#clear);
    this.#clear();
  }
}
