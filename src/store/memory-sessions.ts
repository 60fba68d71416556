// The sessions of the store in memory, and the marks of what they have asked for.

import type { SessionRecord } from '../core/store.ts';
import type { MemoryLog } from './memory-log.ts';

/** The entry that answers a request. */
export interface Answered {
  readonly log: MemoryLog;
  readonly seq: number;
  readonly at: number;
}

export class MemorySessions {
  readonly #records = new Map<string, SessionRecord>();
  /** For each session its requests. */
  readonly #answers = new Map<string, Map<string, Answered>>();

  get records(): SessionRecord[] {
    return [...this.#records.values()];
  }

  keep(record: SessionRecord): void {
    this.#records.set(record.id, record);
  }

  end(session: string): void {
    this.#records.delete(session);
    this.#answers.delete(session);
  }

  /** Marks a request, unless there is no such session. The log forgets it together with the entry. */
  mark(session: string, id: string, answered: Answered): void {
    if (!this.#records.has(session)) return;
    const answers = this.#answers.get(session) ?? new Map<string, Answered>();
    this.#answers.set(session, answers.set(id, answered));
    answered.log.whenGone(answered.seq, () => answers.delete(id));
  }

  answerTo(session: string, id: string): Answered | undefined {
    return this.#answers.get(session)?.get(id);
  }

  clear(): void {
    this.#records.clear();
    this.#answers.clear();
  }
}
