// Random plays of talking, losing connections with all that was under way, coming back, reading slowly, and a hub that is
// restarted or killed. Each ends with what every client must have: nothing lost, nothing twice, one order.

import fc from 'fast-check';
import { startHub, temporaryDirectory, type Teardown } from './daemon.ts';
import { freePort, runHub } from './process.ts';
import { Resumer } from './resumer.ts';

const CLIENTS = 4;

type Step =
  | { readonly do: 'say'; readonly who: number; readonly times: number }
  | { readonly do: 'tell'; readonly who: number; readonly to: number }
  | { readonly do: 'drop' | 'connect' | 'ack' | 'pause' | 'unpause'; readonly who: number }
  | { readonly do: 'restart' | 'kill' }
  | { readonly do: 'breathe' };

const who = fc.nat({ max: CLIENTS - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('say' as const), who, times: fc.integer({ min: 1, max: 20 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('tell' as const), who, to: who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('drop' as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ack' as const), who }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('connect' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'unpause' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('restart' as const, 'kill' as const) }) },
  { weight: 3, arbitrary: fc.constant({ do: 'breathe' as const }) },
);

const breathe = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/**
 * Where the hub runs: within this process, where starting it takes a moment, or in one of its own, which alone can be killed
 * (within, it is stopped instead).
 */
type Place = 'within' | 'apart';

const place: fc.Arbitrary<Place> = fc.oneof(
  { weight: 15, arbitrary: fc.constant('within' as const) },
  { weight: 1, arbitrary: fc.constant('apart' as const) },
);

/** One hub that can be started again on the same port and files. */
class Stage {
  readonly #t: Teardown;
  readonly #place: Place;
  readonly #dir: string;
  readonly port: number;
  #end: (signal: 'SIGTERM' | 'SIGKILL') => Promise<unknown> = async () => {};

  constructor(t: Teardown, place: Place, port: number) {
    this.#t = t;
    this.#place = place;
    this.#dir = temporaryDirectory(t);
    this.port = port;
  }

  async begin(): Promise<void> {
    if (this.#place === 'apart') {
      const hub = await runHub(this.#t, this.#dir, this.port, ['--log-level', 'info']);
      this.#end = (signal) => hub.end(signal);
    } else {
      const listen = [{ host: '127.0.0.1', port: this.port }];
      const hub = await startHub(this.#t, { listen }, this.#dir);
      this.#end = () => hub.stop();
    }
  }

  async end(how: 'restart' | 'kill'): Promise<void> {
    await this.#end(how === 'kill' ? 'SIGKILL' : 'SIGTERM');
  }
}

async function play(t: Teardown, place: Place, steps: readonly Step[]): Promise<string[]> {
  const stage = new Stage(t, place, await freePort());
  await stage.begin();
  const clients = Array.from({ length: CLIENTS }, (_, i) => new Resumer(`c${i}`, stage.port));
  for (const client of clients) await client.connect();
  const said: string[] = [];
  const told: { from: string; to: string; text: string }[] = [];
  for (const each of steps) {
    switch (each.do) {
      case 'say':
        for (let n = 0; n < each.times; n++) {
          const text = `said ${said.length}`;
          said.push(text);
          clients[each.who]?.ask({ type: 'say', text });
        }
        break;
      case 'tell': {
        const text = `told ${told.length}`;
        told.push({ from: `c${each.who}`, to: `c${each.to}`, text });
        clients[each.who]?.ask({ type: 'tell', to: `c${each.to}`, text });
        break;
      }
      case 'drop':
        clients[each.who]?.drop();
        break;
      case 'connect':
        await clients[each.who]?.connect();
        break;
      case 'ack':
        clients[each.who]?.acknowledge();
        break;
      case 'pause':
        clients[each.who]?.pause();
        break;
      case 'unpause':
        clients[each.who]?.unpause();
        break;
      case 'restart':
      case 'kill':
        await stage.end(each.do);
        await stage.begin();
        break;
      case 'breathe':
        await breathe();
    }
  }
  for (const client of clients) {
    await client.stay();
    await client.until('all its answers', () => client.outbox.size === 0);
  }
  const last = Math.max(
    ...clients.flatMap((client) =>
      [...client.answers.values()].map((ok) => (ok['log'] === '#lobby' ? Number(ok['seq']) : 0)),
    ),
  );
  for (const client of clients) {
    await client.until('the last of the room', () => (client.seen.get('#lobby')?.at(-1)?.seq ?? 0) >= last);
    const mine = told.filter(({ from, to }) => from === client.nick || to === client.nick);
    await client.until('the last of its inbox', () => (client.seen.get('@me')?.length ?? 0) >= mine.length);
  }
  const faults = clients.flatMap((client) => client.faults.map((fault) => `${client.nick}: ${fault}`));
  for (const client of clients) {
    const room = client.seen.get('#lobby') ?? [];
    const texts = room.filter(({ type }) => type === 'message').map(({ text }) => text);
    const twice = texts.filter((text, i) => texts.indexOf(text) !== i);
    const lost = said.filter((text) => !texts.includes(text));
    if (twice.length > 0 || lost.length > 0)
      faults.push(`${client.nick}: twice ${twice.join()}, lost ${lost.join()}`);
    const noise = room.filter(
      ({ type, from }) =>
        type === 'leave' ||
        (type === 'join' && room.filter((other) => other.type === 'join' && other.from === from).length > 1),
    );
    if (noise.length > 0) faults.push(`${client.nick}: saw somebody come or go: ${JSON.stringify(noise)}`);
    const inbox = (client.seen.get('@me') ?? []).map(({ text }) => text).sort();
    const mine = told
      .filter(({ from, to }) => from === client.nick || to === client.nick)
      .map(({ text }) => text)
      .sort();
    if (JSON.stringify(inbox) !== JSON.stringify(mine))
      faults.push(`${client.nick}: inbox ${inbox.join()} is not ${mine.join()}`);
    // One order for all: each saw the same entry at the same number.
    for (const { seq, text } of room) {
      const other = clients[0]?.seen.get('#lobby')?.find((entry) => entry.seq === seq);
      if (other !== undefined && other.text !== text)
        faults.push(`${client.nick}: ${seq} is ${text}, not ${other.text}`);
    }
  }
  for (const client of clients) client.leave();
  await stage.end('restart');
  return faults;
}

/**
 * Plays so many from `seed` and resolves with how many there were.
 * @throws Error what went wrong, and how to see it again
 */
export async function plays(runs: number, seed: number): Promise<number> {
  let ends: (() => unknown)[] = [];
  const scene: Teardown = { teardown: (end) => void ends.push(end) };
  const steps = fc.array(step, { minLength: 5, maxLength: 60, size: 'max' });
  const result = await fc.check(
    fc.asyncProperty(place, steps, async (where, what) => {
      try {
        const faults = await play(scene, where, what);
        if (faults.length > 0) throw new Error(faults.slice(0, 10).join('\n'));
      } finally {
        for (const end of ends.toReversed()) await end();
        ends = [];
      }
    }),
    { numRuns: runs, seed, endOnFailure: true },
  );
  const { failed, errorInstance, counterexamplePath, numRuns } = result;
  if (failed) throw new Error(`seed ${seed}, path ${counterexamplePath}: ${String(errorInstance)}`);
  return numRuns;
}
