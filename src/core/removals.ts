// Showing somebody the door: by the operator, or by those in the room who may.

import type { Actor, Answer } from './actor.ts';
import type { Command } from './command.ts';
import { isAtLeast } from './commands.ts';
import { ChatError } from './errors.ts';
import type { Hub } from './hub.ts';
import { LIMITS } from './limits.ts';
import { LOBBY } from './names.ts';
import { roomsOf } from './renames.ts';
import { bye } from './reply.ts';
import type { Session } from './session.ts';
import { lineText } from './text.ts';

/** Ends a person's sessions at once, on all devices: they see nothing after this; every room they were in is told. */
export function kick(hub: Hub, by: Actor, command: Extract<Command, { type: 'kick' }>, answer: Answer): void {
  const reason = lineText(command.reason, LIMITS.reasonChars, 'a reason');
  const session = hub.directory.target(command.target);
  if (session === undefined) {
    answer({ type: 'kicked', matched: 0 });
    return;
  }
  assertNotAbove(hub, by, session);
  const who = by.session === null ? 'by the operator' : `by ${by.name}`;
  const text = reason === '' ? `you were kicked ${who}` : `you were kicked: ${reason}`;
  const devices = hub.directory.devices(session);
  for (const room of roomsOf(devices)) {
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
  for (const device of devices) {
    hub.dismiss(device, bye('kicked', text, false));
    hub.forget(device, 'kicked');
  }
  if (by.session !== null)
    hub.setup.tell({ type: 'kicked', nick: session.nick, session: session.id, by: by.name });
}

/** @throws ChatError `not-allowed` when `by` would act on somebody of a higher role. */
export function assertNotAbove(hub: Hub, by: Actor, target: Session): void {
  const role = hub.accounts.roleOf(target.account);
  if (!isAtLeast(by.role, role)) {
    throw new ChatError('not-allowed', `${target.nick} is ${role}, and you are ${by.role}: ask an operator`);
  }
}
