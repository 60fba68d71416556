// To whom a name belongs when several want it: what is kept for its owner, and what becomes of whoever holds it meanwhile.

import { type AccountRecord, isGiven } from './account.ts';
import { ChatError } from './errors.ts';
import type { Hub } from './hub.ts';
import type { Log } from './log.ts';
import type { Session } from './session.ts';

/**
 * Whether nobody but its owner may have `name` now. In open mode a name that was merely claimed is kept only while its owner
 * is here.
 */
export function isKept(hub: Hub, name: string): boolean {
  const owner = hub.accounts.named(name);
  if (owner === undefined) return false;
  return hub.settings.access !== 'open' || isGiven(owner) || hub.directory.signedIn(owner.id).size > 0;
}

/**
 * A name that reads like `name` and is somebody else's: of one who is here, or kept for its owner. `own`: the session that wants
 * it, null for a newcomer.
 */
export function lookAlike(hub: Hub, name: string, own: Session | null): string | undefined {
  const [present] = hub.directory.lookAlikes(name, own);
  return present ?? hub.accounts.lookAlikes(name, own?.nick ?? null).find((other) => isKept(hub, other));
}

/** The first variant of `name` that anybody may have, and that reads like nobody else's. */
export function freeVariant(hub: Hub, name: string): string {
  return hub.directory.freeVariant(
    name,
    (each) => isKept(hub, each) || lookAlike(hub, each, null) !== undefined,
  );
}

/**
 * Gives an owner its name from whoever holds it, or one that reads the same: who is away has left, who is here is called
 * otherwise.
 */
export function takeOver(hub: Hub, account: Pick<AccountRecord, 'id' | 'name'>): void {
  for (const name of [account.name, ...hub.directory.lookAlikes(account.name, null)]) {
    const holder = hub.directory.named(name);
    // Names of two owners that read the same were given so by the operator.
    if (holder !== undefined && holder.account === '') giveWay(hub, holder, account.name);
  }
}

function giveWay(hub: Hub, holder: Session, owned: string): void {
  if (holder.outlet === null) {
    hub.leave(holder, 'its name has an owner, who came', '');
    return;
  }
  const old = holder.nick;
  const free = freeVariant(hub, old);
  for (const room of holder.rooms) hub.append({ log: room.log, kind: 'rename', from: old, to: free });
  hub.directory.rename(holder, free);
  hub.save(holder);
  const text = `${owned} belongs to somebody else: you are called ${free} now`;
  holder.outlet.reply({ type: 'info', text });
  hub.setup.tell({ type: 'renamed', nick: old, session: holder.id, to: free });
}

/** Where something said to `name` (or to a session's `+id`) goes, settled at once: no rename can come between. */
export interface Recipient {
  readonly inbox: Log;
  /** The name they have now. */
  readonly nick: string;
  /** Whether any of their devices is here. */
  readonly isHere: boolean;
}

/** Who has `name`: those who are here or may come back, else its owner, for whom it is kept. */
export function recipient(hub: Hub, name: string): Recipient | undefined {
  const session = hub.directory.target(name);
  if (session !== undefined) {
    const isHere = hub.directory.devices(session).some(({ outlet }) => outlet !== null);
    return { inbox: session.inbox, nick: session.nick, isHere };
  }
  const owner = hub.accounts.named(name);
  if (owner === undefined || owner.disabled) return undefined;
  return { inbox: hub.accounts.inbox(owner), nick: owner.name, isHere: false };
}

export function nickTaken(nick: string): ChatError {
  return new ChatError('nick-taken', `somebody here is called ${nick} already: choose another name`);
}

export function readsLike(nick: string, other: string): ChatError {
  return new ChatError(
    'look-alike',
    `the name ${nick} reads like ${other}, which is somebody else's: choose another name`,
  );
}

export function nameOwned(nick: string): ChatError {
  return new ChatError(
    'name-owned',
    `${nick} belongs to somebody: choose another name, or sign in with the key or password it belongs to`,
  );
}

/** `names`: those that belong to the key which it came with. */
export function accountsOnly(names: readonly string[] = []): ChatError {
  if (names.length > 0)
    return new ChatError(
      'accounts-only',
      `only those with an account come in here: your key is that of ${names.join(', ')}`,
    );
  return new ChatError(
    'accounts-only',
    'only those with an account come in here: sign in over TLS with its key or password, or ask the operator for an invite',
  );
}
