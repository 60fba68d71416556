// A server that does what a test tells it, byte for byte: for hubs that are old, hostile, half dead, or something else.

import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { Teardown } from '../../support/daemon.ts';

type Fields = Record<string, unknown>;

const PATIENCE_MS = 10_000;

/** One connection to it. */
export class Visit {
  readonly socket: Socket;
  text = '';
  closed = false;
  readonly #waiting = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      this.text += chunk.toString();
      this.#wake();
    });
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  say(...lines: (Fields | string)[]): void {
    for (const line of lines)
      this.socket.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`);
  }

  /** The welcome to one whose hello has come. */
  async welcome(more: Fields = {}): Promise<Fields> {
    const hello = await this.request('hello');
    const logs = [{ log: '#lobby', epoch: 'e', seq: 0 }];
    const limits = { text_chars: 1, nick_chars: 1, line_bytes: 1, resume_grace_ms: 1, idle_ping_ms: 1 };
    const names = { nick: hello['nick'], session: '+s', token: 'tok', hub: 'test', version: '0' };
    this.say({ type: 'welcome', ...names, resumed: false, recovered: false, logs, limits, ...more });
    return hello;
  }

  /** The first request of this type, after so many others of it. */
  request(type: string, skip = 0): Promise<Fields> {
    return this.until(type, () => this.requests().filter((each) => each['type'] === type)[skip]);
  }

  requests(): Fields[] {
    const lines = this.text.split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Fields);
  }

  until<T>(what: string, look: () => T | undefined | false): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const timer = setTimeout(
      () => reject(new Error(`waited in vain for ${what}; got ${this.text}`)),
      PATIENCE_MS,
    );
    const check = (): void => {
      const found = look();
      if (found === undefined || found === false) return;
      clearTimeout(timer);
      this.#waiting.delete(check);
      resolve(found);
    };
    this.#waiting.add(check);
    check();
    return promise;
  }

  #wake(): void {
    for (const check of this.#waiting) check();
  }
}

export interface ScriptedHub {
  readonly port: number;
  /** Resolves with the next connection. */
  visit(): Promise<Visit>;
  /** Resolves with all that was ever said to it when nobody is connected any more. */
  saidInAll(): Promise<string>;
}

/** In TLS if `secure` says with which key; otherwise in plain text. */
export async function scriptedHub(
  t: Teardown,
  secure: TlsOptions | null = null,
  host = '127.0.0.1',
): Promise<ScriptedHub> {
  const visits: Visit[] = [];
  const arrived: Visit[] = [];
  const awaited: ((visit: Visit) => void)[] = [];
  const welcome = (socket: Socket): void => {
    const visit = new Visit(socket);
    visits.push(visit);
    t.teardown(() => socket.destroy());
    const next = awaited.shift();
    if (next === undefined) arrived.push(visit);
    else next(visit);
  };
  const server = secure === null ? createServer(welcome) : createTlsServer(secure, welcome);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  t.teardown(() => server.close());
  return {
    port: (server.address() as { port: number }).port,
    visit: () => {
      const visit = arrived.shift();
      if (visit !== undefined) return Promise.resolve(visit);
      const { promise, resolve } = Promise.withResolvers<Visit>();
      awaited.push(resolve);
      return promise;
    },
    saidInAll: async () => {
      await new Promise((resolve) => server.close(resolve));
      return visits.map(({ text }) => text).join('');
    },
  };
}

export function entry(seq: number, text: string, more: Fields = {}): Fields {
  return { type: 'message', log: '#lobby', seq, at: Date.now(), from: 'ER', text, ...more };
}
