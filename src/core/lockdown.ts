// Lockdown: in steps the operator keeps out who is not known yet, when a room is flooded. It lasts until it is taken back, also through
// restarts; who is here stays, and may come back to its session.

import type { Kept } from './book.ts';
import { isAtLeast, type Role } from './commands.ts';
import { ChatError } from './errors.ts';
import type { FactChange } from './store.ts';

/** What each step means; each keeps out all that those before it do. */
export const LOCKDOWN = [
  'everybody may come in and speak',
  'no new accounts are made',
  'only those with an account come in',
  'nobody new comes in',
  'nobody new comes in, and only moderators and operators speak',
] as const;

export type LockdownLevel = 0 | 1 | 2 | 3 | 4;

/** The kind of fact it is kept as; there is at most one. */
export const LOCKDOWN_FACT = 'lockdown';

/** Somebody who is not here yet, nor was a moment ago: a guest, the owner of an account, or one who makes it by coming in. */
export interface Newcomer {
  readonly account: 'none' | 'known' | 'new';
  readonly role: Role;
}

export class Lockdown {
  readonly #note: (fact: FactChange, onKept?: Kept) => void;
  #level: LockdownLevel = 0;

  /** `note`: has the store keep a fact. */
  constructor(note: (fact: FactChange, onKept?: Kept) => void) {
    this.#note = note;
  }

  get level(): LockdownLevel {
    return this.#level;
  }

  /** Is in force at once; `onKept` is called when it also outlasts the hub. */
  set(level: LockdownLevel, onKept: Kept): void {
    this.#level = level;
    this.#note(
      { kind: LOCKDOWN_FACT, key: '', value: level === 0 ? null : JSON.stringify({ level }) },
      onKept,
    );
  }

  /** Takes up what the store has kept. @throws Error when it is no level. */
  adopt(value: string): void {
    const { level } = Object(JSON.parse(value)) as { level?: unknown };
    if (!isLockdownLevel(level)) throw new Error('its level is not what it must be');
    this.#level = level;
  }

  /** @throws ChatError `locked-down` for whom it keeps out. Moderators and operators are needed most now. */
  assertMayEnter({ account, role }: Newcomer): void {
    if (account === 'known' && isAtLeast(role, 'moderator')) return;
    const why = this.#whyOut(account);
    if (why !== null) throw new ChatError('locked-down', why);
  }

  /** @throws ChatError `locked-down` when only moderators and operators speak. */
  assertMaySpeak(role: Role): void {
    if (this.#level === 4 && !isAtLeast(role, 'moderator')) {
      throw new ChatError(
        'locked-down',
        'only moderators and operators speak for now: wait until they end that, or use report to reach them',
      );
    }
  }

  #whyOut(account: Newcomer['account']): string | null {
    if (this.#level >= 3) return 'nobody new comes in for now: try again later';
    if (this.#level === 2 && account === 'none')
      return 'only those with an account come in for now: sign in, or try again later';
    if (this.#level > 0 && account === 'new')
      return 'no new accounts are made for now: come in without one, or try again later';
    return null;
  }
}

export function isLockdownLevel(value: unknown): value is LockdownLevel {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < LOCKDOWN.length;
}
