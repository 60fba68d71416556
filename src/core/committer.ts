// The one road into every log: what is said waits here for the end of the tick, is committed together, and only
// then reaches anybody. The next batch goes to the store before the last one is fanned out, so both work at once.

import { BatchSize } from './batch-size.ts';
import { Book, type Kept, type Taken } from './book.ts';
import type { Entry, EntryKind } from './entry.ts';
import { ChatError } from './errors.ts';
import { LIMITS } from './limits.ts';
import type { Log, Place } from './log.ts';
import type { Session } from './session.ts';
import { Showing } from './showing.ts';
import { Tick, type TickSetup } from './tick.ts';
import type { Commit, FactChange, LogChange, Repeat, RequestMark, SessionRecord, Store } from './store.ts';

/** An entry to be. Its place in the log is settled when its batch goes to the store. */
export interface Draft {
  readonly log: Log;
  readonly kind: EntryKind;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  /** Kept or refused together with the draft handed in next. */
  readonly withNext: boolean;
  /** Who follows the log from this entry on. */
  readonly follower: Session | null;
  /** The request it answers, when that carried an id: asked again, it is not kept again. */
  readonly request: { readonly session: string; readonly id: string } | null;
  /** It is durable, and nobody has seen it yet. */
  readonly onCommit: ((entry: Entry) => void) | null;
  /** It was offered to every reader. */
  readonly onShown: ((entry: Entry) => void) | null;
  /** The store refused it: it never happened. */
  readonly onRefused: ((error: ChatError) => void) | null;
  /** The same request was kept before, at this place. */
  readonly onRepeat: ((place: Place) => void) | null;
}

export interface CommitterSetup extends TickSetup {
  readonly store: Store;
  /** Entries were published to one log: for those who watch the whole hub. */
  readonly onPublished: (log: Log, entries: readonly Entry[]) => void;
  /** The store has begun to refuse, or (null) keeps what it is given again. */
  readonly onRefusing: (error: ChatError | null) => void;
}

/** What goes to the store together. */
interface PlacedBatch {
  readonly drafts: readonly Draft[];
  readonly places: ReadonlyMap<Log, Place>;
  readonly taken: Taken;
  readonly commit: Commit;
}

export class Committer {
  readonly #setup: CommitterSetup;
  readonly #book = new Book();
  readonly #tick: Tick;
  readonly #showing: Showing;
  #pending: Draft[] = [];
  /** Whether the store refused the last batch. */
  #refused = false;
  #underWay: Promise<void> | null = null;
  // How many drafts were ever handed in and how many are shown or refused; and what waits for a place in that row.
  #handedIn = 0;
  #done = 0;
  #later: { readonly after: number; readonly run: () => void }[] = [];

