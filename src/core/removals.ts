// Showing somebody the door: by the operator, or by those in the room who may.

import type { Actor, Answer } from './actor.ts';
import type { Command } from './command.ts';
import { isAtLeast } from './commands.ts';
import { ChatError } from './errors.ts';
import type { Hub } from './hub.ts';
import { LIMITS } from './limits.ts';
import { LOBBY } from './names.ts';
import { roomsOf } from './renames.ts';
import { bye, type Bye } from './reply.ts';
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
  expel(hub, by, hub.directory.devices(session), reason, bye('kicked', text, false), () =>
    answer({ type: 'kicked', matched: 1 }),
  );
  if (by.session !== null)
    hub.setup.tell({ type: 'kicked', nick: session.nick, session: session.id, by: by.name });
}

/** Ends the sessions of one person, telling their rooms; `onTold`: those in the lobby have been told, or never will be. */
export function expel(
  hub: Hub,
  by: Actor,
  devices: readonly Session[],
  reason: string,
  goodbye: Bye,
  onTold: () => void = () => {},
): void {
  for (const room of roomsOf(devices)) {
    hub.append({
      log: room.log,
      kind: 'kick',
      from: by.name,
      to: devices[0]?.nick ?? '',
      text: reason,
      onShown: room.name === LOBBY ? onTold : null,
      onRefused: room.name === LOBBY ? onTold : null,
    });
  }
  // After the entries: when the hub is too busy to keep them, nothing has happened.
  for (const device of devices) {
    hub.dismiss(device, goodbye);
    hub.forget(device, goodbye.code);
  }
}

/** @throws ChatError `not-allowed` when `by` would act on somebody of a higher role. */
export function assertNotAbove(hub: Hub, by: Actor, target: Session): void {
  const role = hub.accounts.roleOf(target.account);
  if (!isAtLeast(by.role, role)) {
    throw new ChatError('not-allowed', `${target.nick} is ${role}, and you are ${by.role}: ask an operator`);
  }
}
