// What a dialect is: a decoder that turns bytes into requests, at whatever places they were split, and an encoder
// that turns entries and replies into bytes. One object serves one connection; encodings of batches are shared.

import type { Command, Hello } from '../core/command.ts';
import type { Batch } from '../core/entry.ts';
import type { ChatError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';

/** What a peer asked for. `id` is its own mark for the answer; null when it gave none. */
export type Request =
  | { readonly kind: 'hello'; readonly hello: Hello; readonly id: string | null }
  /** The answer to a challenge. */
  | { readonly kind: 'auth'; readonly signature: string; readonly id: string | null }
  /** What a person typed who was asked for a password. */
  | { readonly kind: 'password'; readonly password: string }
  | { readonly kind: 'command'; readonly command: Command; readonly id: string | null }
  /** It answered a ping: nothing to do, but it is alive. */
  | { readonly kind: 'alive' }
  /** What it sent cannot be understood. `fatal`: nor can anything after it. */
  | { readonly kind: 'bad'; readonly error: ChatError; readonly id: string | null; readonly fatal: boolean };

/** What a dialect must know of the hub and of the clock. */
export interface DialectSetup {
  readonly hubName: string;
  readonly version: string;
  readonly resumeGraceMs: number;
  readonly idlePingMs: number;
  readonly now: () => number;
  readonly isPresent: (name: string) => boolean;
}

export interface Dialect {
  readonly name: 'plain' | 'json';
  /** Whether its peers can come back with a token. */
  readonly resumable: boolean;
  /** Whether its peers answer a ping. */
  readonly answersPings: boolean;
  /** What the hub says first; null for nothing. */
  readonly greeting: Buffer | null;
  /** After so many ms without bytes `quiet` is called, once; 0 for never. */
  readonly quietMs: number;
  /**
   * How many of the bytes that came it takes at once. Not all where it can be helped: the requests of many short lines take a
   * hundred times the bytes.
   */
  takes(bytes: Buffer): number;
  /** Bytes of something that was begun and is not complete. */
  readonly heldBytes: number;
  /** Bytes in, requests out. The chunk is not kept beyond the call. */
  decode(chunk: Buffer): Request[];
  /** A hello was decided, or a password asked for: what came after it can be understood now. */
  proceed(next: 'in' | 'password'): Request[];
  /** No byte came for `quietMs`. */
  quiet(): Request[];
  /** The bytes for a batch of one log. */
  encode(batch: Batch): Buffer;
  /** The bytes for a reply, null when this dialect has no words for it. */
  encodeReply(reply: Reply, id: string | null): Buffer | null;
}
