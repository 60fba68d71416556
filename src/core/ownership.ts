// To whom a name belongs when several want it: what is kept for its owner, and what becomes of whoever holds it meanwhile.

import { type AccountRecord, isGiven } from './account.ts';
import { ChatError } from './errors.ts';
import type { Hub } from './hub.ts';
import type { Log } from './log.ts';

/**
 * Whether nobody but its owner may have `name` now. In open mode a name that was merely claimed is kept only while its owner
 * is here.
 */
export function isKept(hub: Hub, name: string): boolean {
  const owner = hub.accounts.named(name);
  if (owner === undefined) return false;
  return hub.settings.access !== 'open' || isGiven(owner) || hub.directory.signedIn(owner.id).size > 0;
}

/** Gives an owner its name back from whoever holds it: one who is away has left, one who is here is called otherwise. */
export function takeOver(hub: Hub, { id, name }: Pick<AccountRecord, 'id' | 'name'>): void {
  const holder = hub.directory.named(name);
  if (holder === undefined || holder.account === id) return;
  if (holder.outlet === null) {
    hub.leave(holder, 'its name has an owner, who came', '');
    return;
  }
  const free = hub.directory.freeVariant(name, (each) => isKept(hub, each));
  const old = holder.nick;
  for (const room of holder.rooms) hub.append({ log: room.log, kind: 'rename', from: old, to: free });
  hub.directory.rename(holder, free);
  hub.save(holder);
  holder.outlet.reply({ type: 'info', text: `${old} belongs to somebody else: you are called ${free} now` });
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
