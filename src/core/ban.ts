// What a ban or a mute is: whom it is for, until when, and why. It is kept as a fact, and what is read back is checked,
// since a file can be damaged or written by hand.

import { type Address, formatPrefix, inPrefix, parsePrefix, type Prefix, prefixOf } from './address.ts';
import { ChatError } from './errors.ts';
import { globMatches } from './glob.ts';
import { LIMITS } from './limits.ts';
import { foldName } from './names.ts';

/** ban: may not come in. mute: may be here and not speak. */
export const BAN_ACTS = ['ban', 'mute'] as const;

export type BanAct = (typeof BAN_ACTS)[number];

/** Whom it is for, by one trait. `account`: its id, which outlives every name; `name`: how it was called then. */
export type Trait =
  | { readonly by: 'account'; readonly account: string; readonly name: string }
  | { readonly by: 'key'; readonly key: string }
  | { readonly by: 'name'; readonly pattern: string }
  | { readonly by: 'address'; readonly prefix: Prefix };

export interface Ban {
  /** What it is called by in `unban`. */
  readonly id: string;
  readonly act: BanAct;
  /** It is for whoever has one of these. */
  readonly traits: readonly Trait[];
  /** Unix ms; null: until it is taken back. */
  readonly until: number | null;
  /** Told to those it hits. */
  readonly reason: string;
  /** For those who may ban. */
  readonly note: string;
  /** Who made it, and when (Unix ms). */
  readonly by: string;
  readonly at: number;
}

/** Somebody as bans see them. */
export interface Person {
  readonly nick: string;
  /** null when it is not known, as of somebody who is away. */
  readonly address: Address | null;
  /** The id of the account it is signed in to, and the keys it has; '' and none without. */
  readonly account: string;
  readonly keys: readonly string[];
}

export function isFor({ traits }: Ban, person: Person): boolean {
  return traits.some((trait) => {
    switch (trait.by) {
      case 'account':
        return trait.account === person.account;
      case 'key':
        return person.keys.includes(trait.key);
      case 'name':
        return globMatches(trait.pattern, foldName(person.nick));
      case 'address':
        return person.address !== null && inPrefix(person.address, trait.prefix);
    }
  });
}

/** A trait as it is written to ban by it. */
export function traitText(trait: Trait): string {
  switch (trait.by) {
    case 'account':
      return `account:${trait.name}`;
    case 'key':
      return `key:${trait.key}`;
    case 'name':
      return `name:${trait.pattern}`;
    case 'address':
      return formatPrefix(trait.prefix);
  }
}

/**
 * The trait that a target other than a mere name stands for: `name:PATTERN`, `key:KEY`, an address or a range of them.
 * Null for anything else.
 * @throws ChatError `bad-request` for a pattern that is too long or a key that is none
 */
export function traitOf(target: string): Trait | null {
  // One address of IPv6 means nothing: who has it has all of its block (see address.ts).
  const prefix = parsePrefix(target.includes(':') ? prefixOf(target) : target);
  if (prefix !== null) return { by: 'address', prefix };
  const [, by, rest = ''] = /^(name|key):(.*)$/s.exec(target) ?? [];
  if (by === 'key') {
    if (!/^[A-Za-z0-9_-]{43}$/.test(rest))
      throw new ChatError('bad-request', 'a key has 43 characters: chatctl user show NAME lists them');
    return { by: 'key', key: rest };
  }
  if (by === undefined && !/[*?]/.test(target)) return null;
  const pattern = foldName(by === undefined ? target : rest);
  if (pattern === '' || Array.from(pattern).length > LIMITS.banPatternChars)
    throw new ChatError('bad-request', `a pattern of names has 1 to ${LIMITS.banPatternChars} characters`);
  return { by: 'name', pattern };
}

/** A ban as a fact holds it. @throws Error naming what is wrong. */
export function readBan(id: string, value: string): Ban {
  const raw: unknown = JSON.parse(value);
  if (typeof raw !== 'object' || raw === null) throw new Error('it is not an object');
  const { act, traits, until, reason, note, by, at } = raw as Record<string, unknown>;
  const knownAct = BAN_ACTS.find((each) => each === act);
  if (knownAct === undefined) throw wrong('act');
  if (!Array.isArray(traits) || traits.length === 0) throw wrong('traits');
  if (until !== null && typeof until !== 'number') throw wrong('until');
  if (typeof reason !== 'string') throw wrong('reason');
  if (typeof note !== 'string') throw wrong('note');
  if (typeof by !== 'string') throw wrong('by');
  if (typeof at !== 'number') throw wrong('at');
  return { id, act: knownAct, traits: traits.map(readTrait), until, reason, note, by, at };
}

/** The value of the fact: each trait as `[by, text]`, an account with its name besides. */
export function banValue({ act, traits, until, reason, note, by, at }: Ban): string {
  const written = traits.map((trait) =>
    trait.by === 'account' ? [trait.by, trait.account, trait.name] : [trait.by, traitText(trait)],
  );
  return JSON.stringify({ act, traits: written, until, reason, note, by, at });
}

function wrong(field: string): Error {
  return new Error(`its ${field} is not what it must be`);
}

function readTrait(written: unknown): Trait {
  const [by, text, name] = Array.isArray(written) ? (written as unknown[]) : [];
  if (by === 'account' && typeof text === 'string' && typeof name === 'string')
    return { by, account: text, name };
  const trait = typeof text === 'string' ? traitOf(text) : null;
  if (trait === null || trait.by !== by) throw new Error('one of its traits is not what it must be');
  return trait;
}
