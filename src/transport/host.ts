// What a connection needs of the listener that took it; one object serves them all.

import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Hub } from '../core/hub.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Connection } from './connection.ts';
import type { Handshakes } from './handshakes.ts';
import type { Patience } from './liveness.ts';
import type { Rounds } from './rounds.ts';
import type { Coming } from './throttle.ts';

/** Who may do without TLS: everybody, those on this machine, nobody. */
export type Plaintext = 'allow' | 'local' | 'deny';

/** A key that is announced, and the word of the present one for it (chatroom-protocol(7)). */
export interface NextKey {
  readonly key: string;
  readonly signature: string;
}

export interface PeerFields {
  readonly address: string;
  readonly error?: string;
}

export interface ConnectionHost {
  readonly hub: Hub;
  readonly settings: Patience & {
    /** Whether the peer at this address may say for whom it speaks. */
    readonly isProxy: (address: string) => boolean;
    readonly plaintext: Plaintext;
  };
  readonly handshakes: Handshakes;
  /** Where those wait who ask for much: who is in, and who is not. */
  readonly rounds: { readonly inside: Rounds; readonly outside: Rounds };
  now(): number;
  /** The key and certificate for whoever comes now. */
  secureContext(): SecureContext;
  /** The key that will come after the present one; null for none. */
  nextKey(): NextKey | null;
  dialect(name: 'plain' | 'json'): Dialect;
  /** Puts a line about a peer into the log; the same of the same place is told once a minute. */
  debug(text: string, fields: PeerFields): void;
  /** Counts one more that comes from `address`, and says what becomes of it. */
  comes(address: string): Coming;
  /**
   * Counts a connection under its address, now that this is known; where there is no room, one that has not said hello is ended.
   * @throws ChatError `too-many-connections` or `banned`
   */
  claim(connection: Connection, address: string): void;
  /** The peer has said hello and is in. */
  admitted(connection: Connection): void;
  /** Takes over a socket that speaks HTTP; `head` is what it has sent so far. */
  serveHttp(socket: Socket, head: Buffer): void;
  /** The socket is closed. `claimed`: the address it was counted under, if it was. */
  closed(connection: Connection, claimed: string | null): void;
}
