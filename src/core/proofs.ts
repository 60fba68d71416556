// How it is proved who somebody is, as the core asks for it: the daemon has the cryptography and the processes for it.

import type { Role } from './commands.ts';

/** What a user database of the operator's own is asked. A key was proved before; a password is for it to check. */
export interface Question {
  readonly name: string;
  readonly address: string;
  readonly key?: string;
  readonly password?: string;
}

/** What it answers; `text` is told to the one who is refused. */
export interface Verdict {
  readonly ok: boolean;
  readonly role?: Role;
  readonly text?: string;
}

export interface Proofs {
  /** Whether the private half of the Ed25519 key `key` made `signature` over `text`. False too for what is none. */
  readonly signed: (key: string, text: string, signature: string) => boolean;
  /**
   * Whether `password` is the one `kept` was made from; null for `kept` takes as long, and is false.
   * Rejects with a ChatError `busy` when too many wait to be checked already.
   */
  readonly matches: (password: string, kept: string | null) => Promise<boolean>;
  /** What a password is to be checked against. Rejects as `matches` does. */
  readonly keep: (password: string) => Promise<string>;
  /** A one-way digest: what a token is known by, so that the store does not hold it. */
  readonly digest: (token: string) => string;
  /**
   * Asks the operator's own user database; null where there is none. Rejects with a ChatError `busy` when it does not answer:
   * then nobody is let in by it.
   */
  readonly ask: ((question: Question) => Promise<Verdict>) | null;
}
