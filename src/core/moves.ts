// Coming and going between rooms, and going.

import type { Actor, Answer } from './actor.ts';
import type { Command } from './command.ts';
import { ChatError } from './errors.ts';
import type { Hub } from './hub.ts';
import { isHeard } from './heard.ts';
import { LIMITS } from './limits.ts';
import { LOBBY, roomName } from './names.ts';
import { bye, errorReply } from './reply.ts';
import type { Room } from './room.ts';
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
  if (hub.directory.isOnOther(session, room)) {
    joinQuietly(hub, session, room, answer);
    return;
  }
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

/** Who is in the room on another device already does not enter it once more for the others. */
function joinQuietly(hub: Hub, session: Session, room: Room, answer: Answer): void {
  const { log, name } = room;
  room.members.add(session);
  session.rooms.add(room);
  session.follow(log, log.last);
  const place = { log: name, epoch: log.epoch, seq: log.last };
  hub.save(session, (refused) => answer(refused === null ? { type: 'ok', ...place } : errorReply(refused)));
}

export function part(hub: Hub, by: Actor, command: Of<'part'>, answer: Answer): void {
  const session = participantOnly(by);
  const room = roomOf(hub, by, command.room);
  if (room.name === LOBBY)
    throw new ChatError('bad-request', `everyone is in ${LOBBY}: quit to leave the hub`);
  if (hub.directory.isOnOther(session, room)) answer({ type: 'ok', log: room.name });
  else
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

export function quit(hub: Hub, by: Actor, command: Of<'quit'>): void {
  const session = participantOnly(by);
  const text = isHeard(hub, by) ? command.text : '';
  const why = lineText(text, LIMITS.reasonChars, 'a reason');
  session.tookLeave(session.inbox);
  hub.dismiss(session, bye('quit', 'goodbye', false));
  hub.leave(session, 'quit', why);
}

/** @throws ChatError `bad-request` for the operator, who is in no room. */
export function participantOnly(by: Actor): Session {
  if (by.session === null) throw new ChatError('bad-request', 'only a participant can do that');
  return by.session;
}
