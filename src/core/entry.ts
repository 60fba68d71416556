// What was said: the one thing that is stored, ordered and delivered.

export type EntryKind =
  | 'message'
  | 'action'
  | 'join'
  | 'leave'
  | 'rename'
  | 'topic'
  | 'notice'
  | 'kick'
  | 'private';

/** The kinds, in the order of the numbers the store keeps for them: append only. */
export const ENTRY_KINDS: readonly EntryKind[] = [
  'message',
  'action',
  'join',
  'leave',
  'rename',
  'topic',
  'notice',
  'kick',
  'private',
];

/**
 * One entry of a log. All entries have all fields, so that they share one shape.
 *
 * - `log`: the log's name, `#room` or `@inbox-id`
 * - `seq`: 1, 2, 3 … in its log, without gaps
 * - `at`: Unix time in milliseconds, never less than the entry before
 * - `from`: who acted, by the name they had then; `server` for the hub and its operator
 * - `to`: the second name of a private (addressee), kick (who was kicked) or rename (the new name); else ''
 * - `text`: what was said; for topic the topic, for kick and leave the reason (may be '')
 */
export interface Entry {
  readonly log: string;
  readonly seq: number;
  readonly at: number;
  readonly kind: EntryKind;
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

/** Consecutive entries of one log, committed together: what readers are handed and what encoders cache by. */
export class Batch {
  readonly log: string;
  readonly entries: readonly Entry[];
  readonly first: number;
  readonly last: number;
  /** The batch that this one is the end of, so that its bytes are the end of that one's; null for one of its own. */
  readonly whole: Batch | null;

  /** `entries` must be one or more consecutive entries of one log. */
  constructor(entries: readonly Entry[], whole: Batch | null = null) {
    this.log = entries[0]?.log ?? '';
    this.entries = entries;
    this.first = entries[0]?.seq ?? 0;
    this.last = entries.at(-1)?.seq ?? 0;
    this.whole = whole;
  }

  /** About how many bytes its texts take, for the bound on what a log keeps in memory. */
  get weight(): number {
    let weight = 0;
    for (const entry of this.entries) weight += 100 + entry.text.length;
    return weight;
  }

  /** The part after `seq`: this batch itself when all of it is, so that its encodings stay shared. */
  after(seq: number): Batch {
    if (seq < this.first) return this;
    return new Batch(this.entries.slice(seq - this.first + 1), this.whole ?? this);
  }
}
