// The control server: HTTP over a Unix socket, for chatctl and for whatever an operator writes with curl. It finds the handler of a call,
// checks what it is given, and says in one form what went wrong.

import { createServer, type IncomingMessage } from 'node:http';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { ChatError } from '../core/errors.ts';
import type { Hub } from '../core/hub.ts';
import { HANDLERS } from './handlers.ts';
import { auditStart, type DaemonControl, type Parts, RefusedReload } from './parts.ts';
import { CONTROL_LIMITS } from '../core/limits.ts';
import type { Answers, CallName, ControlErrorCode, Refusal, StreamName } from './protocol.ts';
import { readInput, SCHEMAS } from './schemas.ts';
import { type Access, listenAt } from './socket.ts';
import { LineStream } from './stream.ts';

export interface ControlSetup {
  /** Where the socket is made; its directory too, if need be. */
  readonly path: string;
  /** The group whose members may use it: a name of group(5), or a number. */
  readonly group: string;
  readonly hub: Hub;
  readonly daemon: DaemonControl;
}

export interface ControlServer {
  /** Who may open the socket; worth a debug line when it is the owner alone. */
  readonly access: Access;
  /** Ends all streams, lets what is under way be answered for a moment, and removes the socket. */
  close(): Promise<void>;
}

/**
 * Serves the control API of protocol.ts until it is closed.
 * @throws ControlSocketError when the socket cannot be at that path, another hub's being there for one.
 */
export async function startControlServer({ path, group, hub, daemon }: ControlSetup): Promise<ControlServer> {
  const streams = new Set<LineStream>();
  const app = controlApp({ hub, daemon }, streams);
  const server = createServer(
    {
      maxHeaderSize: CONTROL_LIMITS.headBytes,
      headersTimeout: CONTROL_LIMITS.requestWaitMs,
      requestTimeout: CONTROL_LIMITS.requestWaitMs,
      connectionsCheckingInterval: CONTROL_LIMITS.requestWaitMs / 5,
      keepAliveTimeout: CONTROL_LIMITS.keepAliveMs,
    },
    // It never rejects: what goes wrong becomes an answer.
    (request, response) => void listener(request, response),
  );
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  server.maxConnections = CONTROL_LIMITS.connections;
  const access = await listenAt(server, path, group);
  return {
    access,
    close: () =>
      new Promise((resolve) => {
        for (const stream of streams) stream.end();
        const impatient = setTimeout(() => server.closeAllConnections(), CONTROL_LIMITS.closeWaitMs);
        server.close(() => {
          clearTimeout(impatient);
          resolve();
        });
      }),
  };
}

type App = Hono<{ Bindings: HttpBindings }>;

function controlApp(parts: Parts, streams: Set<LineStream>): App {
  const app: App = new Hono();
  for (const name of CALL_NAMES) addCall(app, parts, name);
  addStreams(app, parts, streams);
  // What is left has the wrong method, or is no path of ours.
  const methods = new Map<string, string[]>();
  for (const name of [...CALL_NAMES, ...STREAM_NAMES]) {
    const [method = '', path = ''] = name.split(' ');
    methods.set(path, [...(methods.get(path) ?? []), method]);
  }
  for (const [path, allowed] of methods) {
    app.all(path, (c) => {
      c.header('allow', allowed.join(', '));
      return refuse(c, 405, 'wrong-method', `${path} takes ${allowed.join(' or ')}`);
    });
  }
  app.notFound((c) =>
    refuse(
      c,
      404,
      'no-such-path',
      'the hub knows no such path: a hub older than its chatctl needs a restart',
    ),
  );
  app.onError((error, c) => {
    if (error instanceof ChatError) return refuse(c, STATUS[error.code] ?? 400, error.code, error.message);
    if (error instanceof RefusedReload) return refuse(c, 422, 'bad-config', error.message);
    parts.daemon.fault(error);
    return refuse(c, 500, 'internal', 'the hub made a mistake; its log says more: journalctl -u chatroom');
  });
  return app;
}

const CALL_NAMES = Object.keys(SCHEMAS).filter((name): name is CallName => Object.hasOwn(SCHEMAS, name));
const STREAM_NAMES: readonly StreamName[] = ['GET /v1/events', 'POST /v1/stop'];

/** Errors whose status is not plain 400. */
const STATUS: { readonly [C in ControlErrorCode]?: ContentfulStatusCode } = {
  'too-long': 413,
  'no-such-room': 404,
  'no-such-user': 404,
  'name-owned': 409,
  busy: 503,
  'store-failed': 503,
};

function addCall(app: App, parts: Parts, name: CallName): void {
  const [method = '', path = ''] = name.split(' ');
  app.on(method, path, async (c) =>
    c.json(await answer(parts, name, method === 'GET' ? c.req.query() : await jsonBody(c.env.incoming))),
  );
}

async function answer<C extends CallName>(parts: Parts, name: C, raw: unknown): Promise<Answers[C]> {
  return await HANDLERS[name](parts, readInput(name, raw));
}

function addStreams(app: App, parts: Parts, streams: Set<LineStream>): void {
  const open = (onOver: () => void): LineStream => {
    const stream = new LineStream(CONTROL_LIMITS.watchBufferBytes, () => {
      streams.delete(stream);
      onOver();
    });
    streams.add(stream);
    return stream;
  };
  app.on('GET', '/v1/events', () => {
    if (streams.size >= CONTROL_LIMITS.watchers) {
      throw new ChatError('busy', `${CONTROL_LIMITS.watchers} are watching already: end one of them first`);
    }
    const stream = open(() => stopWatching());
    const stopWatching = parts.hub.watch((entries) => stream.send(entries));
    auditStart(parts, 'watch');
    return lines(stream);
  });
  app.on('POST', '/v1/stop', () => {
    const stream = open(() => {});
    stream.send([{ stopping: true, pid: process.pid }]);
    auditStart(parts, 'stop');
    parts.daemon.stop();
    return lines(stream);
  });
}

function lines(stream: LineStream): Response {
  return new Response(stream.body, { headers: { 'content-type': 'application/jsonl' } });
}

/** The body as JSON; one that is left out is an empty object. */
async function jsonBody(incoming: IncomingMessage): Promise<unknown> {
  const text = await bodyText(incoming);
  try {
    return text === '' ? {} : (JSON.parse(text) as unknown);
  } catch {
    throw new ChatError('bad-json', 'the body of a request must be one JSON object, like {"target":"ER"}');
  }
}

/** What is too much of a body is read and dropped, for as long as a request may take: only then does its sender listen. */
function bodyText(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const { bodyBytes } = CONTROL_LIMITS;
    const chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bodyBytes) chunks.push(chunk);
    });
    incoming.once('end', () => {
      if (bytes <= bodyBytes) resolve(Buffer.concat(chunks).toString());
      else reject(new ChatError('too-long', `a request has at most ${bodyBytes} bytes: send less at once`));
    });
    incoming.once('error', () => reject(new ChatError('bad-request', 'the request ended within its body')));
  });
}

function refuse(c: Context, status: ContentfulStatusCode, code: ControlErrorCode, text: string): Response {
  return c.json({ error: { code, text } } satisfies Refusal, status);
}
