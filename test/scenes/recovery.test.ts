// Nothing lost, nothing twice, one order: whatever happens between a client and the hub. Random plays of talking,
// losing connections with all that was under way, coming back, reading slowly and restarting the hub.

import fc from 'fast-check';
import t from 'tap';
import { startHub, temporaryDirectory, type Teardown, type TestHub } from '../support/daemon.ts';
import { freePort } from '../support/process.ts';
import { Resumer } from '../support/resumer.ts';

const RUNS = Number(process.env['CHATROOM_PLAYS'] ?? 200);
const CLIENTS = 4;

type Step =
  | { readonly do: 'say'; readonly who: number; readonly times: number }
  | { readonly do: 'tell'; readonly who: number; readonly to: number }
  | { readonly do: 'drop' | 'connect' | 'ack' | 'pause' | 'unpause'; readonly who: number }
  | { readonly do: 'restart' }
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
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
  { weight: 3, arbitrary: fc.constant({ do: 'breathe' as const }) },
);

const breathe = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** One hub that can be started again on the same port and files. */
class Stage {
  readonly #t: Teardown;
  readonly #dir: string;
  readonly port: number;
  hub: TestHub | null = null;

  constructor(t: Teardown, dir: string, port: number) {
    this.#t = t;
    this.#dir = dir;
    this.port = port;
  }

  async restart(): Promise<void> {
    await this.hub?.stop();
    this.hub = await startHub(this.#t, { listen: [{ host: '127.0.0.1', port: this.port }] }, this.#dir);
  }
}

async function play(t: Teardown, steps: readonly Step[]): Promise<string[]> {
  const stage = new Stage(t, temporaryDirectory(t), await freePort());
  await stage.restart();
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
        await stage.restart();
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
  await stage.hub?.stop();
  return faults;
}

// A play takes a fifth of a second, for its hub is started several times.
t.setTimeout(10_000 + 1_000 * RUNS);

await t.test(`${RUNS} random plays`, { timeout: 10_000 + 1_000 * RUNS }, async (t) => {
  let ends: (() => unknown)[] = [];
  const scene: Teardown = { teardown: (end) => void ends.push(end) };
  const result = await fc.check(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }), async (steps) => {
      try {
        const faults = await play(scene, steps);
        if (faults.length > 0) throw new Error(faults.slice(0, 10).join('\n'));
      } finally {
        for (const end of ends.toReversed()) await end();
        ends = [];
      }
    }),
    { numRuns: RUNS, seed: Number(process.env['CHATROOM_SEED'] ?? 20_261_122), endOnFailure: true },
  );
  const { errorInstance, seed, counterexamplePath, numRuns } = result;
  t.notOk(
    result.failed,
    result.failed ? `seed ${seed}, path ${counterexamplePath}: ${String(errorInstance)}` : `${numRuns} plays`,
  );
});
