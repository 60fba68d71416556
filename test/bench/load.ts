// The load: so many members in so many rooms, some of them speaking, held by processes of their own so that what they cost is not counted as
// the server's. One process, the front, holds the speakers and the first member of each room; the others hold the rest. The first and the last of
// a room time the messages: the first as one who has a process of its own, the last as one among the many of its process.

import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Seat, Way } from './member.ts';
import type { Delays, Order, Pace, Report, Word } from './orders.ts';
import { type Crowd, deal } from './seats.ts';
import { SPEECHES } from './speeches.ts';

const START_MS = 20_000;
const ENTER_MS = 180_000;
const REPORT_MS = 20_000;

export interface Heard {
  readonly messagesPerSecond: number;
  readonly deliveriesPerSecond: number;
  readonly deliveries: number;
  /** From being said to being heard by the first member of a room, and by the last. */
  readonly delays: Readonly<Record<Seat, Delays>>;
}

export class Load implements AsyncDisposable {
  /** How long it took all members to come in, from when the processes of the load were there. */
  enteredMs = 0;
  readonly #children: readonly ChildProcess[];
  readonly #trouble: Promise<never>;

  private constructor(children: readonly ChildProcess[]) {
    this.#children = children;
    const { promise, reject } = Promise.withResolvers<never>();
    for (const child of children) {
      child.on('message', (word: Word) => {
        if (word.kind === 'lost') reject(new Error(`a member was lost: ${word.why}`));
      });
      child.once('exit', (code) => reject(new Error(`a process of the load ended with ${code}`)));
    }
    // It is looked at only while something is awaited.
    promise.catch(() => {});
    this.#trouble = promise;
  }

  /** Brings the crowd in; rejects when the server turns somebody away, or not all are in after `ENTER_MS`. */
  static async enter(way: Way, crowd: Crowd): Promise<Load> {
    const { first, next, last } = deal(way, crowd);
    const atOnce = Math.floor(SPEECHES[way.speech].atOnce / next.length);
    const load = new Load(next.map(() => startProcess(crowd.cores)));
    try {
      await load.#unless(Promise.all(next.map((_, i) => load.#word(i, 'up'))), START_MS);
      const started = performance.now();
      for (const wave of [first, next, last]) {
        const all = wave.map((newcomers, i) =>
          load.#ask(i, { kind: 'enter', way, newcomers, atOnce }, 'entered'),
        );
        await load.#unless(Promise.all(all), ENTER_MS);
      }
      load.enteredMs = performance.now() - started;
      return load;
    } catch (error) {
      await load[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Lets the speakers speak: from now on, or until told to be quiet with `hush`. */
  speak(pace: Pace): void {
    this.#children[0]?.send({ kind: 'speak', pace } satisfies Order);
  }

  hush(): void {
    this.#children[0]?.send({ kind: 'hush' } satisfies Order);
  }

  count(): void {
    for (const child of this.#children) child.send({ kind: 'count' } satisfies Order);
  }

  /** What was heard since `count`. */
  async heard(): Promise<Heard> {
    const asked = this.#children.map((_, i) => this.#ask(i, { kind: 'report' }, 'report'));
    const reports = (await this.#unless(Promise.all(asked), REPORT_MS)).map((word) => word.report);
    return summed(reports);
  }

  /** Waits, or rejects as soon as a member is lost. */
  async wait(milliseconds: number): Promise<void> {
    await this.#unless(sleep(milliseconds), milliseconds + REPORT_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }),
    );
  }

  #ask<K extends Word['kind']>(i: number, order: Order, answer: K): Promise<Extract<Word, { kind: K }>> {
    const word = this.#word(i, answer);
    this.#children[i]?.send(order);
    return word;
  }

  #word<K extends Word['kind']>(i: number, answer: K): Promise<Extract<Word, { kind: K }>> {
    const child = this.#children[i];
    assert(child !== undefined);
    const { promise, resolve } = Promise.withResolvers<Extract<Word, { kind: K }>>();
    const read = (word: Word): void => {
      if (word.kind !== answer) return;
      child.off('message', read);
      resolve(word as Extract<Word, { kind: K }>);
    };
    child.on('message', read);
    return promise;
  }

  #unless<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
    const late = AbortSignal.timeout(milliseconds);
    const tooLate = once(late, 'abort').then(() => {
      throw new Error(`nothing after ${milliseconds / 1000} s`);
    });
    return Promise.race([promise, this.#trouble, tooLate]);
  }
}

function startProcess(cores: string | undefined): ChildProcess {
  const script = join(import.meta.dirname, 'crowd.ts');
  return cores === undefined
    ? fork(script)
    : fork(script, { execPath: 'taskset', execArgv: ['-c', cores, process.execPath] });
}

/** All members of a room hear the same bytes for a message, so those that only count bytes are told in messages by those who count both. */
function summed(reports: readonly Report[]): Heard {
  const bytes = reports.reduce((sum, report) => sum + report.bytes, 0);
  const front = reports[0];
  const end = reports.at(-1);
  assert(front !== undefined && end !== undefined);
  const { first } = front.seats;
  const { last } = end.seats;
  const heard = first.bytes + last.bytes;
  const deliveries = heard === 0 ? 0 : (bytes * (first.messages + last.messages)) / heard;
  return {
    messagesPerSecond: first.messages / front.seconds,
    deliveriesPerSecond: deliveries / front.seconds,
    deliveries,
    delays: { first, last },
  };
}
