// People on a test machine, each with a program of their own, and a crowd that knocks again and again.

import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Figures } from '../support/crowd.ts';
import type { Container } from './container.ts';

const PATIENCE_MS = 20_000;

/** A program inside the machine, typed at and read as by a person. */
export class Guest {
  printed = '';
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();

  constructor(machine: Container, program: string, ...args: readonly string[]) {
    this.#child = machine.start(program, ...args);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.printed += text;
      for (const look of this.#waiting) look();
    });
    // What is typed at a program that has ended is lost.
    this.#child.stdin?.on('error', () => {});
  }

  /** Types `text`, and the Enter key after it. */
  type(text: string): void {
    this.press(`${text}\n`);
  }

  /** Presses these keys and no others. */
  press(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** Resolves when `words` have been printed, anew or before. */
  sees(words: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!words.test(this.printed)) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`${words} was not seen, but ${JSON.stringify(this.printed.slice(-2000))}`));
      }, PATIENCE_MS);
      this.#waiting.add(look);
      look();
    });
  }

  /** Ends its input, by which most programs know that they are done. */
  leave(): void {
    this.#child.stdin?.end();
  }
}

/** People who talk all the time and come back whatever happens, as crowd.ts runs them on the machine. */
export class Crowd {
  readonly #guest: Guest;

  private constructor(guest: Guest) {
    this.#guest = guest;
  }

  /** Resolves when all of them have come in. */
  static async begin(machine: Container, size: number): Promise<Crowd> {
    const { outputFiles } = await build({
      entryPoints: [join(import.meta.dirname, 'crowd.ts')],
      bundle: true,
      write: false,
      platform: 'node',
      format: 'esm',
      target: 'node24',
    });
    const program = outputFiles[0]?.text ?? '';
    const words = [`CROWD_SIZE=${size}`, '/usr/bin/node-24', '--input-type=module', '--eval', program];
    const guest = new Guest(machine, '/usr/bin/env', ...words);
    await guest.sees(/^begun$/m);
    return new Crowd(guest);
  }

  /** Resolves when they have been given `count` more answers. */
  async hears(count: number): Promise<void> {
    this.#guest.type(`hears ${count}`);
    await this.#guest.sees(new RegExp(`^hears ${count}$`, 'm'));
  }

  /** Resolves when each of them has come back for the `times`th time. */
  async returns(times: number): Promise<void> {
    this.#guest.type(`returns ${times}`);
    await this.#guest.sees(new RegExp(`^returns ${times}$`, 'm'));
  }

  async end(): Promise<Figures> {
    this.#guest.type('end');
    await this.#guest.sees(/^\{.*\}$/m);
    const [last = ''] = this.#guest.printed.trim().split('\n').slice(-1);
    return JSON.parse(last) as Figures;
  }
}

/** What became of those who knocked. `silent`: let in, and sent away without a word. */
export interface Tally {
  readonly served: number;
  readonly refused: number;
  readonly reset: number;
  readonly silent: number;
  readonly slowestMs: number;
}

/** Connects, asks whether the hub is well, and begins again when it was answered or sent away. A line of input asks for the tally. */
const STORM = `
const net = require('node:net');
const tally = { served: 0, refused: 0, reset: 0, silent: 0, slowestMs: 0 };
const knock = () => {
  const since = Date.now();
  let answer = '';
  let failure = null;
  const socket = net.connect(3040, '127.0.0.1', () => socket.write('GET /healthz HTTP/1.1\\r\\nhost: room\\r\\n\\r\\n'));
  socket.on('data', (chunk) => { answer += chunk; });
  socket.on('error', ({ code }) => { failure = code; });
  socket.on('close', () => {
    tally.slowestMs = Math.max(tally.slowestMs, Date.now() - since);
    if (answer.startsWith('HTTP/1.1 200')) tally.served += 1;
    else if (failure === 'ECONNREFUSED') tally.refused += 1;
    else if (failure !== null) tally.reset += 1;
    else tally.silent += 1;
    if (tally.served === 20) console.log('going');
    setTimeout(knock, 5);
  });
};
for (let lane = 0; lane < 4; lane += 1) knock();
process.stdin.on('data', () => console.log(JSON.stringify(tally))).on('end', () => process.exit());
`;

export class Storm {
  readonly #guest: Guest;

  private constructor(guest: Guest) {
    this.#guest = guest;
  }

  /** Resolves when the first of them have been answered. */
  static async begin(machine: Container): Promise<Storm> {
    const guest = new Guest(machine, '/usr/bin/node-24', '--eval', STORM);
    await guest.sees(/^going$/m);
    return new Storm(guest);
  }

  async end(): Promise<Tally> {
    this.#guest.type('how many?');
    await this.#guest.sees(/^\{.*\}$/m);
    this.#guest.leave();
    const [last = ''] = this.#guest.printed.trim().split('\n').slice(-1);
    return JSON.parse(last) as Tally;
  }
}
