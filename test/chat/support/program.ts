// chat as a program over pipes, in the files of a person of its own.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type Teardown, temporaryDirectory } from '../../support/daemon.ts';

const MAIN = join(import.meta.dirname, '../../../src/chat/main.ts');
const PATIENCE_MS = 20_000;

export class Program {
  readonly child: ChildProcessWithoutNullStreams;
  out = '';
  errors = '';
  readonly #ended = Promise.withResolvers<number | string>();
  readonly #waiting = new Set<() => void>();

  constructor(t: Teardown, config: string, args: readonly string[]) {
    const env = { ...process.env, USER: 'dora', XDG_CONFIG_HOME: config };
    this.child = spawn(process.execPath, [MAIN, ...args], { env });
    t.teardown(() => this.child.kill('SIGKILL'));
    this.child.stdin.on('error', () => {});
    this.child.stdout.on('data', (chunk) => this.#take(() => (this.out += String(chunk))));
    this.child.stderr.on('data', (chunk) => this.#take(() => (this.errors += String(chunk))));
    this.child.on('close', (code, signal) => this.#ended.resolve(code ?? signal ?? 'gone'));
  }

  /** The exit status when all output has come. */
  get ended(): Promise<number | string> {
    return this.#ended.promise;
  }

  end(text: string): this {
    this.child.stdin.end(text);
    return this;
  }

  /** What was said, without the times. */
  said(): string[] {
    return this.out.split('\n').flatMap((line) => (/^\d\d:\d\d /.test(line) ? [line.slice(6)] : []));
  }

  json(): Record<string, unknown>[] {
    return this.out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  until(what: string, look: () => unknown): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(
      () =>
        reject(new Error(`waited in vain for ${what}; out ${this.out.slice(-2000)}, errors ${this.errors}`)),
      PATIENCE_MS,
    );
    const check = (): void => {
      if (!look()) return;
      clearTimeout(timer);
      this.#waiting.delete(check);
      resolve();
    };
    this.#waiting.add(check);
    check();
    return promise;
  }

  #take(note: () => void): void {
    note();
    for (const check of this.#waiting) check();
  }
}

/** For a person without a past: no hub is known, and no key is there. */
export function start(t: Teardown, ...args: string[]): Program {
  return new Program(t, temporaryDirectory(t), args);
}
