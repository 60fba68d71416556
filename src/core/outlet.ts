// Where what is for one participant goes: a connection, as the core sees it.

import type { Batch } from './entry.ts';
import type { Bye, Reply } from './reply.ts';

/** What lies between the hub and a peer: a key that nobody else has, this machine alone, or a network that anybody may read. */
export interface Channel {
  readonly kind: 'tls' | 'local' | 'open';
  /** What only the two ends of a TLS 1.3 connection know, in base64url (RFC 9266); null for any other. */
  readonly binding: string | null;
}

/** What a session writes to: a connection with its dialect. */
export interface Outlet {
  readonly dialect: string;
  readonly address: string;
  readonly channel: Channel;
  /** Whether the peer can come back with a token. */
  readonly resumable: boolean;
  /** Sends a batch. False: it is the last for now; `Session.drained` will be called when there is room again. */
  deliver(batch: Batch): boolean;
  reply(reply: Reply): void;
  /** Says goodbye and closes; nothing is sent after it. */
  end(bye: Bye): void;
}
