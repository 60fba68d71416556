// A TCP relay that fails on command: it stands between a client and a hub and cuts, swallows, or lets nobody through.

import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Teardown } from '../../support/daemon.ts';

export class Relay {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  /** Where to, on the loopback. */
  target: number;
  /** `mute`: nothing of the hub's reaches a client. `shut`: nor does anybody get through. */
  mode: 'open' | 'mute' | 'shut' = 'open';
  port = 0;

  private constructor(target: number) {
    this.target = target;
    this.#server = createServer((near) => {
      near.on('error', () => {});
      if (this.mode === 'shut') {
        near.resetAndDestroy();
        return;
      }
      const far = connect({ host: '127.0.0.1', port: this.target, noDelay: true });
      far.on('error', () => {});
      const pair = [near, far] as const;
      this.#pairs.add(pair);
      near.on('data', (chunk) => far.write(chunk));
      far.on('data', (chunk) => {
        if (this.mode === 'open') near.write(chunk);
      });
      near.on('close', () => far.destroy());
      far.on('close', () => {
        near.destroy();
        this.#pairs.delete(pair);
      });
    });
  }

  static async open(t: Teardown, target: number): Promise<Relay> {
    const relay = new Relay(target);
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve));
    relay.port = (relay.#server.address() as { port: number }).port;
    t.teardown(() => {
      relay.cut();
      relay.#server.close();
    });
    return relay;
  }

  /** Ends every connection, rudely. */
  cut(): void {
    for (const [near, far] of this.#pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }
}
