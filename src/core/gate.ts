// What the hub remembers at the door: who is banned, whom it keeps out for now, invites, who guessed wrong, and who made
// accounts of late.

import { Bans } from './bans.ts';
import type { Kept } from './book.ts';
import { Failures } from './failures.ts';
import type { HubEvent } from './event.ts';
import { Invites } from './invites.ts';
import { Lockdown } from './lockdown.ts';
import { Newcomers } from './newcomers.ts';
import { Refusals } from './refusals.ts';
import type { FactChange } from './store.ts';

export class Gate {
  readonly newcomers = new Newcomers();
  readonly failures = new Failures();
  readonly bans: Bans;
  readonly invites: Invites;
  readonly lockdown: Lockdown;
  readonly refusals: Refusals;

  constructor(note: (fact: FactChange, onKept?: Kept) => void, tell: (event: HubEvent) => void) {
    this.bans = new Bans(note);
    this.invites = new Invites(note);
    this.lockdown = new Lockdown(note);
    this.refusals = new Refusals(tell);
  }

  /** What time brings. */
  sweep(now: number): void {
    this.newcomers.sweep(now);
    this.failures.sweep(now);
    this.bans.sweep(now);
    this.invites.sweep(now);
    this.refusals.sweep(now);
  }
}
