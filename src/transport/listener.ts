// The open port: takes connections up to the limits, on sockets of our own or handed in by systemd.

import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { refuseBannedAddress } from '../core/banning.ts';
import { prefixOf } from '../core/address.ts';
import { ChatError } from '../core/errors.ts';
import type { Hub } from '../core/hub.ts';
import { LIMITS } from '../core/limits.ts';
import { Repeats } from '../core/repeats.ts';
import type { Bye } from '../core/reply.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { Connection } from './connection.ts';
import { Handshakes } from './handshakes.ts';
import type { ConnectionHost, NextKey, Plaintext, PeerFields } from './host.ts';
import type { Patience } from './liveness.ts';
import { PeerCounter, plainAddress } from './peers.ts';
import { roundAfterTalk, Rounds } from './rounds.ts';
import { Strangers } from './strangers.ts';
import { type Coming, Throttle } from './throttle.ts';

export interface ListenerSettings extends Patience {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  /** Whether a PROXY header from this address is believed. */
  readonly isProxy: (address: string) => boolean;
  readonly plaintext: Plaintext;
}

export interface ListenerSetup {
  readonly hub: Hub;
  readonly settings: ListenerSettings;
  readonly dialect: (name: 'plain' | 'json') => Dialect;
  /** The key and certificate for whoever comes now. */
  readonly secureContext: () => SecureContext;
  /** The key that will come after the present one; null for none. */
  readonly nextKey: () => NextKey | null;
  readonly now: () => number;
  readonly debug: (text: string, fields: Record<string, unknown>) => void;
  /** Whether everything this hub needs answers: what `/healthz` says. */
  readonly healthy: () => boolean;
}

/** Where to listen: an address of our own, or a descriptor inherited from systemd (sd_listen_fds(3)). */
export type Place = { readonly host: string; readonly port: number } | { readonly fd: number };

// The kernel's queue of connections not taken yet; a storm of reconnects after a restart must fit.
const BACKLOG = 4096;

const clock = (): number => performance.now();

export class Listener implements ConnectionHost {
  readonly hub: Hub;
  readonly #setup: ListenerSetup;
  readonly #servers: Server[] = [];
  readonly #connections = new Set<Connection>();
  readonly #peers = new PeerCounter();
  readonly #throttle = new Throttle();
  readonly #repeats = new Repeats();
  readonly #strangers = new Strangers();
  readonly handshakes = new Handshakes();
  readonly rounds = {
    inside: new Rounds((round) => void setImmediate(round), clock),
    outside: new Rounds((round) => roundAfterTalk(this.hub, round), clock),
  };
  readonly #http: HttpServer;
  settings: ListenerSettings;
  /** Connections taken since the start, and those turned away at a limit, whether taken before or not. */
  accepted = 0;
  refused = 0;
  #whenEmpty: (() => void) | null = null;

  constructor(setup: ListenerSetup) {
    this.#setup = setup;
    this.hub = setup.hub;
    this.settings = setup.settings;
    this.#http = createHttpServer(
      // It never listens, so its own timeouts do not count: the connection ends what takes too long.
      { maxHeaderSize: LIMITS.httpHeadBytes, keepAliveTimeout: 1 },
      (request, response) => {
        const known = request.url === '/healthz' && (request.method === 'GET' || request.method === 'HEAD');
        const status = !known ? 404 : setup.healthy() ? 200 : 503;
        const text = !known ? 'not here: /healthz is\n' : status === 200 ? 'ok\n' : 'not ready\n';
        const headers = { 'content-type': 'text/plain', 'content-length': text.length, connection: 'close' };
        response.writeHead(status, headers).end(text);
      },
    );
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Listens at `place` and resolves with the address in use. Rejects as listen(2) fails. */
  async listen(place: Place): Promise<{ host: string; port: number }> {
    const server = createServer((socket) => this.#accept(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      // The backlog must be a positional argument: as an option it is ignored for a descriptor.
      if ('fd' in place) server.listen({ fd: place.fd }, BACKLOG, resolve);
      else server.listen(place.port, place.host, BACKLOG, resolve);
    });
    server.on('error', (error) => this.#setup.debug('listener', { error: error.message }));
    this.#servers.push(server);
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('not a TCP socket');
    return { host: address.address, port: address.port };
  }

