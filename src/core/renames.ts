// Changing names: at once, so that the next request finds the new name, and what is said privately is never between two.

import type { Actor, Answer } from './actor.ts';
import { personOf, refuseBanned } from './banning.ts';
import type { Command } from './command.ts';
import type { Entry } from './entry.ts';
import type { ChatError } from './errors.ts';
import type { Hub } from './hub.ts';
import type { Log } from './log.ts';
import { LOBBY } from './names.ts';
import { nickname } from './nicknames.ts';
import { participantOnly } from './moves.ts';
import { isKept, lookAlike, nameOwned, nickTaken, readsLike } from './ownership.ts';
import { errorReply } from './reply.ts';
import type { Room } from './room.ts';
import type { Session } from './session.ts';

/** Renames that wait for the store, by the inbox of the person: the name it has kept so far, and how many they are. */
const underWay = new WeakMap<Log, { kept: string; waiting: number }>();

/** Renames a session, or its account with all devices; the rooms learn it in their own order. The old name is free at once. */
export function nick(hub: Hub, by: Actor, command: Extract<Command, { type: 'nick' }>, answer: Answer): void {
  const session = participantOnly(by);
  const wanted = nickname(command.nick);
  refuseBanned(hub, { ...personOf(hub, session), nick: wanted });
  const account = hub.accounts.withId(session.account);
  const owner = hub.accounts.named(wanted);
  const holder = hub.directory.named(wanted);
  // A claim that is not kept for its owner may be used as a nickname, but it becomes nobody's property.
  if (owner !== undefined && owner !== account && (account !== undefined || isKept(hub, wanted)))
    throw nameOwned(wanted);
  if (holder !== undefined && !hub.directory.devices(session).includes(holder)) throw nickTaken(wanted);
  const other = lookAlike(hub, wanted, session);
  if (other !== undefined) throw readsLike(wanted, other);
  const old = session.nick;
  if (old === wanted) {
    answer({ type: 'ok' });
    return;
  }
  const renaming = underWay.get(session.inbox) ?? { kept: old, waiting: 0 };
  const done = (): void => {
    if (--renaming.waiting === 0) underWay.delete(session.inbox);
  };
  const shown = ({ at }: Entry): void => {
    renaming.kept = wanted;
    done();
    answer({ type: 'ok', at });
  };
  const refused = (error: ChatError): void => {
    done();
    // A later rename, which may be kept, counts more.
    if (session.nick === wanted) takeBack(hub, session, renaming.kept);
    answer(errorReply(error));
  };
  const devices = hub.directory.devices(session);
  for (const room of roomsOf(devices)) {
    const told = room.name === LOBBY ? { onShown: shown, onRefused: refused } : {};
    hub.append({ log: room.log, kind: 'rename', from: old, to: wanted, ...told });
  }
  renaming.waiting++;
  underWay.set(session.inbox, renaming);
  if (account !== undefined) hub.accounts.change(account, { name: wanted });
  hub.directory.rename(session, wanted);
  for (const device of devices) hub.save(device);
  hub.setup.tell({ type: 'renamed', nick: old, session: session.id, to: wanted });
}

/** The rooms where the person is seen, each once. */
export function roomsOf(devices: readonly Session[]): ReadonlySet<Room> {
  return new Set(devices.flatMap(({ rooms }) => [...rooms]));
}

/** The store refused the rename: the name it has kept again, if nobody took that, or one like it, meanwhile. */
function takeBack(hub: Hub, session: Session, kept: string): void {
  const account = hub.accounts.withId(session.account);
  const owner = hub.accounts.named(kept);
  const holder = hub.directory.named(kept);
  const isTaken =
    (owner !== undefined && owner !== account) ||
    (holder !== undefined && !hub.directory.devices(session).includes(holder)) ||
    lookAlike(hub, kept, session) !== undefined;
  if (isTaken || !hub.directory.has(session)) return;
  hub.setup.tell({ type: 'renamed', nick: session.nick, session: session.id, to: kept });
  if (account !== undefined) hub.accounts.change(account, { name: kept });
  hub.directory.rename(session, kept);
}
