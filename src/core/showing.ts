// Shows what was committed to all who follow it. A large room is served in parts, with a turn of the event loop between them: what comes in meanwhile
// is read and answered, and enough of it is kept by the time the last reader has been served. Measured with 1,000 members at full load, the
// operator's who is answered in 7 ms instead of 14.
//
// Where showing takes long, who comes and who goes is held back until there is more to show or its time has come: each line to each reader
// costs a write, so a crowd that comes in would else pay for its square.

import type { Draft } from './committer.ts';
import type { Entry, EntryKind } from './entry.ts';
import { FanOut, type OnPublished } from './fan-out.ts';
import { LIMITS } from './limits.ts';
import type { Tick, TickSetup } from './tick.ts';

export interface ShowingSetup extends TickSetup {
  readonly tick: Tick;
  /** Entries were published to one log: for those who watch the whole hub. */
  readonly onPublished: OnPublished;
  /** Its state may have changed. */
  readonly onProgress: () => void;
  /** These were offered to every reader. */
  readonly onShown: (drafts: readonly Draft[]) => void;
}

/** What is being shown. */
interface Shown {
  readonly drafts: readonly Draft[];
  readonly entries: readonly Entry[];
  readonly fanOut: FanOut;
  tookMs: number;
}

const COMING_AND_GOING: ReadonlySet<EntryKind> = new Set(['join', 'leave']);
/** It may take a fifth of the time. */
const HOLD_FOR_EACH_MS = 4;

export class Showing {
  readonly #setup: ShowingSetup;
  // Committed, and nobody has been shown it.
  #drafts: Draft[] = [];
  #entries: Entry[] = [];
  #shown: Shown | null = null;
  #notBefore = 0;
  #isDue = false;

  constructor(setup: ShowingSetup) {
    this.#setup = setup;
  }

  /** How far it is with what it shows. */
  get state(): 'idle' | 'nearly-done' | 'busy' {
    if (this.#shown === null) return 'idle';
    return this.#shown.fanOut.left <= LIMITS.readersLeft && this.#drafts.length === 0
      ? 'nearly-done'
      : 'busy';
  }

  /** Takes what is committed, `entries` in the order of `drafts`, and tells those who wait for that. */
  take(drafts: readonly Draft[], entries: readonly Entry[]): void {
    drafts.forEach((draft, i) => {
      const entry = entries[i] as Entry;
      draft.onCommit?.(entry);
      this.#drafts.push(draft);
      this.#entries.push(entry);
    });
  }

  /** Begins with what is committed, unless it is to wait. */
  begin(): void {
    if (this.#shown !== null || this.#drafts.length === 0) return;
    const leftMs = this.#notBefore - this.#setup.now();
    // The clock may have been set back.
    const mayWait = leftMs > 0 && leftMs <= LIMITS.arrivalsHeldMs;
    if (mayWait && this.#entries.every(({ kind }) => COMING_AND_GOING.has(kind))) {
      this.#beginIn(leftMs);
    } else {
      this.#goOn();
    }
  }

  /** Shows now all that is committed. */
  show(): void {
    while (this.#shown !== null || this.#drafts.length > 0) this.#serve(Infinity);
  }

  #beginIn(ms: number): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#setup.after(ms, () => {
      this.#isDue = false;
      // What was held may have been shown with what somebody said.
      if (this.#shown !== null || this.#drafts.length === 0) return;
      this.#notBefore = 0;
      this.begin();
    });
  }

  #goOn(): void {
    this.#serve(LIMITS.readersInARow);
    const shown = this.#shown;
    if (shown !== null)
      this.#setup.soon(() => {
        // All of it may have been shown at once meanwhile.
        if (this.#shown === shown) this.#goOn();
      });
    // The store is to have work while others are shown what waits already.
    this.#setup.onProgress();
    this.begin();
  }

  /** Serves so many readers of what is being shown, or else of what is to be shown next; after the last it is over. */
  #serve(count: number): void {
    const start = this.#setup.now();
    const shown = (this.#shown ??= this.#next());
    const isAll = shown.fanOut.serve(count);
    shown.tookMs += this.#setup.now() - start;
    if (!isAll) return;
    const { drafts, entries, tookMs } = shown;
    this.#shown = null;
    const holdMs = HOLD_FOR_EACH_MS * this.#setup.tick.fannedOut(tookMs);
    this.#notBefore = this.#setup.now() + Math.min(LIMITS.arrivalsHeldMs, holdMs);
    drafts.forEach((draft, i) => draft.onShown?.(entries[i] as Entry));
    this.#setup.onShown(drafts);
  }

  #next(): Shown {
    const [drafts, entries] = [this.#drafts, this.#entries];
    this.#drafts = [];
    this.#entries = [];
    const logs = drafts.map(({ log }) => log);
    return { drafts, entries, fanOut: new FanOut(logs, entries, this.#setup.onPublished), tookMs: 0 };
  }
}
