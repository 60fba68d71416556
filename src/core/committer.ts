// The one road into every log: what is said waits here for the end of the tick, is committed together, and only
// then reaches anybody. The next batch goes to the store before the last one is fanned out, so both work at once.

import type { Entry, EntryKind } from './entry.ts';
import { ChatError } from './errors.ts';
import { LIMITS } from './limits.ts';
import type { Log, Place } from './log.ts';
import type { Commit, LogChange, Store } from './store.ts';

/** An entry to be. Its place in the log is settled when its batch goes to the store. */
export interface Draft {
  readonly log: Log;
  readonly kind: EntryKind;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  /** Kept or refused together with the draft handed in next. */
  readonly withNext: boolean;
  /** It is durable, and nobody has seen it yet. */
  readonly onCommit: ((entry: Entry) => void) | null;
  /** It was offered to every reader. */
  readonly onShown: ((entry: Entry) => void) | null;
  /** The store refused it: it never happened. */
  readonly onRefused: ((error: ChatError) => void) | null;
}

export interface CommitterSetup {
  readonly store: Store;
  readonly now: () => number;
  /** Runs a function after the bytes that have arrived by now are read. */
  readonly soon: (run: () => void) => void;
  /** Entries were published to one log: for those who watch the whole hub. */
  readonly onPublished: (log: Log, entries: readonly Entry[]) => void;
}

export class Committer {
  readonly #setup: CommitterSetup;
  #pending: Draft[] = [];
  #scheduled = false;
  #underWay: Promise<void> | null = null;
  // How many drafts were ever handed in and how many are committed or refused; and what waits for a place in that row.
  #handedIn = 0;
  #done = 0;
  #later: { readonly after: number; readonly run: () => void }[] = [];

  constructor(setup: CommitterSetup) {
    this.#setup = setup;
  }

  /**
   * Hands in a draft.
   * @throws ChatError `busy` when more is waiting than the store can soon keep.
   */
  add(draft: Draft): void {
    const needed = draft.withNext ? 2 : 1;
    if (this.#pending.length + needed > LIMITS.pendingEntries) {
      throw new ChatError(
        'busy',
        'the hub has more to keep than it can right now: try again in a second',
        1000,
      );
    }
    this.#pending.push(draft);
    draft.log.pending++;
    this.#handedIn++;
    if (this.#scheduled || this.#underWay !== null) return;
    this.#scheduled = true;
    this.#setup.soon(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  /** Runs `run` as soon as all that was handed in before is committed or refused. */
  afterwards(run: () => void): void {
    this.#later.push({ after: this.#handedIn, run });
    this.#runLater();
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    while (this.#underWay !== null || this.#pending.length > 0) {
      if (this.#underWay === null) this.#flush();
      await this.#underWay;
    }
  }

  #flush(): void {
    if (this.#underWay !== null || this.#pending.length === 0) return;
    const drafts = this.#take();
    const { commit, places } = this.#place(drafts);
    this.#underWay = this.#setup.store.append(commit).then(
      () => {
        this.#underWay = null;
        for (const [log, place] of places) log.commit(place);
        this.#flush();
        this.#publish(drafts, commit.entries);
        this.#finish(drafts);
      },
      (error: unknown) => {
        this.#underWay = null;
        this.#flush();
        const refusal = error instanceof ChatError ? error : new ChatError('store-failed', String(error));
        for (const draft of drafts) draft.onRefused?.(refusal);
        this.#finish(drafts);
      },
    );
  }

  #finish(drafts: readonly Draft[]): void {
    for (const { log } of drafts) log.pending--;
    this.#done += drafts.length;
    this.#runLater();
  }

  #runLater(): void {
    while (this.#later[0] !== undefined && this.#later[0].after <= this.#done) this.#later.shift()?.run();
  }

  /** The drafts of the next batch, within its bounds. */
  #take(): Draft[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#pending.length && count < LIMITS.batchEntries && bytes < LIMITS.batchTextBytes) {
      bytes += (this.#pending[count] as Draft).text.length;
      count++;
    }
    while (this.#pending[count - 1]?.withNext === true) count++;
    if (count === this.#pending.length) {
      const all = this.#pending;
      this.#pending = [];
      return all;
    }
    return this.#pending.splice(0, count);
  }

  /** Gives each draft its number and time. Nothing is lost when the store refuses: numbers count from what is committed. */
  #place(drafts: readonly Draft[]): { commit: Commit; places: Map<Log, Place> } {
    const now = this.#setup.now();
    const places = new Map<Log, Place>();
    const changes = new Map<Log, LogChange>();
    const entries = drafts.map(({ log, kind, from, to, text }) => {
      let place = places.get(log);
      if (place === undefined) {
        // The clock may step back; a log's times never do.
        place = { seq: log.committed.seq, at: Math.max(now, log.committed.at) };
        places.set(log, place);
        if (!log.saved) changes.set(log, { name: log.name, epoch: log.epoch, topic: log.topic });
      }
      if (kind === 'topic') changes.set(log, { name: log.name, epoch: log.epoch, topic: text });
      place.seq++;
      return { log: log.name, seq: place.seq, at: place.at, kind, from, to, text };
    });
    return { commit: { logs: [...changes.values()], entries }, places };
  }

  #publish(drafts: readonly Draft[], entries: readonly Entry[]): void {
    const byLog = new Map<Log, Entry[]>();
    drafts.forEach((draft, i) => {
      const entry = entries[i] as Entry;
      if (entry.kind === 'topic') draft.log.topic = entry.text;
      draft.onCommit?.(entry);
      const ofLog = byLog.get(draft.log);
      if (ofLog === undefined) byLog.set(draft.log, [entry]);
      else ofLog.push(entry);
    });
    for (const [log, published] of byLog) {
      log.publish(published);
      this.#setup.onPublished(log, published);
    }
    drafts.forEach((draft, i) => draft.onShown?.(entries[i] as Entry));
  }
}
