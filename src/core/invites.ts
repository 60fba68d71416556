// Invites: tokens that let somebody make an account, also where nobody may otherwise. Only a digest of each is kept.

import type { Kept } from './book.ts';
import { type Role, ROLES } from './commands.ts';
import { ChatError } from './errors.ts';
import { LIMITS } from './limits.ts';
import type { FactChange } from './store.ts';

/** The kind of fact an invite is kept as; its key is the digest of its token. */
export const INVITE_FACT = 'invite';

export interface Invite {
  /** What the operator calls it by. */
  readonly id: string;
  readonly digest: string;
  readonly role: Role;
  /** How many more accounts it can make. */
  readonly uses: number;
  /** Unix ms; null for never. */
  readonly expiresAt: number | null;
  readonly createdAt: number;
}

export class Invites {
  readonly #note: (fact: FactChange, onKept?: Kept) => void;
  readonly #byDigest = new Map<string, Invite>();

  constructor(note: (fact: FactChange, onKept?: Kept) => void) {
    this.#note = note;
  }

  /** Those that can still be used at `now`. */
  all(now: number): Invite[] {
    return [...this.#byDigest.values()].filter((invite) => isGood(invite, now));
  }

  adopt(invite: Invite): void {
    this.#byDigest.set(invite.digest, invite);
  }

  /** @throws ChatError `busy` when there are as many as there may be. */
  add(invite: Invite, onKept?: Kept): void {
    if (this.#byDigest.size >= LIMITS.invites)
      throw new ChatError('busy', `there are ${LIMITS.invites} invites already: revoke some of them`);
    this.#put(invite, onKept);
  }

  /** The invite whose token has this digest. @throws ChatError `auth-failed` when it is none, or no longer good. */
  good(digest: string, now: number): Invite {
    const invite = this.#byDigest.get(digest);
    if (invite === undefined || !isGood(invite, now))
      throw new ChatError(
        'auth-failed',
        'that invite is not good, or no longer: ask the operator for another',
      );
    return invite;
  }

  /** It has made an account. */
  use(invite: Invite): void {
    const uses = (this.#byDigest.get(invite.digest)?.uses ?? 0) - 1;
    if (uses > 0) this.#put({ ...invite, uses });
    else this.#remove(invite);
  }

  /** It can make no more accounts. */
  revoke(invite: Invite, onKept?: Kept): void {
    this.#remove(invite, onKept);
  }

  /** Forgets those whose time is over. */
  sweep(now: number): void {
    for (const invite of this.#byDigest.values()) if (!isGood(invite, now)) this.#remove(invite);
  }

  #put(invite: Invite, onKept?: Kept): void {
    this.#byDigest.set(invite.digest, invite);
    const { digest, ...fields } = invite;
    this.#note({ kind: INVITE_FACT, key: digest, value: JSON.stringify(fields) }, onKept);
  }

  #remove({ digest }: Invite, onKept?: Kept): void {
    this.#byDigest.delete(digest);
    this.#note({ kind: INVITE_FACT, key: digest, value: null }, onKept);
  }
}

function isGood({ uses, expiresAt }: Invite, now: number): boolean {
  return uses > 0 && (expiresAt === null || now < expiresAt);
}

/** An invite as a fact holds it. @throws Error naming what is wrong. */
export function readInvite(digest: string, value: string): Invite {
  const raw: unknown = JSON.parse(value);
  if (typeof raw !== 'object' || raw === null) throw new Error('it is not an object');
  const { id, role, uses, expiresAt, createdAt } = raw as Record<string, unknown>;
  const known = ROLES.find((each) => each === role);
  if (typeof id !== 'string' || known === undefined) throw new Error('its id or role is not what it must be');
  if (typeof uses !== 'number' || typeof createdAt !== 'number')
    throw new Error('its uses or createdAt is no number');
  if (expiresAt !== null && typeof expiresAt !== 'number') throw new Error('its expiresAt is no number');
  return { id, digest, role: known, uses, expiresAt, createdAt };
}
