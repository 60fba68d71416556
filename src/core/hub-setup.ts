// What the hub is built from, what it tells of itself, and how its own rooms of the house hand it what is to be said.

import type { Draft } from './committer.ts';
import type { EntryKind } from './entry.ts';
import type { HubEvent } from './event.ts';
import type { Log } from './log.ts';
import type { Proofs } from './proofs.ts';
import type { HubSettings } from './settings.ts';
import type { Store } from './store.ts';

export interface HubSetup {
  readonly store: Store;
  readonly settings: HubSettings;
  /** Unix time in ms. */
  readonly now: () => number;
  /** A string of `bytes` random bytes, in letters and digits. */
  readonly random: (bytes: number) => string;
  readonly soon: (run: () => void) => void;
  /** Runs a function after so many ms. */
  readonly after: (ms: number, run: () => void) => void;
  /** How keys and passwords are checked. */
  readonly proofs: Proofs;
  /** What the operator should know: for the log. Never holds a text or a token. */
  readonly tell: (event: HubEvent) => void;
}

/** What may be left out of a draft. */
export interface Saying {
  readonly log: Log;
  readonly kind: EntryKind;
  readonly from: string;
  readonly to?: string;
  readonly text?: string;
  readonly withNext?: boolean;
  readonly follower?: Draft['follower'];
  readonly request?: Draft['request'];
  readonly onRepeat?: Draft['onRepeat'];
  readonly onCommit?: Draft['onCommit'];
  readonly onShown?: Draft['onShown'];
  readonly onRefused?: Draft['onRefused'];
}

/** Field by field: everything that is said goes through here, and a spread would take as long as the checks before it. */
export function draftOf(saying: Saying): Draft {
  return {
    log: saying.log,
    kind: saying.kind,
    from: saying.from,
    to: saying.to ?? '',
    text: saying.text ?? '',
    withNext: saying.withNext ?? false,
    follower: saying.follower ?? null,
    request: saying.request ?? null,
    onCommit: saying.onCommit ?? null,
    onShown: saying.onShown ?? null,
    onRefused: saying.onRefused ?? null,
    onRepeat: saying.onRepeat ?? null,
  };
}
