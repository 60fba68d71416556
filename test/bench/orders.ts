// What the parent of a load and its processes say to each other.

import type { Newcomer, Way } from './member.ts';

/** As fast as so many messages under way allow, or so many a second whatever comes back. */
export type Pace =
  | { readonly kind: 'window'; readonly messages: number }
  | { readonly kind: 'rate'; readonly perSecond: number };

export type Order =
  | {
      readonly kind: 'enter';
      readonly way: Way;
      readonly newcomers: readonly Newcomer[];
      /** Numbers of those who speak, and of those who count messages and measure how long each took. */
      readonly speakers: readonly number[];
      readonly probes: readonly number[];
    }
  | { readonly kind: 'speak'; readonly pace: Pace }
  | { readonly kind: 'count' }
  | { readonly kind: 'report' }
  | { readonly kind: 'hush' };

/** What one process heard since it was told to count. */
export interface Report {
  readonly seconds: number;
  readonly bytes: number;
  /** What its probes heard. */
  readonly probed: {
    readonly bytes: number;
    readonly messages: number;
    readonly delaysMs: readonly number[];
  };
}

export type Word =
  | { readonly kind: 'up' }
  | { readonly kind: 'entered' }
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'lost'; readonly why: string };
