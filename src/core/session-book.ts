// Which sessions the next commit has to keep or forget. Changes within a tick become one record.

import type { Session } from './session.ts';
import type { SessionRecord } from './store.ts';

/** What one commit takes of the book, to be given back when the store refuses. */
export interface Taken {
  readonly changed: readonly Session[];
  readonly records: readonly SessionRecord[];
  readonly ended: readonly string[];
  readonly onSaved: readonly (() => void)[];
}

/** Logs that sessions follow from the very commit on that keeps them. */
export type Following = ReadonlyMap<Session, readonly SessionRecord['places'][number][]>;

export class SessionBook {
  readonly #changed = new Set<Session>();
  readonly #ended = new Set<string>();
  #onSaved: (() => void)[] = [];

  get isEmpty(): boolean {
    return this.#changed.size === 0 && this.#ended.size === 0;
  }

  /** Only those who can come back are kept. `onSaved` runs when the change is durable. */
  save(session: Session, onSaved?: () => void): void {
    if (session.resumable) this.#changed.add(session);
    if (onSaved !== undefined) this.#onSaved.push(onSaved);
  }

  end(session: Session): void {
    this.#changed.delete(session);
    if (session.resumable) this.#ended.add(session.id);
  }

  take(following: Following): Taken {
    const changed = [...this.#changed];
    const records = changed.map((session) => session.record(following.get(session) ?? []));
    const taken = { changed, records, ended: [...this.#ended], onSaved: this.#onSaved };
    this.#changed.clear();
    this.#ended.clear();
    this.#onSaved = [];
    return taken;
  }

  giveBack({ changed, ended, onSaved }: Taken): void {
    for (const id of ended) this.#ended.add(id);
    for (const session of changed) if (!this.#ended.has(session.id)) this.#changed.add(session);
    this.#onSaved = [...onSaved, ...this.#onSaved];
  }
}
