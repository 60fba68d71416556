// A conversation for programs: each of the hub's lines goes out as it is, each line that comes in is a request. What a
// program would have to do over again in every language is done here: the hello, coming back to the same place,
// answering pings, acknowledging, and sending again what was not answered.

import type { Readable, Writable } from 'node:stream';
import type { WireEntry, WireLine, WireReply } from '../dialects/wire.ts';
import type { Ending } from './ending.ts';
import { isEntry, readHubLine } from './incoming.ts';
import { Lines } from './lines.ts';
import { type Follower, type Link, OWN_ID } from './link.ts';
import type { Place } from './place.ts';
import { isFinal, refusalText } from './refusals.ts';
import type { Timing } from './timing.ts';
import type { Ended } from './view.ts';

type Reply = Exclude<WireLine, WireEntry>;

export interface JsonLinesSetup {
  readonly link: Link;
  readonly place: Place;
  readonly timing: Timing;
  /** A room to enter whenever the hub does not know us. */
  readonly room: string | null;
  readonly input: Readable;
  readonly output: Writable;
  readonly errors: Writable;
  /** What a line must go through on its way out: nothing for a program, safeText for a terminal. */
  readonly outgoing: (line: string) => string;
}

const QUIT_ID = `${OWN_ID}quit`;

export class JsonLines implements Follower {
  readonly #setup: JsonLinesSetup;
  readonly #ended = Promise.withResolvers<Ended>();
  /** Requests that are not answered, by their id, as they came. */
  readonly #open = new Map<string, string>();
  readonly #acking: NodeJS.Timeout;
  #state: 'entering' | 'here' | 'away' | 'leaving' | 'ended' = 'entering';
  #bye: Extract<WireReply, { type: 'bye' }> | null = null;
  /** Called when the hub is there, or everything is answered, or it is over. */
  #waiters: (() => void)[] = [];

  constructor(setup: JsonLinesSetup) {
    this.#setup = setup;
    this.#acking = setInterval(() => this.#ack(), setup.timing.ackEveryMs);
  }

  run(): Promise<Ended> {
    void this.#passRequests();
    return this.#ended.promise;
  }

  /** Says goodbye. */
  leave(): void {
    if (this.#state === 'leaving' || this.#state === 'ended') return;
    const reachable = this.#state === 'here';
    this.#state = 'leaving';
    this.#wake();
    if (!reachable) {
      this.#end(0, '');
      return;
    }
    this.#quit();
    setTimeout(() => this.#end(0, ''), this.#setup.timing.goodbyeMs);
  }

  #quit(): void {
    this.#setup.link.send(`${JSON.stringify({ type: 'quit', id: QUIT_ID })}\n`);
  }

  back(): void {
    this.#bye = null;
  }

  lost(why: string): void {
    const { errors } = this.#setup;
    if (this.#state === 'entering') this.#end(this.#bye === null ? 3 : 1, this.#bye?.text ?? why);
    else if (this.#state === 'leaving') this.#end(0, '');
    else if (this.#state === 'here') {
      this.#state = 'away';
      errors.write(`chat: connection lost (${this.#bye?.text ?? why}); trying again …\n`);
    }
  }

  failed({ status, message }: Ending): void {
    this.#end(status, message);
  }

  received(line: string): void {
    if (this.#state === 'ended') return;
    const said = readHubLine(line);
    if (said === null) {
      this.#print(line);
    } else if (isEntry(said)) {
      if (this.#setup.place.take(said) !== 'seen') this.#print(line);
    } else if (said.type === 'challenge') {
      // Trust is chat's own business: its key, and the hub's.
      this.#setup.link.prove(said);
    } else if (said.type === 'next-key') {
      this.#setup.link.keepNextKey(said);
    } else if (said.id?.startsWith(OWN_ID) === true) {
      // What chat asked by itself is not the program's.
      if (said.id === QUIT_ID && said.type === 'error')
        setTimeout(() => this.#quit(), said.retry_after_ms ?? 0);
    } else {
      this.#print(line);
      this.#note(said);
    }
  }

  #note(said: Reply): void {
    const unfinished = (said.type === 'who' || said.type === 'rooms' || said.type === 'bans') && said.more;
    if (said.id !== undefined && !unfinished) this.#answered(said.id);
    if (said.type === 'ping') this.#setup.link.send('{"type":"pong"}\n');
    else if (said.type === 'welcome') this.#welcome(said);
    else if (said.type === 'bye') this.#goodbye(said);
    else if (
      said.type === 'error' &&
      (this.#state === 'entering' || (this.#state === 'away' && isFinal(said.code)))
    )
      this.#end(1, refusalText(said.code, said.text));
    else if (said.type === 'error' && this.#state === 'away')
      this.#setup.link.restart(said.text, said.retry_after_ms);
  }

  #welcome(welcome: Extract<Reply, { type: 'welcome' }>): void {
    const { place, room, errors, link } = this.#setup;
    const { how } = place.arrive(welcome);
    if (this.#state === 'leaving') return;
    if (this.#state === 'away') errors.write('chat: back\n');
    this.#state = 'here';
    if (room !== null && how !== 'resumed')
      link.send(`${JSON.stringify({ type: 'join', room, id: 'join' })}\n`);
    for (const request of this.#open.values()) link.send(`${request}\n`);
    this.#wake();
  }

  #goodbye(bye: Extract<Reply, { type: 'bye' }>): void {
    this.#bye = bye;
    if (this.#state === 'leaving' || bye.code === 'quit') this.#end(0, '');
    else if (bye.reconnect) this.#setup.link.restart(bye.text);
    else this.#end(1, bye.text);
  }

  async #passRequests(): Promise<void> {
    const lines = new Lines();
    try {
      for await (const chunk of this.#setup.input) {
        for (const line of lines.push(chunk as Buffer)) await this.#pass(line);
      }
      const rest = lines.rest();
      if (rest !== null) await this.#pass(rest);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (this.#state !== 'ended') this.#refuse(`the input ended: ${error.message}`);
    }
    while (this.#state !== 'ended' && (this.#open.size > 0 || this.#state === 'entering'))
      await this.#woken();
    this.leave();
  }

  async #pass(line: string): Promise<void> {
    if (line.trim() === '') return;
    const request = objectIn(line);
    if (request === null) {
      this.#refuse('that line is not a JSON object: write one object a line');
      return;
    }
    while (this.#state === 'entering' || this.#state === 'away') await this.#woken();
    if (typeof request['id'] === 'string') this.#open.set(request['id'], line);
    if (!this.#setup.link.send(`${line}\n`)) await this.#setup.link.drained();
  }

  #refuse(text: string): void {
    this.#print(JSON.stringify({ type: 'error', code: 'bad-json', text }));
  }

  #answered(id: string): void {
    if (this.#open.delete(id) && this.#open.size === 0) this.#wake();
  }

  #ack(): void {
    if (this.#state !== 'here') return;
    const { link, place } = this.#setup;
    for (const ack of place.acks()) link.send(`${JSON.stringify({ ...ack, id: `${OWN_ID}ack` })}\n`);
  }

  #print(line: string): void {
    this.#setup.output.write(`${this.#setup.outgoing(line)}\n`);
  }

  #woken(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push(resolve);
    return promise;
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  #end(status: Ended['status'], text: string): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    clearInterval(this.#acking);
    this.#setup.link.close();
    this.#setup.input.destroy();
    this.#wake();
    this.#ended.resolve({ status, text });
  }
}

function objectIn(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
