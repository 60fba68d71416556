// Starts appender.ts as a process of its own and listens to what it says.

import { strict as assert } from 'node:assert';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';

const APPENDER = fileURLToPath(new URL('./appender.ts', import.meta.url));

export class Appender {
  /** The last entry it was promised. */
  kept = -1;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  /** `before` is a command to start it through, like prlimit. */
  constructor(t: Test, file: string, batch = 47, before: readonly string[] = []) {
    const [program, ...through] = [...before, process.execPath];
    const args = [...through, APPENDER, file, String(batch)];
    this.#child = spawn(program ?? process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    t.teardown(() => this.#child.kill('SIGKILL'));
    assert(this.#child.stdout !== null);
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.#child.pid ?? assert.fail('it did not start');
  }

  /** Reads on until it has said it was promised `seq`, or refused: then the refusal's text is returned. */
  async until(seq: number): Promise<string | null> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true) assert.fail('it ended');
      const [word, ...rest] = value.split(' ');
      if (word === 'failed') return rest.join(' ');
      this.kept = Number(rest[0]);
      if (this.kept >= seq) return null;
    }
  }

  /** Makes it try again what was refused. */
  retry(): void {
    this.#child.stdin?.write('again\n');
  }

  /** Kills it at once, and hears out what it said before. */
  async kill(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true) break;
      if (value.startsWith('kept ')) this.kept = Number(value.slice(5));
    }
    await gone;
  }
}
