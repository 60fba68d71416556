// Who owns which name: all accounts in memory, found by name, id and key. Each change is handed on to be kept.

import {
  ACCOUNT_FACT,
  accountOfInbox,
  type AccountRecord,
  accountValue,
  inboxOf,
  isGiven,
} from './account.ts';
import type { Kept } from './book.ts';
import type { Role } from './commands.ts';
import { ChatError } from './errors.ts';
import { LIMITS } from './limits.ts';
import type { Log } from './log.ts';
import { LookAlikes } from './look-alikes.ts';
import { foldName } from './names.ts';
import type { FactChange } from './store.ts';

export interface AccountsSetup {
  /** Has the store keep a fact, in the commit of this tick. */
  readonly note: (fact: FactChange, onKept?: Kept) => void;
  /** A log that no one has written to yet. */
  readonly newLog: (name: string, epoch?: string) => Log;
  readonly max: () => number;
}

const NONE: ReadonlySet<AccountRecord> = new Set();

export class Accounts {
  readonly #setup: AccountsSetup;
  readonly #byId = new Map<string, AccountRecord>();
  readonly #byName = new Map<string, AccountRecord>();
  /** One key may own several names: that of a person and those of their bots. */
  readonly #byKey = new Map<string, Set<AccountRecord>>();
  readonly #names = new LookAlikes();
  readonly #inboxes = new Map<string, Log>();

  constructor(setup: AccountsSetup) {
    this.#setup = setup;
  }

  get size(): number {
    return this.#byId.size;
  }

  all(): IterableIterator<AccountRecord> {
    return this.#byId.values();
  }

  withId(id: string): AccountRecord | undefined {
    return this.#byId.get(id);
  }

  /** The owner of `name`, however it is capitalised. */
  named(name: string): AccountRecord | undefined {
    return this.#byName.get(foldName(name));
  }

  /** The names of accounts that read like `name`, without `own`. */
  lookAlikes(name: string, own: string | null): string[] {
    return this.#names.of(name, own);
  }

  /** Those that belong to `key`. */
  withKey(key: string): ReadonlySet<AccountRecord> {
    return this.#byKey.get(key) ?? NONE;
  }

  /** The role of a session's account; '' is nobody's. */
  roleOf(id: string): Role {
    return this.#byId.get(id)?.role ?? 'user';
  }

  /** Its inbox, made when it is first needed; `epoch`: what one of its sessions knows it by. */
  inbox({ id }: AccountRecord, epoch?: string): Log {
    let log = this.#inboxes.get(id);
    if (log === undefined) {
      log = this.#setup.newLog(inboxOf(id), epoch);
      this.#inboxes.set(id, log);
    }
    return log;
  }

  /** The inbox of this name, when it belongs to an account. */
  inboxNamed(name: string): Log | undefined {
    const id = accountOfInbox(name);
    return id === null ? undefined : this.#inboxes.get(id);
  }

  /** Takes up an account as the store has kept it, with its inbox if that has entries. */
  adopt(record: AccountRecord, inbox: Log | null): void {
    this.#index(record);
    if (inbox !== null) this.#inboxes.set(record.id, inbox);
  }

  /** @throws ChatError `busy` when there are as many as there may be, `name-owned` when the name or a key has an owner. */
  add(record: AccountRecord, onKept?: Kept): AccountRecord {
    if (this.size >= this.#setup.max())
      throw new ChatError(
        'busy',
        `there are ${this.size} accounts already, the most there may be: ask the operator`,
      );
    this.#assertFree(record, undefined);
    return this.#put(record, onKept);
  }

  /** Puts `changes` into an account and returns it as it is now. @throws ChatError `name-owned`, `bad-request` */
  change(account: AccountRecord, changes: Partial<Omit<AccountRecord, 'id'>>, onKept?: Kept): AccountRecord {
    const known = this.#byId.get(account.id) ?? account;
    const changed = { ...known, ...changes };
    this.#assertFree(changed, known);
    this.#unindex(known);
    return this.#put(changed, onKept);
  }

  /** Forgets an account. Returns its inbox, which is to be dropped; null when it never had one. */
  remove(account: AccountRecord, onKept?: Kept): Log | null {
    const known = this.#byId.get(account.id);
    if (known !== undefined) this.#unindex(known);
    const inbox = this.#inboxes.get(account.id) ?? null;
    this.#inboxes.delete(account.id);
    this.#setup.note({ kind: ACCOUNT_FACT, key: account.id, value: null }, onKept);
    return inbox;
  }

  /** Claims that nobody has used since `before` (Unix ms). */
  lapsed(before: number): AccountRecord[] {
    return [...this.#byId.values()].filter((account) => account.seenAt < before && !isGiven(account));
  }

  #put(record: AccountRecord, onKept?: Kept): AccountRecord {
    this.#index(record);
    this.#setup.note({ kind: ACCOUNT_FACT, key: record.id, value: accountValue(record) }, onKept);
    return record;
  }

  #assertFree({ name, keys }: AccountRecord, known: AccountRecord | undefined): void {
    if (keys.length > LIMITS.keysPerAccount)
      throw new ChatError(
        'bad-request',
        `an account has at most ${LIMITS.keysPerAccount} keys: remove one first`,
      );
    const holder = this.named(name);
    if (holder !== undefined && holder !== known)
      throw new ChatError('name-owned', `${name} belongs to an account already`);
  }

  #index(record: AccountRecord): void {
    this.#byId.set(record.id, record);
    this.#byName.set(foldName(record.name), record);
    this.#names.add(record.name);
    for (const key of record.keys) this.#byKey.set(key, new Set([...this.withKey(key), record]));
  }

  #unindex(record: AccountRecord): void {
    this.#byId.delete(record.id);
    this.#byName.delete(foldName(record.name));
    this.#names.delete(record.name);
    for (const key of record.keys) {
      const others = [...this.withKey(key)].filter((other) => other !== record);
      if (others.length === 0) this.#byKey.delete(key);
      else this.#byKey.set(key, new Set(others));
    }
  }
}
