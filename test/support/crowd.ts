// A crowd that talks all the time while its hub is killed, restarted or upgraded, and keeps account: whoever comes back
// goes on exactly where it was, nothing that was acknowledged is lost, nothing is there twice, and all see one order.

import { Resumer } from './resumer.ts';

const PER_SECOND = 2000;
const TICK_MS = 20;
const MOST_UNANSWERED = 64;
/** Of so many requests one is private. */
const PRIVATE_EVERY = 25;
const RETRY_MS = 25;

export interface Figures {
  readonly clients: number;
  readonly acknowledged: number;
  readonly seen: number;
  readonly lost: number;
  readonly repeated: number;
  readonly outOfOrder: number;
  /** How often each came back, if all did as often; else null. */
  readonly resumes: number | null;
  readonly awayP50Ms: number;
  readonly awayP99Ms: number;
  /** What is wrong, in words: at most so many as can be read. */
  readonly faults: readonly string[];
}

interface Asked {
  readonly client: Resumer;
  readonly id: string;
  readonly text: string;
}

export class Crowd {
  readonly clients: readonly Resumer[];
  readonly #room = new Map<number, string>();
  readonly #inboxes: string[][];
  readonly #said: string[][];
  readonly #told: string[][];
  readonly #asked: Asked[] = [];
  readonly #faults: string[] = [];
  #seen = 0;
  #turn = 0;
  #load: NodeJS.Timeout | undefined;

  constructor(port: number, size: number) {
    this.clients = Array.from({ length: size }, (_, i) => new Resumer(`c${i}`, port, RETRY_MS));
    this.#inboxes = this.clients.map(() => []);
    this.#said = this.clients.map(() => []);
    this.#told = this.clients.map(() => []);
  }

  /** All come in and begin to talk. */
  async begin(): Promise<void> {
    for (const client of this.clients) await client.stay();
    this.#load = setInterval(() => {
      for (let n = 0; n < (PER_SECOND * TICK_MS) / 1000; n++) this.#ask();
    }, TICK_MS);
  }

  get answered(): number {
    return this.clients.reduce((sum, { answers }) => sum + answers.size, 0);
  }

  /** Resolves when all have been given `count` answers between them. */
  async hears(count: number): Promise<void> {
    await Promise.all(
      this.clients.map((client) => client.until('more answers', () => this.answered >= count)),
    );
  }

  /** Resolves when each has come back `times` times. */
  async returns(times: number): Promise<void> {
    await Promise.all(
      this.clients.map((client) => client.until(`return ${times}`, () => client.resumes >= times)),
    );
    for (const i of this.clients.keys()) this.#take(i, 1);
  }

  /** Talks no more; when all is answered and read, tells what became of it. */
  async end(): Promise<Figures> {
    clearInterval(this.#load);
    const { clients } = this;
    await Promise.all(clients.map((client) => client.until('all answers', () => client.outbox.size === 0)));
    // As many as are asked in a long run are too many for the arguments of one call.
    const last = this.#asked.reduce((most, asked) => Math.max(most, placeOf(asked)), 0);
    for (const [i, client] of clients.entries()) {
      await client.until('the last of the room', () => lastOf(client, '#lobby') >= last);
      await client.until(
        'the last of its inbox',
        () => lastOf(client, '@me') >= (this.#told[i]?.length ?? 0),
      );
    }
    for (const i of clients.keys()) this.#take(i, 0);
    const lost = this.#asked.filter((asked) => this.#room.get(placeOf(asked)) !== `message ${asked.text}`);
    this.#faults.push(...lost.map(({ text }) => `acknowledged, and not where it was said to be: ${text}`));
    const room = [...this.#room].sort(([a], [b]) => a - b).map(([, shown]) => shown);
    this.#compare(room);
    const messages = room.filter((shown) => shown.startsWith('message '));
    const away = clients.flatMap(({ timesAway }) => timesAway).sort((a, b) => a - b);
    const faults = [
      ...clients.flatMap(({ nick, faults }) => faults.map((fault) => `${nick}: ${fault}`)),
      ...this.#faults,
    ];
    const resumes = new Set(clients.map(({ resumes }) => resumes));
    return {
      clients: clients.length,
      acknowledged: this.answered,
      seen: this.#seen,
      lost: lost.length,
      repeated: messages.length - new Set(messages).size,
      outOfOrder: faults.filter((fault) => fault.includes('came after')).length,
      resumes: resumes.size === 1 ? ([...resumes][0] ?? null) : null,
      awayP50Ms: percentile(away, 0.5),
      awayP99Ms: percentile(away, 0.99),
      faults: faults.slice(0, 20),
    };
  }

  /** Whatever was going on, it is over. */
  leave(): void {
    clearInterval(this.#load);
    for (const client of this.clients) client.leave();
  }

  #ask(): void {
    const i = this.#turn++ % this.clients.length;
    const client = this.clients[i] as Resumer;
    if (client.outbox.size >= MOST_UNANSWERED) return;
    const text = `${client.nick} says ${this.#turn}`;
    if (this.#turn % PRIVATE_EVERY === 0) {
      const to = (i + 1) % this.clients.length;
      this.#told[i]?.push(text);
      this.#told[to]?.push(text);
      client.ask({ type: 'tell', to: `c${to}`, text });
      return;
    }
    this.#said[i]?.push(text);
    this.#asked.push({ client, id: client.ask({ type: 'say', text }), text });
  }

  /** Takes over what a client was given, but for the last entries of each log that tell it where it is. */
  #take(i: number, keep: 0 | 1): void {
    const client = this.clients[i] as Resumer;
    for (const [log, entries] of client.seen) {
      const taken = entries.splice(0, entries.length - keep);
      this.#seen += taken.length;
      for (const { seq, type, text } of taken) {
        if (log === '@me') {
          this.#inboxes[i]?.push(text);
          continue;
        }
        if (type === 'leave') this.#faults.push(`${client.nick} saw somebody leave at ${seq}`);
        const known = this.#room.get(seq);
        const shown = `${type} ${text}`;
        if (known === undefined) this.#room.set(seq, shown);
        else if (known !== shown) this.#faults.push(`${client.nick}: ${seq} is ${shown}, not ${known}`);
      }
    }
  }

  /** What each said is there once, in the order it was said; and each has every private text once. */
  #compare(room: readonly string[]): void {
    for (const [i, { nick }] of this.clients.entries()) {
      const mine = room
        .filter((shown) => shown.startsWith(`message ${nick} `))
        .map((shown) => shown.slice('message '.length));
      if (JSON.stringify(mine) !== JSON.stringify(this.#said[i]))
        this.#faults.push(`what ${nick} said is not there once, in its order`);
      if (JSON.stringify(this.#inboxes[i]?.toSorted()) !== JSON.stringify(this.#told[i]?.toSorted()))
        this.#faults.push(`${nick} has not every private text once`);
    }
  }
}

/** The place an acknowledged text was said to have. */
function placeOf({ client, id }: Asked): number {
  return Number(client.answers.get(id)?.['seq']);
}

function lastOf(client: Resumer, log: string): number {
  return client.seen.get(log)?.at(-1)?.seq ?? 0;
}

function percentile(sorted: readonly number[], part: number): number {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);
}
