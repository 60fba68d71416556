// What the next commit has to keep besides entries: sessions, and facts such as accounts. Changes within a tick become one.

import type { ChatError } from './errors.ts';
import type { Session } from './session.ts';
import type { FactChange, SessionRecord } from './store.ts';

/** Called when a change is durable (null), or when the store refused it: then it goes with the next commit. */
export type Kept = (error: ChatError | null) => void;

/** What one commit takes of the book, to be given back when the store refuses. */
export interface Taken {
  readonly changed: readonly Session[];
  readonly records: readonly SessionRecord[];
  readonly ended: readonly string[];
  readonly facts: readonly FactChange[];
  readonly onKept: readonly Kept[];
}

/** Logs that sessions follow from the very commit on that keeps them. */
export type Following = ReadonlyMap<Session, readonly SessionRecord['places'][number][]>;

export class Book {
  readonly #changed = new Set<Session>();
  readonly #ended = new Set<string>();
  readonly #facts = new Map<string, FactChange>();
  #onKept: Kept[] = [];

  get isEmpty(): boolean {
    return this.#changed.size === 0 && this.#ended.size === 0 && this.#facts.size === 0;
  }

  /** Whether somebody waits to hear that a change is durable. */
  get isAwaited(): boolean {
    return this.#onKept.length > 0;
  }

  /** Only those who can come back are kept. */
  save(session: Session, onKept?: Kept): void {
    if (session.resumable) this.#changed.add(session);
    if (onKept !== undefined) this.#onKept.push(onKept);
  }

  end(session: Session): void {
    this.#changed.delete(session);
    if (session.resumable) this.#ended.add(session.id);
  }

  note(fact: FactChange, onKept?: Kept): void {
    this.#facts.set(placeOf(fact), fact);
    if (onKept !== undefined) this.#onKept.push(onKept);
  }

  take(following: Following): Taken {
    const changed = [...this.#changed];
    const records = changed.map((session) => session.record(following.get(session) ?? []));
    const facts = [...this.#facts.values()];
    const taken = { changed, records, ended: [...this.#ended], facts, onKept: this.#onKept };
    this.#changed.clear();
    this.#ended.clear();
    this.#facts.clear();
    this.#onKept = [];
    return taken;
  }

  /** Takes back what was not kept, unless it has changed since. Those who wait for it are told by the caller. */
  giveBack({ changed, ended, facts }: Omit<Taken, 'onKept'>): void {
    for (const id of ended) this.#ended.add(id);
    for (const session of changed) if (!this.#ended.has(session.id)) this.#changed.add(session);
    for (const fact of facts) {
      const place = placeOf(fact);
      if (!this.#facts.has(place)) this.#facts.set(place, fact);
    }
  }

  /** The same for a commit that is to be made again, with those who wait for it. */
  giveBackAll(taken: Taken): void {
    this.giveBack(taken);
    this.#onKept = [...taken.onKept, ...this.#onKept];
  }
}

function placeOf({ kind, key }: FactChange): string {
  return JSON.stringify([kind, key]);
}
