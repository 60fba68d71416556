// Peers over real sockets, one for each way to speak to the hub. Each keeps what it was told, and waits for more by event.

import { connect, type Socket } from 'node:net';
import type { Teardown } from './daemon.ts';

const PATIENCE_MS = 10_000;

/** Bytes in, a waiting line for conditions on what has come so far. */
abstract class Peer {
  readonly socket: Socket;
  closed = false;
  // Grows by doubling: a peer may be told many megabytes, in small pieces.
  #buffer = Buffer.alloc(4096);
  #length = 0;
  readonly #waiting = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#keep(chunk);
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  /** All that came. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  get text(): string {
    return this.bytes.toString('utf8');
  }

  /** Resolves with what `look` finds, as soon as it finds something; rejects telling all that came. */
  until<T>(what: string, look: () => T | undefined | false | null): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        reject(new Error(`waited in vain for ${what}; got ${JSON.stringify(this.text.slice(-2000))}`));
      }, PATIENCE_MS);
      const check = (): void => {
        const found = look();
        if (found === undefined || found === false || found === null) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(found);
      };
      this.#waiting.add(check);
      check();
    });
  }

  untilClosed(): Promise<boolean> {
    return this.until('the end', () => this.closed);
  }

  #keep(chunk: Buffer): void {
    while (this.#length + chunk.length > this.#buffer.length) {
      this.#buffer = Buffer.concat([this.#buffer, Buffer.alloc(this.#buffer.length)]);
    }
    chunk.copy(this.#buffer, this.#length);
    this.#length += chunk.length;
  }

  #wake(): void {
    for (const check of this.#waiting) check();
  }
}

export function dial(t: Teardown, port: number, host = '127.0.0.1'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host, noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
    t.teardown(() => socket.destroy());
  });
}

export type Line = Record<string, unknown> & { type: string };

/** Speaks the native dialect. */
export class JsonPeer extends Peer {
  #parsed = 0;
  #parsedLines: Line[] = [];
  #ids = 0;
  nick = '';

  static async open(t: Teardown, port: number, host?: string): Promise<JsonPeer> {
    return new JsonPeer(await dial(t, port, host));
  }

  static async enter(t: Teardown, port: number, nick: string): Promise<JsonPeer> {
    const peer = await JsonPeer.open(t, port);
    await peer.hello(nick);
    return peer;
  }

  /** All complete lines so far. */
  lines(): Line[] {
    for (
      let end = this.bytes.indexOf(10, this.#parsed);
      end !== -1;
      end = this.bytes.indexOf(10, this.#parsed)
    ) {
      this.#parsedLines.push(JSON.parse(this.bytes.toString('utf8', this.#parsed, end)) as Line);
      this.#parsed = end + 1;
    }
    return this.#parsedLines;
  }

  send(request: Record<string, unknown>): void {
    this.socket.write(`${JSON.stringify(request)}\n`);
  }

  /** Sends a request and resolves with what answers it. */
  ask(request: Record<string, unknown>): Promise<Line> {
    const id = `t${++this.#ids}`;
    this.send({ ...request, id });
    return this.line(({ id: answered }) => answered === id);
  }

  async hello(nick: string, more: Record<string, unknown> = {}): Promise<Line> {
    this.send({ type: 'hello', nick, client: 'test', ...more });
    const welcome = await this.line(({ type }) => type === 'welcome' || type === 'error');
    this.nick = nick;
    return welcome;
  }

  line(match: (line: Line) => boolean): Promise<Line> {
    return this.until(match.toString(), () => this.lines().find(match));
  }

  entries(log: string): Line[] {
    return this.lines().filter(
      (line) => line['log'] === log && typeof line['seq'] === 'number' && line.type !== 'ok',
    );
  }
}

/** Speaks plain text, with a newline after each line (`line`) or without (`raw`, as the original client). */
export class PlainPeer extends Peer {
  readonly mode: 'line' | 'raw';
  nick = '';

  constructor(socket: Socket, mode: 'line' | 'raw') {
    super(socket);
    this.mode = mode;
  }

  static async open(t: Teardown, port: number, mode: 'line' | 'raw', host?: string): Promise<PlainPeer> {
    return new PlainPeer(await dial(t, port, host), mode);
  }

  static async enter(t: Teardown, port: number, nick: string, mode: 'line' | 'raw'): Promise<PlainPeer> {
    const peer = await PlainPeer.open(t, port, mode);
    await peer.until('NICKNAME', () => peer.text === 'NICKNAME');
    peer.nick = nick;
    peer.socket.write(mode === 'line' ? `${nick}\n` : nick);
    await peer.sees('Connected to server!');
    return peer;
  }

  /** Says it as this kind of client does: the original puts its name before each text. */
  say(text: string): void {
    this.socket.write(this.mode === 'line' ? `${text}\n` : `${this.nick}: ${text}`);
  }

  sees(text: string): Promise<boolean> {
    return this.until(text, () => this.text.includes(text));
  }
}

/** What comes until the hub closes. */
export function untilEnd(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}