  /** Called about once a second. */
  sweep(): void {
    const now = this.now();
    this.#repeats.sweep(now);
    this.#throttle.sweep(this.settings.maxConnectionsPerAddress, now);
    for (const connection of this.#connections) connection.sweep(now);
  }

  /** Takes no more connections; those there stay. */
  stopAccepting(): void {
    for (const server of this.#servers) server.close();
  }

  /** Ends every connection: those without a session get `bye` too. Resolves when all are closed. */
  async close(bye: Bye): Promise<void> {
    this.stopAccepting();
    for (const connection of this.#connections) connection.end(bye);
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
  }

  now(): number {
    return this.#setup.now();
  }

  secureContext(): SecureContext {
    return this.#setup.secureContext();
  }

  nextKey(): NextKey | null {
    return this.#setup.nextKey();
  }

  /** Tells those who are here of the key that will come. */
  announceNextKey(): void {
    for (const connection of this.#connections) connection.announceNextKey();
  }

  dialect(name: 'plain' | 'json'): Dialect {
    return this.#setup.dialect(name);
  }

  debug(text: string, fields: PeerFields): void {
    this.#repeats.note(text, fields.address, this.now(), (unsaid) =>
      this.#setup.debug(text, { ...fields, unsaid }),
    );
  }

  comes(address: string): Coming {
    const coming = this.#throttle.enter(address, this.settings.maxConnectionsPerAddress, this.now());
    if (coming !== 'in-time') this.#noteRefused(address);
    return coming;
  }

  claim(connection: Connection, address: string): void {
    const count = this.#peers.enter(address);
    refuseBannedAddress(this.hub, address);
    const { maxConnections, maxConnectionsPerAddress } = this.settings;
    const prefix = prefixOf(address);
    if (count > maxConnectionsPerAddress && !this.#findRoom(address, prefix)) {
      throw new ChatError(
        'too-many-connections',
        `your address has ${count - 1} connections already: close one first`,
      );
    }
    if (this.#connections.size > maxConnections && !this.#findRoom(address, null)) {
      throw new ChatError('too-many-connections', 'the hub is full: come back later');
    }
    this.#strangers.add(connection, prefix);
  }

  admitted(connection: Connection): void {
    this.#strangers.delete(connection);
  }

  serveHttp(socket: Socket, head: Buffer): void {
    this.#http.emit('connection', socket);
    socket.unshift(head);
  }

  closed(connection: Connection, claimed: string | null): void {
    // One that had to make room was counted out at once.
    if (!this.#connections.delete(connection)) return;
    this.#strangers.delete(connection);
    if (claimed !== null) this.#peers.leave(claimed);
    if (this.#connections.size === 0) this.#whenEmpty?.();
  }

  /** At a limit somebody is turned away: the one that has said nothing for the longest, if there is one. */
  #findRoom(address: string, prefix: string | null): boolean {
    this.#noteRefused(address);
    return this.#strangers.makeRoom(prefix);
  }

  #noteRefused(address: string): void {
    this.refused++;
    this.hub.gate.refusals.note({ type: 'refused', code: 'too-many-connections', address }, this.now());
  }

  #accept(socket: Socket): void {
    // Beyond the limit a few more are taken, to be told why; the rest are closed without a word.
    if (this.#connections.size >= this.settings.maxConnections + LIMITS.refusedConnections) {
      this.refused++;
      socket.destroy();
      return;
    }
    const address = plainAddress(socket.remoteAddress ?? '');
    // Whom a balancer brings comes when that has said who it is.
    const coming = this.settings.isProxy(address) ? 'in-time' : this.comes(address);
    if (coming === 'unheard') {
      socket.destroy();
      return;
    }
    this.accepted++;
    const connection = new Connection(socket, address, this);
    this.#connections.add(connection);
    connection.start(coming === 'in-time' ? null : coming);
  }
}
