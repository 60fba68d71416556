// Somebody who has just come into a scripted hub, in plain text.

import type { Teardown } from '../../support/daemon.ts';
import { FAST, Guest } from './guest.ts';
import { scriptedHub, type ScriptedHub, type Visit } from './scripted-hub.ts';

export async function arrive(
  t: Teardown,
  timing = FAST,
): Promise<{ hub: ScriptedHub; guest: Guest; visit: Visit }> {
  const hub = await scriptedHub(t);
  const entering = Guest.enterOpenly(t, hub.port, 'LO', { timing });
  const visit = await hub.visit();
  await visit.welcome();
  return { hub, guest: await entering, visit };
}
