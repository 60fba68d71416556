// A real terminal to type at and to look at: a pane of tmux, on a server of its own.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Teardown } from '../../support/daemon.ts';

const PATIENCE_MS = 15_000;

/** Why there can be no pane; false when there can. */
export function tmuxMissing(): string | false {
  try {
    execFileSync('tmux', ['-V']);
    return false;
  } catch {
    return 'tmux is not installed';
  }
}

export class Pane {
  readonly dir = mkdtempSync(join(tmpdir(), 'chatroom-pane-'));

  /** A pane with a shell in it. */
  constructor(t: Teardown, columns: number, rows: number) {
    // A simple shell, which does not put the terminal right again after a program that did not.
    const shell = `env PS1='$ ' NODE=${process.execPath} sh -i`;
    this.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', String(rows), shell);
    t.teardown(() => {
      this.#tmux('kill-server');
      rmSync(this.dir, { recursive: true, force: true });
    });
  }

  /** Types `text` as it is. */
  type(text: string): void {
    this.#tmux('send-keys', '-l', text);
  }

  /** Presses keys by tmux' names for them. */
  press(...keys: string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  /** Types a line and Enter. */
  enter(line: string): void {
    this.type(line);
    this.press('Enter');
  }

  /** Pastes as a terminal does, between the marks a program asked for. */
  paste(text: string): void {
    this.#tmux('set-buffer', text);
    this.#tmux('paste-buffer', '-p');
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** What can be seen, without the empty rows at the end. */
  rows(): string[] {
    return this.#tmux('capture-pane', '-p').trimEnd().split('\n');
  }

  /** The same with what is above it, and with its colours. */
  everything(): string {
    return this.#tmux('capture-pane', '-p', '-e', '-S', '-');
  }

  /** Column and row of the cursor, from 0. */
  cursor(): [number, number] {
    const [x = '', y = ''] = this.#tmux('display-message', '-p', '#{cursor_x} #{cursor_y}').trim().split(' ');
    return [Number(x), Number(y)];
  }

  /** Resolves when the rows are as `look` wants them: a picture has no event, so it is looked at again and again. */
  async until(what: string, look: (rows: string[]) => unknown): Promise<string[]> {
    for (const end = performance.now() + PATIENCE_MS; ; await sleep(25)) {
      const rows = this.rows();
      if (look(rows)) return rows;
      if (performance.now() > end)
        throw new Error(`waited in vain for ${what}; there was\n${rows.join('\n')}`);
    }
  }

  shows(text: string): Promise<string[]> {
    return this.until(text, (rows) => rows.some((row) => row.includes(text)));
  }

  /** Resolves when the last row is `row`. */
  endsWith(row: string): Promise<string[]> {
    return this.until(`the last row ${row}`, (rows) => rows.at(-1) === row);
  }

  #tmux(...args: string[]): string {
    // Nothing else of our surroundings: a test runner may ask for colours or against them.
    const env = {
      PATH: process.env['PATH'],
      HOME: this.dir,
      TMUX_TMPDIR: this.dir,
      LC_ALL: 'C.UTF-8',
      SHELL: '/bin/sh',
    };
    return execFileSync('tmux', ['-u', ...args], { env, encoding: 'utf8' });
  }
}
