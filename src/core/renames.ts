// Changing names: at once, so that the next request finds the new name, and what is said privately is never between two.

import type { Actor, Answer } from './actor.ts';
import type { Command } from './command.ts';
import type { ChatError } from './errors.ts';
import type { Hub } from './hub.ts';
import { LOBBY, nickname } from './names.ts';
import { participantOnly } from './moves.ts';
import { isKept, lookAlike, nameOwned, nickTaken, readsLike } from './ownership.ts';
import { errorReply } from './reply.ts';
import type { Room } from './room.ts';
import type { Session } from './session.ts';

/** Renames a session, or its account with all devices; the rooms learn it in their own order. The old name is free at once. */
export function nick(hub: Hub, by: Actor, command: Extract<Command, { type: 'nick' }>, answer: Answer): void {
  const session = participantOnly(by);
  const wanted = nickname(command.nick);
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
  const devices = hub.directory.devices(session);
  for (const room of roomsOf(devices)) {
    hub.append({
      log: room.log,
      kind: 'rename',
      from: old,
      to: wanted,
      onShown: room.name === LOBBY ? ({ at }) => answer({ type: 'ok', at }) : null,
      onRefused: room.name === LOBBY ? (error) => takeBack(hub, session, old, error, answer) : null,
    });
  }
  if (account !== undefined) hub.accounts.change(account, { name: wanted });
  hub.directory.rename(session, wanted);
  for (const device of devices) hub.save(device);
  hub.setup.tell({ type: 'renamed', nick: old, session: session.id, to: wanted });
}

/** The rooms where the person is seen, each once. */
export function roomsOf(devices: readonly Session[]): ReadonlySet<Room> {
  return new Set(devices.flatMap(({ rooms }) => [...rooms]));
}

/** The store refused the rename: the old name again, if nobody took it meanwhile. */
function takeBack(hub: Hub, session: Session, old: string, error: ChatError, answer: Answer): void {
  const account = hub.accounts.withId(session.account);
  const owner = hub.accounts.named(old);
  const isFree = hub.directory.named(old) === undefined && (owner === undefined || owner === account);
  if (hub.directory.has(session) && isFree) {
    if (account !== undefined) hub.accounts.change(account, { name: old });
    hub.directory.rename(session, old);
  }
  answer(errorReply(error));
}
