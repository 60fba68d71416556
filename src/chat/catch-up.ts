// Fetches what was said while we were away and the hub no longer knew us, so that a log goes on without a hole: live
// entries wait until everything before them has been shown.

import { LIMITS } from '../core/limits.ts';
import { INBOX } from '../core/names.ts';
import type { WireEntry, WireReply, WireRequest } from '../dialects/wire.ts';
import type { Gap } from './place.ts';

/** More than this is not shown by itself: `/history` has it. */
const MOST_ENTRIES = 1000;

export interface CatchUpSetup {
  /** Asks the hub; an error comes as null. */
  readonly ask: (request: WireRequest, answered: (reply: WireReply | null) => void) => void;
  readonly show: (entry: WireEntry, when: 'old' | 'live') => void;
  readonly note: (text: string) => void;
  /** A log is level again. */
  readonly onLevel: () => void;
}

interface Fetching {
  after: number;
  readonly upTo: number;
  readonly held: WireEntry[];
}

export class CatchUp {
  readonly #setup: CatchUpSetup;
  readonly #logs = new Map<string, Fetching>();

  constructor(setup: CatchUpSetup) {
    this.#setup = setup;
  }

  get busy(): boolean {
    return this.#logs.size > 0;
  }

  /** Fetches what `gap` lacks; `next` is the entry that showed it, if one did. */
  start({ log, after, upTo }: Gap, next: WireEntry | null): void {
    const skipped = Math.max(0, upTo - after - MOST_ENTRIES);
    if (skipped > 0) this.#setup.note(`${skipped} older messages are not shown here: /history has them`);
    const fetching = { after: after + skipped, upTo, held: next === null ? [] : [next] };
    this.#logs.set(log, fetching);
    this.#fetch(log, fetching);
  }

  /** Keeps a live entry back while its log is behind; false when it may be shown. */
  hold(entry: WireEntry): boolean {
    const fetching = this.#logs.get(entry.log);
    fetching?.held.push(entry);
    return fetching !== undefined;
  }

  /** The connection is gone. Tells what was shown last of each log that is behind; the rest has to come again. */
  interrupt(): { log: string; seq: number }[] {
    const reached = [...this.#logs].map(([log, { after }]) => ({ log, seq: after }));
    this.#logs.clear();
    return reached;
  }

  #fetch(log: string, fetching: Fetching): void {
    const where = log === INBOX ? ({ inbox: true } as const) : { room: log };
    const request = { type: 'history', ...where, after: fetching.after, limit: LIMITS.historyPage } as const;
    this.#setup.ask(request, (reply) => {
      if (this.#logs.get(log) !== fetching) return;
      if (reply?.type === 'history') this.#took(log, fetching, reply.entries, reply.more);
      else this.#finish(log, fetching, fetching.upTo - fetching.after);
    });
  }

  #took(log: string, fetching: Fetching, entries: readonly WireEntry[], more: boolean): void {
    const wanted = entries.filter(({ seq }) => seq > fetching.after && seq <= fetching.upTo);
    let missing = 0;
    for (const entry of wanted) {
      missing += entry.seq - fetching.after - 1;
      fetching.after = entry.seq;
      this.#setup.show(entry, 'old');
    }
    if (more && wanted.length > 0 && fetching.after < fetching.upTo) {
      if (missing > 0) this.#noteMissing(log, missing);
      this.#fetch(log, fetching);
    } else {
      this.#finish(log, fetching, missing + fetching.upTo - fetching.after);
    }
  }

  #finish(log: string, fetching: Fetching, missing: number): void {
    this.#logs.delete(log);
    if (missing > 0) this.#noteMissing(log, missing);
    for (const entry of fetching.held) this.#setup.show(entry, 'live');
    this.#setup.onLevel();
  }

  #noteMissing(log: string, missing: number): void {
    this.#setup.note(`${missing} ${missing === 1 ? 'message' : 'messages'} of ${log} could not be recovered`);
  }
}
