// The first bytes of a connection: whose they are, when a balancer says so, and what language they open.

import { readProxyHeader } from './proxy-protocol.ts';
import { type Language, sniff } from './sniff.ts';

/** What the first bytes told. `head`: those that belong to the language itself. */
export interface Opened {
  readonly language: Exclude<Language, 'proxy'>;
  readonly head: Buffer;
}

const NOTHING = Buffer.alloc(0);

export class Opening {
  /** Whether a PROXY header may still come, and the peer's own address with it. */
  proxied: boolean;
  /** The peer's address as a PROXY header told it; null when none did. */
  announced: string | null = null;
  #head: Buffer = NOTHING;

  constructor(proxied: boolean) {
    this.proxied = proxied;
  }

  /** Takes more bytes: what they open, null while they could still open several things, 'bad' for a broken header. */
  push(chunk: Buffer): Opened | 'bad' | null {
    this.#head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
    const language = sniff(this.#head, this.proxied);
    if (language === null) return null;
    if (language !== 'proxy') return this.#opened(language);
    const header = readProxyHeader(this.#head);
    if (header === null || header === 'bad') return header;
    this.announced = header.address;
    // One header only: whatever a peer writes after it is its own.
    this.proxied = false;
    const rest = this.#head.subarray(header.bytes);
    this.#head = NOTHING;
    return rest.length === 0 ? null : this.push(rest);
  }

  /** Nothing more came in time: whatever came is plain text, unless it began to be a header. */
  silence(): Opened | 'bad' {
    return sniff(this.#head, this.proxied) === 'proxy' ? 'bad' : this.#opened('plain');
  }

  #opened(language: Opened['language']): Opened {
    const head = this.#head;
    this.#head = NOTHING;
    return { language, head };
  }
}