  constructor(setup: CommitterSetup) {
    this.#setup = setup;
    this.#tick = new Tick(setup, () => this.#flush());
    this.#showing = new Showing({
      ...setup,
      tick: this.#tick,
      onProgress: () => (this.#tick.isWorth(this.#pending.length) ? this.#flush() : this.#schedule()),
      onShown: (drafts) => this.#finish(drafts),
    });
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
    this.#tick.grow();
    draft.log.pending++;
    this.#handedIn++;
    if (draft.follower !== null) this.#book.save(draft.follower);
    this.#schedule();
  }

  /** Has the store keep `session` as it will be at the end of the tick. */
  save(session: Session, onKept?: Kept): void {
    this.#book.save(session, onKept);
    this.#schedule();
  }

  /** Has the store keep `fact`, in the same commit as what was handed in in this tick. */
  note(fact: FactChange, onKept?: Kept): void {
    this.#book.note(fact, onKept);
    this.#schedule();
  }

  /** Has the store forget `session`. */
  end(session: Session): void {
    this.#book.end(session);
    this.#schedule();
  }

  /** Runs `run` as soon as all that was handed in before is shown or refused. */
  afterwards(run: () => void): void {
    this.#later.push({ after: this.#handedIn, run });
    this.#runLater();
  }

  /** Resolves when nothing waits any more that the store would take. */
  async settled(): Promise<void> {
    this.#showing.show();
    while (this.#underWay !== null || this.#hasWork()) {
      if (this.#underWay === null) this.#flush();
      await this.#underWay;
      this.#showing.show();
    }
  }

  #schedule(): void {
    if (this.#mayFlush()) this.#tick.begin(this.#pending.length);
  }

  /** Not while many have still to be shown the last batch: it would be kept no sooner than it can be shown, and alone. */
  #mayFlush(): boolean {
    if (this.#underWay !== null || !this.#hasWork()) return false;
    const { state } = this.#showing;
    return state === 'idle' || (state === 'nearly-done' && this.#tick.isWorth(this.#pending.length));
  }

  /** The book alone is not tried again and again with a store that refuses, but for those who wait to hear of it. */
  #hasWork(): boolean {
    return this.#pending.length > 0 || this.#book.isAwaited || (!this.#book.isEmpty && !this.#refused);
  }

  #flush(): void {
    if (!this.#mayFlush()) return;
    const batch = this.#place(this.#take());
    const { commit, drafts, taken } = batch;
    this.#underWay = this.#setup.store.append(commit).then(
      (repeats) => {
        this.#underWay = null;
        if (this.#refused) this.#setup.onRefusing(null);
        this.#refused = false;
        if (repeats.length > 0) {
          this.#again(batch, repeats);
          return;
        }
        for (const [log, place] of batch.places) log.commit(place);
        // What those who waited for it ask to be kept is to know of it, and goes with the next batch.
        this.#showing.take(drafts, commit.entries);
        if (this.#tick.isWorth(this.#pending.length)) this.#flush();
        this.#showing.begin();
        for (const tell of taken.onKept) tell(null);
        this.#schedule();
      },
      (error: unknown) => {
        this.#underWay = null;
        const refusal = error instanceof ChatError ? error : new ChatError('store-failed', String(error));
        if (!this.#refused) this.#setup.onRefusing(refusal);
        this.#refused = true;
        this.#showing.show();
        this.#book.giveBack(taken);
        this.#flush();
        for (const draft of drafts) draft.onRefused?.(refusal);
        for (const tell of taken.onKept) tell(refusal);
        this.#finish(drafts);
      },
    );
  }

  /** Some of it was kept before: that is answered, and the rest goes to the store again, before all that came since. */
  #again({ commit, drafts, taken }: PlacedBatch, repeats: readonly Repeat[]): void {
    this.#showing.show();
    const done = new Map<Draft, Place | null>();
    for (const { request, seq, at } of repeats) {
      let i = commit.requests[request]?.entry ?? 0;
      done.set(drafts[i] as Draft, { seq, at });
      while (drafts[i - 1]?.withNext === true) done.set(drafts[--i] as Draft, null);
    }
    this.#pending = [...drafts.filter((draft) => !done.has(draft)), ...this.#pending];
    this.#book.giveBackAll(taken);
    this.#flush();
    for (const [draft, place] of done) if (place !== null) draft.onRepeat?.(place);
    this.#finish([...done.keys()]);
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
    let count = 0;
    const marks = new Set<string>();
    const size = new BatchSize();
    while (count < this.#pending.length && !size.isFull) {
      // Who asks twice has the second answered from the first: that one has to be kept before.
      const end = this.#endOfChain(count);
      const { request } = this.#pending[end - 1] as Draft;
      const mark = request === null ? null : `${request.session} ${request.id}`;
      if (mark !== null && marks.has(mark)) break;
      if (mark !== null) marks.add(mark);
      while (count < end) size.add(this.#pending[count++] as Draft);
    }
    if (count === this.#pending.length) {
      const all = this.#pending;
      this.#pending = [];
      return all;
    }
    return this.#pending.splice(0, count);
  }

  /** Where the drafts end that are kept or refused together with the one at `start`; the last of them bears the mark. */
  #endOfChain(start: number): number {
    let end = start + 1;
    while (this.#pending[end - 1]?.withNext === true && end < this.#pending.length) end++;
    return end;
  }

  /** Gives each draft its number and time. Nothing is lost when the store refuses: numbers count from what is committed. */
  #place(drafts: readonly Draft[]): PlacedBatch {
    const now = this.#setup.now();
    const places = new Map<Log, Place>();
    const changes = new Map<Log, LogChange>();
    const requests: RequestMark[] = [];
    const following = new Map<Session, SessionRecord['places'][number][]>();
    const entries = drafts.map(({ log, kind, from, to, text, follower, request }, i) => {
      let place = places.get(log);
      if (place === undefined) {
        // The clock may step back; a log's times never do.
        place = { seq: log.committed.seq, at: Math.max(now, log.committed.at) };
        places.set(log, place);
        if (!log.saved) changes.set(log, { name: log.name, epoch: log.epoch, topic: log.topic });
      }
      if (kind === 'topic') changes.set(log, { name: log.name, epoch: log.epoch, topic: text });
      place.seq++;
      if (request !== null) requests.push({ ...request, entry: i });
      if (follower !== null) {
        const since = { log: log.name, epoch: log.epoch, seq: place.seq - 1 };
        following.set(follower, [...(following.get(follower) ?? []), since]);
      }
      return { log: log.name, seq: place.seq, at: place.at, kind, from, to, text };
    });
    const taken = this.#book.take(following);
    const commit = {
      logs: [...changes.values()],
      entries,
      requests,
      sessions: taken.records,
      ended: taken.ended,
      facts: taken.facts,
    };
    return { drafts, places, taken, commit };
  }
}
