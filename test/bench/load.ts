// The load: so many members in so many rooms, some of them speaking, held by processes of their own so that what they cost is not counted as
// the server's. One process, the front, holds the speakers and one probe of each room, which times the messages; the others hold the rest.

import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Newcomer, Way } from './member.ts';
import type { Order, Pace, Report, Word } from './orders.ts';
import { LOBBY, SPEECHES } from './speeches.ts';

const START_MS = 20_000;
const ENTER_MS = 180_000;
const REPORT_MS = 20_000;

export interface Crowd {
  readonly members: number;
  /** The members are dealt out to so many rooms. */
  readonly rooms: number;
  readonly speakers: number;
  /** Processes besides the front; 0 leaves all members to it. */
  readonly besides: number;
  /** Whether the member of a room that times messages is the first to come in, or the last. */
  readonly probe: 'first' | 'last';
  /** The cores that its processes keep to, as taskset(1) names them; all where none are named. */
  readonly cores?: string;
}

export interface Heard {
  readonly messagesPerSecond: number;
  readonly deliveriesPerSecond: number;
  readonly deliveries: number;
  /** From being said to being heard by a probe, sorted. */
  readonly delaysMs: readonly number[];
}

/** Who a process is to bring in, and who of them speaks and counts. */
type Seats = Pick<Extract<Order, { kind: 'enter' }>, 'newcomers' | 'speakers' | 'probes'>;

function seats(way: Way, { members, rooms, speakers, besides, probe }: Crowd): Seats[] {
  const speech = SPEECHES[way.speech];
  const roomOf = (number: number): string => (rooms === 1 ? LOBBY : `r${number % rooms}`);
  const first = probe === 'first' ? 0 : members - rooms;
  const probes = Array.from({ length: rooms }, (_, i) => first + i);
  const speaking = Array.from({ length: speakers }, (_, i) =>
    speech.speakersApart ? members + i : (first + rooms + i) % members,
  );
  const inFront = new Set([...probes, ...speaking]);
  const dealt: Newcomer[][] = Array.from({ length: 1 + besides }, () => []);
  const last = Math.max(members, ...speaking.map((number) => number + 1));
  for (let number = 0; number < last; number++) {
    const room = roomOf(number);
    const steps = number < members ? speech.enter(number, room) : [];
    const place = besides === 0 || inFront.has(number) ? 0 : 1 + (number % besides);
    dealt[place]?.push({ number, room, steps });
  }
  const none = { speakers: [], probes: [] };
  return dealt.map((newcomers, i) => ({ newcomers, ...(i === 0 ? { speakers: speaking, probes } : none) }));
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
    const dealt = seats(way, crowd);
    const load = new Load(dealt.map(() => startProcess(crowd.cores)));
    try {
      await load.#unless(Promise.all(dealt.map((_, i) => load.#word(i, 'up'))), START_MS);
      const started = performance.now();
      const enter = (i: number): Promise<Word> =>
        load.#ask(i, { kind: 'enter', way, ...dealt[i]! }, 'entered');
      const besides = Promise.all(dealt.slice(1).map((_, i) => enter(i + 1)));
      if (crowd.probe === 'last') await load.#unless(besides, ENTER_MS);
      await load.#unless(Promise.all([enter(0), besides]), ENTER_MS);
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

/** All members of a room hear the same bytes, so those that only count bytes are told in messages by what the probes heard. */
function summed(reports: readonly Report[]): Heard {
  const bytes = reports.reduce((sum, report) => sum + report.bytes, 0);
  const front = reports[0];
  assert(front !== undefined);
  const { probed, seconds } = front;
  const deliveries = probed.bytes === 0 ? 0 : (bytes * probed.messages) / probed.bytes;
  return {
    messagesPerSecond: probed.messages / seconds,
    deliveriesPerSecond: deliveries / seconds,
    deliveries,
    delaysMs: [...probed.delaysMs].sort((a, b) => a - b),
  };
}
