// Throws streams at a hub while two people talk on it, and finds out whether they, or the hub's memory, noticed.

import { strict as assert } from 'node:assert';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Teardown, TestHub } from '../support/daemon.ts';
import { dial, type Line } from '../support/peers.ts';
import { makeStream, type Stream } from './streams.ts';

const AT_ONCE = 50;
/** No hub holds a peer that has said all it had to say for so long. */
const PATIENCE_MS = 10_000;
const PUBLIC = 'to all, number';
const SECRET = 'between LO and ER alone, number';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes of the heap in use when nothing is left to collect, and nothing is kept of what was said of late. */
function heapBytes({ daemon }: TestHub): number {
  daemon.hub.lobby.log.forgetTail();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

export interface Outcome {
  /** Exchanges of the two people while it went on. */
  readonly exchanges: number;
  /** Heap after a third, two thirds and all of the streams, in bytes. */
  readonly heap: readonly number[];
}

/**
 * Throws the streams of `seed`, `seed + 1` … at `hub`, some at once.
 * @throws AssertionError that names the seed to begin with, when anything is wrong.
 */
export async function besiege(
  t: Teardown,
  hub: TestHub,
  {
    seed,
    streams,
    progress = () => {},
  }: { seed: number; streams: number; progress?: (done: number) => void },
): Promise<Outcome> {
  const pair = await Pair.enter(t, hub);
  const heap: number[] = [];
  let next = 0;
  const thrower = async (): Promise<void> => {
    while (next < streams) {
      const own = next++;
      if (own > 0 && own % Math.ceil(streams / 3) === 0) heap.push(heapBytes(hub));
      if (own % AT_ONCE === 0) {
        progress(own);
        await pair.exchange();
      }
      await throwOne(hub, makeStream(seed + own), seed + own);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, thrower));
    await pair.exchange();
  } catch (error) {
    const from = seed + Math.max(0, next - 3 * AT_ONCE);
    // No more are thrown.
    next = streams;
    throw new assert.AssertionError({
      message: `with --seed ${from} --streams ${3 * AT_ONCE}: ${String(error)}`,
    });
  }
  heap.push(heapBytes(hub));
  return { exchanges: pair.exchanges, heap };
}

/** Resolves when the stream has been sent and the connection is closed. */
function throwOne(hub: TestHub, stream: Stream, seed: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (what: string): void =>
      reject(new Error(`${what} (stream ${seed}, ${stream.kind}, ${stream.ending})`));
    const wire = connect({ port: hub.port, host: hub.host, noDelay: true });
    const socket = stream.channel === 'tls' ? connectTls({ socket: wire, rejectUnauthorized: false }) : wire;
    wire.on('error', () => {});
    const timer = setTimeout(() => fail('the hub holds on to it'), PATIENCE_MS);
    let heard = '';
    socket.on('data', (chunk) => {
      heard = heard.slice(-SECRET.length) + chunk.toString('latin1');
      if (heard.includes(SECRET)) fail('it heard what was private');
    });
    socket.on('error', () => {});
    wire.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.on(stream.channel === 'tls' ? 'secureConnect' : 'connect', () => send(0));
    const send = (i: number): void => {
      const chunk = stream.chunks[i];
      timer.refresh();
      if (chunk !== undefined) {
        socket.write(chunk);
        // The next goes in a segment of its own, as far as that is ours to say.
        setImmediate(() => send(i + 1));
      } else if (stream.ending === 'half-close') socket.end();
      // Node forgets to close a connection that it cannot reset, as one whose end is on its way under TLS.
      else if (stream.ending === 'destroy' || stream.channel === 'tls' || wire.writableEnded)
        socket.destroy();
      else wire.resetAndDestroy();
    };
  });
}

