// Shows what was committed to all who follow it. Where that takes long, who comes and who goes is held back until there is more
// to show or its time has come: each line to each reader costs a write, so a crowd that comes in would else pay for its square.

import type { Draft } from './committer.ts';
import type { Entry, EntryKind } from './entry.ts';
import { LIMITS } from './limits.ts';
import type { Log } from './log.ts';
import type { Tick, TickSetup } from './tick.ts';

export interface ShowingSetup extends TickSetup {
  readonly tick: Tick;
  /** Entries were published to one log: for those who watch the whole hub. */
  readonly onPublished: (log: Log, entries: readonly Entry[]) => void;
  /** These were offered to every reader. */
  readonly onShown: (drafts: readonly Draft[]) => void;
}

const COMING_AND_GOING: ReadonlySet<EntryKind> = new Set(['join', 'leave']);
/** It may take a fifth of the time. */
const HOLD_FOR_EACH_MS = 4;

export class Showing {
  readonly #setup: ShowingSetup;
  #drafts: Draft[] = [];
  #entries: Entry[] = [];
  #notBefore = 0;
  #isDue = false;

  constructor(setup: ShowingSetup) {
    this.#setup = setup;
  }

  /** Takes what is committed, `entries` in the order of `drafts`: those who wait for that are told, and it is shown, now or soon. */
  take(drafts: readonly Draft[], entries: readonly Entry[]): void {
    drafts.forEach((draft, i) => {
      const entry = entries[i] as Entry;
      if (entry.kind === 'topic') draft.log.topic = entry.text;
      draft.onCommit?.(entry);
      this.#drafts.push(draft);
      this.#entries.push(entry);
    });
    const leftMs = this.#notBefore - this.#setup.now();
    // The clock may have been set back.
    if (
      leftMs > 0 &&
      leftMs <= LIMITS.arrivalsHeldMs &&
      entries.every(({ kind }) => COMING_AND_GOING.has(kind))
    )
      this.#showIn(leftMs);
    else this.show();
  }

  /** Shows what is held back, if anything is. */
  show(): void {
    const [drafts, entries] = [this.#drafts, this.#entries];
    if (drafts.length === 0) return;
    this.#drafts = [];
    this.#entries = [];
    const tookMs = this.#setup.tick.measure(() => this.#publish(drafts, entries));
    this.#notBefore = this.#setup.now() + Math.min(LIMITS.arrivalsHeldMs, HOLD_FOR_EACH_MS * tookMs);
    this.#setup.onShown(drafts);
  }

  #showIn(ms: number): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#setup.after(ms, () => {
      this.#isDue = false;
      this.show();
    });
  }

  #publish(drafts: readonly Draft[], entries: readonly Entry[]): void {
    const byLog = new Map<Log, Entry[]>();
    drafts.forEach(({ log }, i) => {
      const ofLog = byLog.get(log);
      if (ofLog === undefined) byLog.set(log, [entries[i] as Entry]);
      else ofLog.push(entries[i] as Entry);
    });
    for (const [log, published] of byLog) {
      log.publish(published);
      this.#setup.onPublished(log, published);
    }
    drafts.forEach((draft, i) => draft.onShown?.(entries[i] as Entry));
  }
}
