// Coming and going between rooms, changing names, and being shown the door.

import type { Actor, Answer } from './actor.ts';
import type { Command } from './command.ts';
import { ChatError } from './errors.ts';
import type { Hub } from './hub.ts';
import { LIMITS } from './limits.ts';
import { LOBBY, nickname, roomName } from './names.ts';
import { bye, errorReply } from './reply.ts';
import type { Session } from './session.ts';
import { roomOf } from './talk.ts';
import { lineText } from './text.ts';

type Of<T extends Command['type']> = Extract<Command, { type: T }>;

export function join(hub: Hub, by: Actor, command: Of<'join'>, answer: Answer): void {
  const session = participantOnly(by);
  const known = hub.directory.rooms.get(roomName(command.room));
  if (known !== undefined && session.rooms.has(known)) {
    answer({ type: 'ok', log: known.name, epoch: known.log.epoch, seq: known.log.last });
    return;
  }
  if (session.rooms.size >= LIMITS.roomsPerSession) {
    throw new ChatError(
      'too-many-rooms',
      `you are in ${LIMITS.roomsPerSession} rooms, the most one can be in: leave one first`,
    );
  }
  const room = hub.directory.roomOrNew(command.room);
  hub.append({
    log: room.log,
    kind: 'join',
    from: session.nick,
    follower: session,
    onCommit: ({ seq }) => {
      if (session.rooms.has(room)) session.follow(room.log, seq - 1);
    },
    onShown: ({ seq, at }) => answer({ type: 'ok', log: room.name, epoch: room.log.epoch, seq, at }),
    onRefused: (error) => {
      room.members.delete(session);
      session.rooms.delete(room);
      answer(errorReply(error));
    },
  });
  room.members.add(session);
  session.rooms.add(room);
}

export function part(hub: Hub, by: Actor, command: Of<'part'>, answer: Answer): void {
  const session = participantOnly(by);
  const room = roomOf(hub, by, command.room);
  if (room.name === LOBBY)
    throw new ChatError('bad-request', `everyone is in ${LOBBY}: quit to leave the hub`);
  hub.append({
    log: room.log,
    kind: 'leave',
    from: session.nick,
    onShown: ({ seq, at }) => answer({ type: 'ok', log: room.name, seq, at }),
    onRefused: (error) => answer(errorReply(error)),
  });
  // From here on nothing of the room reaches it, not even what waits to be committed.
  room.members.delete(session);
  session.rooms.delete(room);
  session.unfollow(room.log);
  hub.save(session);
}

/** Renames at once, so that the next request finds the new name; the rooms learn it in their own order. */
export function nick(hub: Hub, by: Actor, command: Of<'nick'>, answer: Answer): void {
  const session = participantOnly(by);
  const wanted = nickname(command.nick);
  const holder = hub.directory.named(wanted);
  if (holder !== undefined && holder !== session) {
    throw new ChatError('nick-taken', `somebody here is called ${wanted} already: choose another name`);
  }
  const old = session.nick;
  if (old === wanted) {
    answer({ type: 'ok' });
    return;
  }
  for (const room of session.rooms) {
    hub.append({
      log: room.log,
      kind: 'rename',
      from: old,
      to: wanted,
      onShown: room.name === LOBBY ? ({ at }) => answer({ type: 'ok', at }) : null,
      onRefused: room.name === LOBBY ? (error) => takeBack(hub, session, old, error, answer) : null,
    });
  }
  hub.directory.rename(session, wanted);
  hub.save(session);
  hub.setup.tell({ type: 'renamed', nick: old, session: session.id, to: wanted });
}

export function quit(hub: Hub, by: Actor, command: Of<'quit'>): void {
  const session = participantOnly(by);
  const why = lineText(command.text, LIMITS.reasonChars, 'a reason');
  hub.dismiss(session, bye('quit', 'goodbye', false));
  hub.leave(session, 'quit', why);
}

/** Ends a session at once: it sees nothing after this; every room it was in is told. */
export function kick(hub: Hub, by: Actor, command: Of<'kick'>, answer: Answer): void {
  const reason = lineText(command.reason, LIMITS.reasonChars, 'a reason');
  const session = hub.directory.target(command.target);
  if (session === undefined) {
    answer({ type: 'kicked', matched: 0 });
    return;
  }
  const text = reason === '' ? 'you were kicked by the operator' : `you were kicked: ${reason}`;
  for (const room of session.rooms) {
    hub.append({
      log: room.log,
      kind: 'kick',
      from: by.name,
      to: session.nick,
      text: reason,
      onShown: room.name === LOBBY ? () => answer({ type: 'kicked', matched: 1 }) : null,
      onRefused: room.name === LOBBY ? () => answer({ type: 'kicked', matched: 1 }) : null,
    });
  }
  // After the entries: when the hub is too busy to keep them, the kick is refused and nothing has happened.
  hub.dismiss(session, bye('kicked', text, false));
  for (const room of session.rooms) room.members.delete(session);
  hub.forget(session, 'kicked');
}

/** The store refused the rename: the old name again, if nobody took it meanwhile. */
function takeBack(hub: Hub, session: Session, old: string, error: ChatError, answer: Answer): void {
  if (hub.directory.has(session) && hub.directory.named(old) === undefined)
    hub.directory.rename(session, old);
  answer(errorReply(error));
}

function participantOnly(by: Actor): Session {
  if (by.session === null) throw new ChatError('bad-request', 'only a participant can do that');
  return by.session;
}