/** Speaks the native dialect, looks at each line once and keeps none of them. */
class Talker {
  readonly #socket: Socket;
  readonly #waiting = new Map<string, (line: Line) => void>();
  #rest = '';
  #asked = 0;
  #seq = 0;
  /** What it was told by LO: how often in the room and in private. */
  heard = { message: 0, private: 0 };
  failure: Error | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      const lines = (this.#rest + chunk.toString('latin1')).split('\n');
      this.#rest = lines.pop() ?? '';
      try {
        for (const line of lines) this.#look(JSON.parse(Buffer.from(line, 'latin1').toString()) as Line);
      } catch (error) {
        this.failure ??= error as Error;
      }
      if (this.failure !== null) this.#wakeAll();
    });
    socket.on('close', () => {
      this.failure ??= new Error('the hub closed a connection that did no wrong');
      this.#wakeAll();
    });
  }

  static async enter(t: Teardown, hub: TestHub, nick: string): Promise<Talker> {
    const talker = new Talker(await dial(t, hub.port));
    await talker.ask({ type: 'hello', nick, client: 'test' });
    return talker;
  }

  /** Asks, and resolves with the answer; rejects when anything was wrong meanwhile. */
  async ask(request: Record<string, unknown>): Promise<Line> {
    const id = `t${++this.#asked}`;
    this.#socket.write(`${JSON.stringify({ ...request, id })}\n`);
    const line = await new Promise<Line>((resolve) => void this.#waiting.set(id, resolve));
    if (this.failure !== null) throw this.failure;
    return line;
  }

  #look(line: Line): void {
    assertSafe(line);
    const { type, id, log, seq, from, text } = line;
    if (typeof id === 'string') this.#waiting.get(id)?.(line);
    if (typeof id === 'string') this.#waiting.delete(id);
    else if (log === '#lobby') {
      if (this.#seq > 0) assert.equal(seq, this.#seq + 1, 'a gap or a repeat');
      this.#seq = Number(seq);
    }
    if (from !== 'LO' || (type !== 'message' && type !== 'private')) return;
    assert.equal(
      text,
      `${type === 'message' ? PUBLIC : SECRET} ${++this.heard[type]}`,
      'LO did not say that then',
    );
  }

  #wakeAll(): void {
    for (const resolve of this.#waiting.values()) resolve({ type: 'failure' });
  }
}

// Newlines alone are kept, in texts.
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u202a-\u202e\u2066-\u2069\ufeff]/u;

/** Nothing that anybody is told moves a terminal's cursor or turns its letters round. */
function assertSafe(told: unknown): void {
  if (typeof told === 'string') {
    assert.doesNotMatch(told, UNSAFE);
    assert.ok(told.isWellFormed(), 'half a character');
  } else if (typeof told === 'object' && told !== null) {
    for (const part of Object.values(told)) assertSafe(part);
  }
}

/** Two people who number what they say, in the room and between themselves. */
class Pair {
  readonly #lo: Talker;
  readonly #er: Talker;
  #last: Promise<void> = Promise.resolve();
  exchanges = 0;

  private constructor(lo: Talker, er: Talker) {
    this.#lo = lo;
    this.#er = er;
  }

  static async enter(t: Teardown, hub: TestHub): Promise<Pair> {
    return new Pair(await Talker.enter(t, hub, 'LO'), await Talker.enter(t, hub, 'ER'));
  }

  /** LO says one thing to all and one to ER, who has both when it resolves; one exchange after the other. */
  exchange(): Promise<void> {
    this.#last = this.#last.then(() => this.#exchange());
    return this.#last;
  }

  async #exchange(): Promise<void> {
    const number = ++this.exchanges;
    const said = await this.#lo.ask({ type: 'say', text: `${PUBLIC} ${number}` });
    const told = await this.#lo.ask({ type: 'tell', to: 'ER', text: `${SECRET} ${number}` });
    assert.equal(said.type, 'ok', JSON.stringify(said));
    assert.equal(told.type, 'ok', JSON.stringify(told));
    // Whoever else is here, and what they made: it is looked at as everything is that LO is told.
    for (const type of ['who', 'rooms', 'history']) await this.#lo.ask({ type });
    // What was shown to all before LO had its answer comes to ER before its own.
    await this.#er.ask({ type: 'ping' });
    assert.deepEqual(this.#er.heard, { message: number, private: number });
  }
}
