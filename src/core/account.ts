// What an account is: a name that belongs to whoever has one of its keys or its password. It is kept as a fact, and what
// is read back is checked field by field, since a file can be damaged or written by hand.

import { type Role, ROLES } from './commands.ts';

/** The kind of fact an account is kept as; its key is the account's id. */
export const ACCOUNT_FACT = 'account';

/**
 * How it came to be: claimed by the first key that came with the name, by an invite, made by the operator, or vouched
 * for by a user database of the operator's own.
 */
export const ORIGINS = ['claim', 'invite', 'operator', 'external'] as const;

export type Origin = (typeof ORIGINS)[number];

export interface AccountRecord {
  /** Random letters and digits; it never changes, and names the account's inbox. */
  readonly id: string;
  /** As it is shown. */
  readonly name: string;
  /** Ed25519 public keys: base64url of their 32 bytes. */
  readonly keys: readonly string[];
  /** What a password is checked against, as the daemon made it; null for none. */
  readonly password: string | null;
  readonly role: Role;
  readonly origin: Origin;
  readonly disabled: boolean;
  /** Unix ms. */
  readonly createdAt: number;
  /** When somebody was last signed in to it, Unix ms; to the day or so. */
  readonly seenAt: number;
  /** The last entry of its inbox that one of its devices is known to have. */
  readonly read: number;
}

/**
 * Whether it was given rather than merely claimed: it does not lapse, and in open mode its name stays its own while
 * nobody is signed in to it.
 */
export function isGiven({ password, role, origin }: AccountRecord): boolean {
  return password !== null || role !== 'user' || origin !== 'claim';
}

/** The log where what is said to it privately waits, whether it is here or not. No session's inbox is called so. */
export function inboxOf(id: string): string {
  return `@~${id}`;
}

/** The account an inbox belongs to; null when that is a session's own. */
export function accountOfInbox(log: string): string | null {
  return log.startsWith('@~') ? log.slice(2) : null;
}

/** An account as a fact holds it. @throws Error naming what is wrong. */
export function readAccount(id: string, value: string): AccountRecord {
  const raw: unknown = JSON.parse(value);
  if (typeof raw !== 'object' || raw === null) throw new Error('it is not an object');
  const { name, keys, password, role, origin, disabled, createdAt, seenAt, read } = raw as Record<
    string,
    unknown
  >;
  if (typeof name !== 'string' || name === '') throw wrong('name');
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) throw wrong('keys');
  if (password !== null && typeof password !== 'string') throw wrong('password');
  const knownRole = ROLES.find((each) => each === role);
  if (knownRole === undefined) throw wrong('role');
  const knownOrigin = ORIGINS.find((each) => each === origin);
  if (knownOrigin === undefined) throw wrong('origin');
  if (typeof disabled !== 'boolean') throw wrong('disabled');
  if (!isCount(createdAt)) throw wrong('createdAt');
  if (!isCount(seenAt)) throw wrong('seenAt');
  if (!isCount(read)) throw wrong('read');
  return {
    id,
    name,
    keys,
    password,
    role: knownRole,
    origin: knownOrigin,
    disabled,
    createdAt,
    seenAt,
    read,
  };
}

/** The value of the fact. */
export function accountValue(account: AccountRecord): string {
  const { name, keys, password, role, origin, disabled, createdAt, seenAt, read } = account;
  return JSON.stringify({ name, keys, password, role, origin, disabled, createdAt, seenAt, read });
}

function wrong(field: string): Error {
  return new Error(`its ${field} is not what it must be`);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
