// What an operator may set of the hub's behaviour, in the units the hub counts in.

import type { Rate } from './rate.ts';

export interface HubSettings {
  readonly maxRooms: number;
  /** Messages of one session, and of all that share an address. */
  readonly sessionRate: Rate;
  readonly addressRate: Rate;
  readonly resumeGraceMs: number;
  /** How many of the lobby's last entries a newcomer without a resume is shown. */
  readonly plainBacklog: number;
}
