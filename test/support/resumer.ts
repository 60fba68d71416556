// A client that wants everything once and in order: it resumes with what it has, resends what was not answered, and
// writes down what it is given. It restates the protocol's promises and calls no code of the product.

import { connect, type Socket } from 'node:net';

const PATIENCE_MS = 20_000;

export interface Seen {
  readonly seq: number;
  readonly type: string;
  readonly from: string;
  readonly text: string;
}

type Line = Record<string, unknown> & { type: string };

export class Resumer {
  readonly nick: string;
  readonly port: number;
  /** All entries it was ever given, by log, as they came. */
  readonly seen = new Map<string, Seen[]>();
  /** Requests not answered yet, in order; and the answers there were. */
  readonly outbox = new Map<string, Record<string, unknown>>();
  readonly answers = new Map<string, Line>();
  readonly faults: string[] = [];
  resumes = 0;
  /** How long each absence lasted that it did not choose, from the lost connection to the next welcome, in ms. */
  readonly timesAway: number[] = [];
  readonly #retryMs: number;
  #lostAt: number | null = null;
  #socket: Socket | null = null;
  #token: string | null = null;
  #text = '';
  #ids = 0;
  #welcome = false;
  #stays = false;
  #left = false;
  readonly #waiting = new Set<() => void>();

  /** `retryMs`: the pause between two attempts while nobody listens. */
  constructor(nick: string, port: number, retryMs = 5) {
    this.nick = nick;
    this.port = port;
    this.#retryMs = retryMs;
  }

  get connected(): boolean {
    return this.#welcome;
  }

  /** Connects, again and again while nobody listens, and resolves when it is welcome. */
  async connect(): Promise<void> {
    if (this.#socket !== null || this.#left) return;
    const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
    this.#socket = socket;
    this.#text = '';
    socket.on('data', (chunk: Buffer) => {
      if (this.#socket === socket) this.#read(chunk.toString('utf8'));
    });
    const lost = (): void => {
      if (this.#socket === socket) {
        if (this.#welcome) this.#lostAt = performance.now();
        this.drop();
        if (this.#stays) void this.connect();
      }
      this.#wake();
    };
    socket.on('close', lost);
    socket.on('error', lost);
    const after = Object.fromEntries([...this.seen].map(([log, entries]) => [log, entries.at(-1)?.seq ?? 0]));
    const resume = this.#token === null ? {} : { resume: { token: this.#token, after } };
    socket.write(`${JSON.stringify({ type: 'hello', nick: this.nick, client: 'resumer', ...resume })}\n`);
    await this.until('a welcome or an end', () => this.#welcome || this.#socket !== socket);
    if (this.#socket === socket || this.#left) return;
    await new Promise((resolve) => setTimeout(resolve, this.#retryMs));
    await this.connect();
  }

  /** Tells the hub what it has. */
  acknowledge(): void {
    if (!this.#welcome) return;
    for (const [log, entries] of this.seen) {
      const last = entries.at(-1);
      if (last !== undefined) this.#send({ type: 'ack', log, seq: last.seq });
    }
  }

  /** From now on it comes back by itself; resolves when it is welcome. */
  async stay(): Promise<void> {
    this.#stays = true;
    this.unpause();
    await this.connect();
  }

  /** Ends its part in the play. */
  leave(): void {
    this.#stays = false;
    this.#left = true;
    this.drop();
    this.#wake();
  }

  /** Loses its connection, with whatever was under way in both directions. */
  drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#welcome = false;
    socket?.resetAndDestroy();
  }

  pause(): void {
    this.#socket?.pause();
  }

  unpause(): void {
    this.#socket?.resume();
  }

  /** Asks something that must be done exactly once. */
  ask(request: Record<string, unknown>): string {
    const id = `${this.nick}/${++this.#ids}`;
    this.outbox.set(id, { ...request, id });
    if (this.#welcome) this.#send(this.outbox.get(id));
    return id;
  }

  until(what: string, look: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        reject(new Error(`${this.nick} waited in vain for ${what}; faults: ${this.faults.join(', ')}`));
      }, PATIENCE_MS);
      const check = (): void => {
        if (!look()) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }

  #send(request: Record<string, unknown> | undefined): void {
    this.#socket?.write(`${JSON.stringify(request)}\n`);
  }

  #read(text: string): void {
    const lines = (this.#text + text).split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) this.#hear(JSON.parse(line) as Line);
    this.#wake();
  }

  #hear(line: Line): void {
    if (line.type === 'welcome') this.#welcomed(line);
    else if (line.type === 'ping') this.#send({ type: 'pong' });
    else if (typeof line['id'] === 'string') this.#answered(line['id'], line);
    else if (typeof line['seq'] === 'number') this.#given(line);
    else if (line.type === 'error' && line['code'] !== 'busy')
      this.faults.push(`error ${String(line['code'])}: ${String(line['text'])}`);
  }

  #welcomed(line: Line): void {
    if (this.#token !== null) {
      this.resumes++;
      if (line['resumed'] !== true || line['recovered'] !== true)
        this.faults.push(`not recovered: ${JSON.stringify(line)}`);
    }
    if (this.#lostAt !== null) this.timesAway.push(performance.now() - this.#lostAt);
    this.#lostAt = null;
    this.#token = String(line['token']);
    for (const { log, seq } of line['logs'] as { log: string; seq: number }[]) {
      const entries = this.seen.get(log);
      if (entries === undefined) this.seen.set(log, []);
      const at = entries?.at(-1)?.seq;
      if (at !== undefined && at !== seq) this.faults.push(`${log} goes on after ${seq}, not after ${at}`);
    }
    this.#welcome = true;
    for (const request of this.outbox.values()) this.#send(request);
  }

  #answered(id: string, line: Line): void {
    // A hub that is stopping keeps nothing more, and says so: it is asked again when it is back.
    if (line['code'] === 'busy') return;
    const before = this.answers.get(id);
    if (line.type !== 'ok') this.faults.push(`${id} was answered ${JSON.stringify(line)}`);
    if (before !== undefined && before['seq'] !== line['seq']) this.faults.push(`${id} got two places`);
    this.answers.set(id, line);
    this.outbox.delete(id);
  }

  #given(line: Line): void {
    const { log, seq, from, text, type } = line as unknown as Seen & { log: string };
    const entries = this.seen.get(log) ?? [];
    const last = entries.at(-1)?.seq;
    if (last !== undefined && seq !== last + 1) this.faults.push(`${log} ${seq} came after ${last}`);
    entries.push({ seq, type, from, text });
    this.seen.set(log, entries);
  }

  #wake(): void {
    for (const check of this.#waiting) check();
  }
}
