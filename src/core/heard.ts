// Who is heard: not those who are muted, and in the last step of the lockdown only moderators and operators.

import type { Actor } from './actor.ts';
import { refuseMuted } from './banning.ts';
import type { CommandType } from './command.ts';
import { ChatError } from './errors.ts';
import type { Hub } from './hub.ts';

/** What others see of whoever asks for it. */
const SPEAKING: ReadonlySet<CommandType> = new Set(['say', 'tell', 'topic', 'nick']);

/** @throws ChatError `muted` or `locked-down` when others would see what `by` asks for, and are not to. */
export function assertHeard(hub: Hub, by: Actor, type: CommandType): void {
  if (!SPEAKING.has(type)) return;
  if (by.session !== null) refuseMuted(hub, by.session);
  hub.gate.lockdown.assertMaySpeak(by.role);
}

/** Whether others are to see the words `by` adds to what it may do all the same. */
export function isHeard(hub: Hub, by: Actor): boolean {
  try {
    assertHeard(hub, by, 'say');
    return true;
  } catch (error) {
    if (error instanceof ChatError) return false;
    throw error;
  }
}
