// Saying things: to a room, to one person, in the name of the hub, or to its operator.

import type { Actor, Answer } from './actor.ts';
import type { Command, NoticeTarget } from './command.ts';
import type { Draft } from './committer.ts';
import type { Entry } from './entry.ts';
import { ChatError } from './errors.ts';
import type { Hub } from './hub.ts';
import { LIMITS } from './limits.ts';
import type { Log, Place } from './log.ts';
import { INBOX } from './names.ts';
import { type Recipient, recipient } from './ownership.ts';
import { errorReply } from './reply.ts';
import type { Room } from './room.ts';
import { lineText, messageText } from './text.ts';

type Of<T extends Command['type']> = Extract<Command, { type: T }>;

export function say(hub: Hub, by: Actor, command: Of<'say'>, answer: Answer): void {
  const room = roomOf(hub, by, command.room);
  hub.append({
    log: room.log,
    kind: command.action ? 'action' : 'message',
    from: by.name,
    text: messageText(command.text),
    request: requestOf(by),
    ...acknowledging(by, answer, room.name),
  });
}

/** Puts a private text into the addressee's inbox, and a copy into the sender's own when it can resume. */
export function tell(hub: Hub, by: Actor, command: Of<'tell'>, answer: Answer): void {
  const text = messageText(command.text);
  const to = addressee(hub, command.to);
  const entry = { kind: 'private', from: by.name, to: to.nick, text } as const;
  const delivery = to.isHere ? 'delivered' : 'stored';
  const own = by.session?.inbox ?? null;
  const copyTo = own !== to.inbox && by.session?.resumable === true ? own : null;
  if (copyTo !== null) hub.append({ ...entry, log: to.inbox, withNext: true });
  hub.append({
    ...entry,
    log: copyTo ?? to.inbox,
    request: requestOf(by),
    ...acknowledging(by, answer, copyTo !== null || own === to.inbox ? INBOX : null, delivery),
  });
}

export function notice(hub: Hub, by: Actor, command: Of<'notice'>, answer: Answer): void {
  const text = messageText(command.text);
  const { log, name } = noticeTarget(hub, command.to);
  hub.append({ log, kind: 'notice', from: by.name, text, ...answering(answer, name) });
}

/** A report is a private text to whoever runs the hub: it waits in their inbox. */
export function report(hub: Hub, by: Actor, command: Of<'report'>, answer: Answer): void {
  const { session } = by;
  if (session === null) throw new ChatError('bad-request', 'a report comes from a participant');
  const log = command.log === INBOX ? session.inbox : roomOf(hub, by, command.log).log;
  if (command.seq > log.last || command.seq < 1)
    throw new ChatError('bad-request', `${command.log} has no entry ${command.seq}: check its seq`);
  const reason = lineText(command.text, LIMITS.reasonChars, 'a reason');
  hub.append({
    log: hub.reports,
    kind: 'private',
    from: by.name,
    to: 'operators',
    text: `reports ${log.name} ${command.seq}${reason === '' ? '' : `: ${reason}`}`,
    ...answering(answer, null),
  });
  hub.setup.tell({ type: 'reported', nick: by.name, log: log.name, seq: command.seq });
}

/** The room, when `by` may speak there. @throws ChatError `no-such-room` or `not-in-room`. */
export function roomOf(hub: Hub, by: Actor, name: string): Room {
  const room = hub.directory.room(name);
  if (by.session !== null && !room.members.has(by.session)) {
    throw new ChatError('not-in-room', `you are not in ${room.name}: join it first`);
  }
  return room;
}

/** @throws ChatError `no-such-user` */
function addressee(hub: Hub, name: string): Recipient {
  const found = recipient(hub, name);
  if (found === undefined) {
    throw new ChatError(
      'no-such-user',
      `nobody here is called ${shortened(name)}; start with \\@ to say it to the room`,
    );
  }
  return found;
}

/**
 * Answers `ok` when the entry is durable and shown, or was so before, or the store's refusal. `logName`: where the asker
 * can find it; `delivery`: what became of a private text.
 */
export function answering(
  answer: Answer,
  logName: string | null,
  delivery?: 'delivered' | 'stored',
): {
  onShown: (entry: Entry) => void;
  onRefused: (error: ChatError) => void;
  onRepeat: (place: Place) => void;
} {
  const ok = ({ seq, at }: Place): void =>
    answer({
      type: 'ok',
      ...(logName === null ? {} : { log: logName, seq }),
      at,
      ...(delivery === undefined ? {} : { delivery }),
    });
  return { onShown: ok, onRefused: (error) => answer(errorReply(error)), onRepeat: ok };
}

/** The same for what is said: who did not mark the request sees the entry itself, and waits for no `ok`. */
function acknowledging(
  by: Actor,
  ...how: Parameters<typeof answering>
): Partial<ReturnType<typeof answering>> {
  const { onShown, onRefused, onRepeat } = answering(...how);
  return by.requestId === null ? { onRefused } : { onShown, onRefused, onRepeat };
}

function requestOf({ session, requestId }: Actor): Draft['request'] {
  return session === null || requestId === null || !session.resumable
    ? null
    : { session: session.id, id: requestId };
}

function noticeTarget(hub: Hub, to: NoticeTarget): { log: Log; name: string } {
  switch (to.scope) {
    case 'all':
      return { log: hub.lobby.log, name: hub.lobby.name };
    case 'room': {
      const { log, name } = hub.directory.room(to.room);
      return { log, name };
    }
    case 'user': {
      const found = recipient(hub, to.name);
      if (found === undefined)
        throw new ChatError('no-such-user', `nobody here is called ${shortened(to.name)}`);
      const { inbox, nick } = found;
      return { log: inbox, name: `@${nick}` };
    }
  }
}

function shortened(name: string): string {
  const chars = Array.from(lineText(name.slice(0, 4 * LIMITS.nickChars), 4 * LIMITS.nickChars, 'a name'));
  return chars.length > LIMITS.nickChars ? `${chars.slice(0, LIMITS.nickChars).join('')}…` : chars.join('');
}
