// All bans and mutes there are, in memory; each change is handed on to be kept. Those that are over are forgotten.

import { type Address, inPrefix } from './address.ts';
import { type Ban, type BanAct, banValue, isFor, type Person, traitText } from './ban.ts';
import type { Kept } from './book.ts';
import { ChatError } from './errors.ts';
import { LIMITS } from './limits.ts';
import type { FactChange } from './store.ts';

/** The kind of fact a ban is kept as; its key is the ban's id. */
export const BAN_FACT = 'ban';

export class Bans {
  readonly #note: (fact: FactChange, onKept?: Kept) => void;
  readonly #bans: Readonly<Record<BanAct, Map<string, Ban>>> = { ban: new Map(), mute: new Map() };

  /** `note`: has the store keep a fact. */
  constructor(note: (fact: FactChange, onKept?: Kept) => void) {
    this.#note = note;
  }

  get size(): number {
    return this.#bans.ban.size + this.#bans.mute.size;
  }

  /** Takes up what the store has kept. */
  adopt(ban: Ban): void {
    this.#bans[ban.act].set(ban.id, ban);
  }

  /** Those in force, the newest first. */
  all(now: number): Ban[] {
    return [...this.#bans.ban.values(), ...this.#bans.mute.values()]
      .filter((ban) => !isOver(ban, now))
      .sort((a, b) => b.at - a.at);
  }

  /**
   * What keeps somebody from coming in, or from speaking. Who it is, `of` says when there is a ban to ask it for: before
   * everything that is said, nearly always nobody is muted.
   */
  hitting(act: BanAct, of: () => Person, now: number): Ban | undefined {
    if (this.#bans[act].size === 0) return undefined;
    const person = of();
    for (const ban of this.#bans[act].values()) if (!isOver(ban, now) && isFor(ban, person)) return ban;
    return undefined;
  }

  /** What keeps whoever has `address` from coming in, whoever that is. */
  hittingAddress(address: Address, now: number): Ban | undefined {
    const isHit = ({ traits }: Ban): boolean =>
      traits.some((trait) => trait.by === 'address' && inPrefix(address, trait.prefix));
    for (const ban of this.#bans.ban.values()) if (!isOver(ban, now) && isHit(ban)) return ban;
    return undefined;
  }

  /** @throws ChatError `busy` when there are as many as there may be. */
  add(ban: Ban, onKept?: Kept): void {
    if (this.size >= LIMITS.bans)
      throw new ChatError(
        'busy',
        `there are ${this.size} bans already, the most there may be: take some back`,
      );
    this.#bans[ban.act].set(ban.id, ban);
    this.#note({ kind: BAN_FACT, key: ban.id, value: banValue(ban) }, onKept);
  }

  /** Takes back those whose id, or one of whose traits, is written so. Returns how many; `onKept` is called if any. */
  remove(act: BanAct, written: readonly string[], onKept?: Kept): number {
    const found = [...this.#bans[act].values()].filter(({ id, traits }) =>
      [id, ...traits.map(traitText)].some((each) => written.includes(each)),
    );
    for (const [i, { id }] of found.entries()) {
      this.#bans[act].delete(id);
      const isLast = i === found.length - 1;
      this.#note({ kind: BAN_FACT, key: id, value: null }, isLast ? onKept : undefined);
    }
    return found.length;
  }

  /** Forgets those that are over. */
  sweep(now: number): void {
    for (const bans of Object.values(this.#bans)) {
      for (const ban of bans.values()) {
        if (!isOver(ban, now)) continue;
        bans.delete(ban.id);
        this.#note({ kind: BAN_FACT, key: ban.id, value: null });
      }
    }
  }
}

function isOver({ until }: Ban, now: number): boolean {
  return until !== null && until <= now;
}
