// A stop that is announced: everybody is told, nobody new comes in, and when the time is over the daemon stops as it does when told to.

import type { Hub } from '../core/hub.ts';
import { ask } from './ask.ts';
import type { Parts } from './parts.ts';
import type { Draining } from './protocol.ts';

const REASSURANCE = 'who uses chat is back by itself a moment later';
const GOES_ON = 'the hub does not restart: everything goes on';

/** Plans a stop in `seconds`. @throws ChatError when it cannot be announced: then all is as it was before. */
export async function drain({ hub, daemon }: Parts, seconds: number, why: string): Promise<Draining> {
  const text = `the hub restarts ${inWords(seconds)}: ${why === '' ? REASSURANCE : why}`;
  const until = hub.now() + seconds * 1000;
  const before = hub.drain.until;
  const plan = (at: number): void => hub.drain.begin(at, () => daemon.stop());
  // Before it is announced, for whoever comes in after that would not have been told.
  plan(until);
  try {
    await tellAll(hub, text);
  } catch (error) {
    if (before === null) hub.drain.cancel();
    else plan(before);
    throw error;
  }
  return { until, text };
}

/** Gives a planned stop up, and tells everybody so. */
export async function cancelDrain({ hub }: Parts): Promise<{ cancelled: boolean }> {
  const cancelled = hub.drain.cancel();
  if (cancelled) await tellAll(hub, GOES_ON);
  return { cancelled };
}

async function tellAll(hub: Hub, text: string): Promise<void> {
  await ask(hub, { type: 'notice', to: { scope: 'all' }, text });
}

function inWords(seconds: number): string {
  if (seconds === 0) return 'now';
  return seconds < 120 ? `in ${seconds} s` : `in ${Math.round(seconds / 60)} min`;
}
