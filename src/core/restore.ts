// Taking up what the store has kept: accounts, invites, a lockdown, and sessions that wait for their peers.

import { readBan } from './ban.ts';
import { BAN_FACT } from './bans.ts';
import { ACCOUNT_FACT, inboxOf, readAccount } from './account.ts';
import { reading } from './admission.ts';
import type { Hub } from './hub.ts';
import { LOCKDOWN_FACT } from './lockdown.ts';
import { INVITE_FACT, readInvite } from './invites.ts';
import type { Log } from './log.ts';
import { LOBBY, REPORTS } from './names.ts';
import { Session } from './session.ts';
import type { Fact, LogHead, SessionRecord } from './store.ts';

/** Everything. @throws ChatError `store-failed`, and Error naming a fact that is damaged. */
export async function restore(hub: Hub): Promise<void> {
  const { store } = hub.setup;
  const heads = await store.heads();
  for (const head of heads) {
    if (head.name === REPORTS) hub.reports = hub.directory.keptLog(head);
    else if (head.name.startsWith('#')) hub.directory.adopt(head);
  }
  hub.directory.roomOrNew(LOBBY);
  const headOf = new Map(heads.map((head) => [head.name, head]));
  for (const fact of await store.facts()) takeUp(hub, fact, headOf);
  for (const record of await store.sessions()) restoreSession(hub, record, headOf);
  const orphans = heads.filter(
    ({ name }) => name.startsWith('@') && name !== REPORTS && hub.logNamed(name) === undefined,
  );
  if (orphans.length > 0) await store.drop(orphans.map(({ name }) => name));
}

/** An account, an invite or the lockdown as the store has kept it. */
function takeUp(hub: Hub, { kind, key, value }: Fact, heads: ReadonlyMap<string, LogHead>): void {
  try {
    if (kind === BAN_FACT) hub.gate.bans.adopt(readBan(key, value));
    if (kind === INVITE_FACT) hub.gate.invites.adopt(readInvite(key, value));
    if (kind === LOCKDOWN_FACT) hub.gate.lockdown.adopt(value);
    if (kind !== ACCOUNT_FACT) return;
    const record = readAccount(key, value);
    const head = heads.get(inboxOf(record.id));
    hub.accounts.adopt(record, head === undefined ? null : hub.directory.keptLog(head));
  } catch (error) {
    throw new Error(`the store holds a damaged ${kind} ${key}: restore a backup`, { cause: error });
  }
}

/** A session as the store has kept it. One whose account is gone is nobody's. */
function restoreSession(hub: Hub, record: SessionRecord, heads: ReadonlyMap<string, LogHead>): void {
  const { id, token, client, since } = record;
  const account = hub.accounts.withId(record.account);
  const inboxName = account === undefined ? `@${id.slice(1)}` : inboxOf(account.id);
  const place = record.places.find(({ log }) => log === inboxName);
  const inbox =
    account === undefined
      ? ownInbox(hub, inboxName, heads, place?.epoch)
      : hub.accounts.inbox(account, place?.epoch);
  const session = new Session({
    id,
    token,
    nick: account?.name ?? record.nick,
    client,
    account: account?.id ?? '',
    inbox,
    resumable: true,
    since,
    ...reading(hub),
  });
  session.awaySince = hub.now();
  session.follow(inbox, place?.seq ?? 0);
  for (const { log, epoch, seq } of record.places) {
    if (log.startsWith('@')) continue;
    const room = hub.directory.rooms.get(log);
    if (room?.log.epoch !== epoch) session.lost(log);
    if (room === undefined) continue;
    session.follow(room.log, room.log.epoch === epoch ? seq : room.log.last);
    session.rooms.add(room);
    room.members.add(session);
  }
  hub.directory.add(session);
}

function ownInbox(
  hub: Hub,
  name: string,
  heads: ReadonlyMap<string, LogHead>,
  epoch: string | undefined,
): Log {
  const head = heads.get(name);
  return head === undefined ? hub.directory.newLog(name, epoch) : hub.directory.keptLog(head);
}
