// What the parent of a load and its processes say to each other.

import type { Newcomer, Seat, Way } from './member.ts';

/** As fast as so many messages under way allow, or so many a second whatever comes back. */
export type Pace =
  | { readonly kind: 'window'; readonly messages: number }
  | { readonly kind: 'rate'; readonly perSecond: number };

export type Order =
  | {
      readonly kind: 'enter';
      readonly way: Way;
      readonly newcomers: readonly Newcomer[];
      /** How many of them may be coming in at the same time. */
      readonly atOnce: number;
    }
  | { readonly kind: 'speak'; readonly pace: Pace }
  | { readonly kind: 'count' }
  | { readonly kind: 'report' }
  | { readonly kind: 'hush' };

/** How long messages took from being said to being heard. */
export interface Delays {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What one process heard since it was told to count. */
export interface Report {
  readonly seconds: number;
  readonly bytes: number;
  /** What the first and the last of each room heard, where this process has them. */
  readonly seats: Readonly<Record<Seat, { readonly bytes: number; readonly messages: number } & Delays>>;
}

export type Word =
  | { readonly kind: 'up' }
  | { readonly kind: 'entered' }
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'lost'; readonly why: string };
