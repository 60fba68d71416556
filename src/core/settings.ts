// What an operator may set of the hub's behaviour, in the units the hub counts in.

import type { Rate } from './rate.ts';

export interface HubSettings {
  readonly maxRooms: number;
  /** Messages of one session, and of all that share an address. */
  readonly sessionRate: Rate;
  readonly addressRate: Rate;
  readonly resumeGraceMs: number;
  /**
   * open: a name that was merely claimed is its owner's while they are here. claimed: at any time. closed: only those with an
   * account come in, and nobody makes one by coming.
   */
  readonly access: 'open' | 'claimed' | 'closed';
  readonly maxAccounts: number;
  /** How many accounts may be claimed from one address in an hour. */
  readonly claimsPerAddress: number;
  /** After so long without its owner a claim is free again. */
  readonly claimMs: number;
  /** How many of the lobby's last entries a newcomer without a resume is shown. */
  readonly plainBacklog: number;
}
