// The way to the hub: HTTP over its Unix socket. It finds the socket, and turns all that can go wrong on the way into words.

import type { IncomingMessage, RequestOptions } from 'node:http';
import { connect } from 'node:net';
import {
  type Answers,
  type CallName,
  EXIT,
  type Input,
  type Refusal,
  type StreamName,
  type Streams,
} from '../control/protocol.ts';
import { Failure } from './failure.ts';

// An import of node:http loads undici as well, which costs more than all else at the start.
const http = process.getBuiltinModule('node:http');

/** A hub that has not answered by then will not. */
const ANSWER_WAIT_MS = 10_000;

/** What connect(2) says where no hub is listening. */
const NOBODY_THERE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ECONNREFUSED']);

/** Nobody could be asked: nothing was sent. */
class NotReached extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

export class ControlClient {
  readonly #waitMs: number;
  #paths: readonly string[];

  /** `paths`: where the hub's socket may be, most likely first. */
  constructor(paths: readonly string[], waitMs: number = ANSWER_WAIT_MS) {
    this.#paths = paths;
    this.#waitMs = waitMs;
  }

  /**
   * `waitMs`: how long the hub may take; 0 is for as long as it likes.
   * @throws Failure when the hub refuses, or cannot be reached.
   */
  async call<C extends CallName>(name: C, input: Input<C>, waitMs = this.#waitMs): Promise<Answers[C]> {
    const [method = '', path = ''] = name.split(' ');
    const response =
      method === 'GET'
        ? await this.#send(method, path + query(input), '', waitMs)
        : await this.#send(method, path, JSON.stringify(input), waitMs);
    return (await jsonOf(response)) as Answers[C];
  }

  /** The lines of a stream as they come, until the hub ends it. @throws Failure as `call` does. */
  async *stream<S extends StreamName>(name: S): AsyncGenerator<Streams[S]> {
    const [method = '', path = ''] = name.split(' ');
    const response = await this.#send(method, path, '', this.#waitMs);
    response.setTimeout(0);
    let rest = '';
    try {
      for await (const chunk of response.setEncoding('utf8')) {
        const lines = (rest + String(chunk)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) yield JSON.parse(line) as Streams[S];
      }
    } catch (error) {
      // The hub was killed: its stream is over all the same.
      if (!isSystemError(error)) throw error;
    }
  }

  async #send(method: string, path: string, body: string, waitMs: number): Promise<IncomingMessage> {
    let denied: string | null = null;
    for (const socketPath of this.#paths) {
      try {
        const response = await request(socketPath, { method, path, headers: headersFor(body) }, body, waitMs);
        // The hub was here; the next request is for the same one.
        this.#paths = [socketPath];
        if (response.statusCode !== 200) throw refusal(await jsonOf(response));
        return response;
      } catch (error) {
        if (!(error instanceof NotReached)) throw error;
        if (error.code === 'EACCES' || error.code === 'EPERM') denied ??= socketPath;
        else if (!NOBODY_THERE.has(error.code)) throw noAnswer(error.code);
      }
    }
    if (denied !== null) throw noPermission(denied);
    throw notRunning(this.#paths);
  }
}

function headersFor(body: string): Record<string, string | number> {
  const host = { host: 'chatroom' };
  return body === ''
    ? host
    : { ...host, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
}

/** Resolves with the head of the answer. @throws NotReached before the connection stands, Failure after. */
function request(
  socketPath: string,
  head: RequestOptions,
  body: string,
  waitMs: number,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let reached = false;
    // A connection of its own for each request: there is seldom a second one, and an agent costs some milliseconds.
    const socket = connect(socketPath, () => (reached = true));
    const sent = http.request({ ...head, createConnection: () => socket });
    sent.once('response', resolve);
    sent.once('timeout', () => sent.destroy(new Error(`nothing came in ${waitMs / 1000} s`)));
    sent.once('error', (error: NodeJS.ErrnoException) => {
      reject(reached ? noAnswer(error.message) : new NotReached(error.code ?? ''));
    });
    sent.setTimeout(waitMs);
    sent.end(body);
  });
}

async function jsonOf(response: IncomingMessage): Promise<unknown> {
  let text = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw noAnswer(error instanceof Error ? error.message : String(error));
  }
}

function query(input: object): string {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(input)) if (value !== undefined) given.append(key, String(value));
  return given.size === 0 ? '' : `?${given.toString()}`;
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'code' in error;
}

function refusal(answer: unknown): Failure {
  const { error } = answer as Partial<Refusal>;
  if (error === undefined) return noAnswer('what answers there is no hub');
  return new Failure(EXIT.refused, error.code, error.text);
}

function noAnswer(why: string): Failure {
  return new Failure(
    EXIT.notRunning,
    'no-answer',
    `chatroom does not answer (${why}): systemctl status chatroom tells how it is, journalctl -u chatroom why`,
  );
}

function notRunning(paths: readonly string[]): Failure {
  return new Failure(
    EXIT.notRunning,
    'not-running',
    `chatroom is not running: systemctl start chatroom\n(by hand: npm start or chatroomd; looked for it at ${paths.join(', ')}; --socket PATH names another place)`,
  );
}

function noPermission(path: string): Failure {
  return new Failure(
    EXIT.noPermission,
    'no-permission',
    `no permission to open ${path}: run as root or join group chatroom: usermod -aG chatroom $USER\n(the group counts from the next login on)`,
  );
}
