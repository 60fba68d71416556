// Where we are in each log: what has to be told to a hub to come back to the same place, and how a repeated or a
// missing entry is noticed.

import { foldName, INBOX } from '../core/names.ts';
import type { WireEntry, WireReply, WireRequest } from '../dialects/wire.ts';

type Welcome = Extract<WireReply, { type: 'welcome' }>;

/** The entries after `after` up to and with `upTo`, which are yet to come. */
export interface Gap {
  readonly log: string;
  readonly after: number;
  readonly upTo: number;
}

/** What a welcome means for one who was, or was not, here before. */
export interface Arrival {
  /** new: never here before. resumed: the same session goes on. anew: here before, but as somebody else to the hub. */
  readonly how: 'new' | 'resumed' | 'anew';
  /** Something was missed, and no gap tells what. */
  readonly lossy: boolean;
  /** What was said meanwhile and has to be asked for. */
  readonly gaps: readonly Gap[];
  /** The rooms a new session is not in yet. */
  readonly rejoin: readonly string[];
}

interface LogPlace {
  epoch: string | null;
  seq: number;
  acked: number;
  /** The session that follows it is a new one: the next entry tells whether the log is still the same. */
  resync: boolean;
}

export class Place {
  nick: string;
  readonly #client: string;
  readonly #logs = new Map<string, LogPlace>();
  #token: string | null = null;

  constructor(nick: string, client: string) {
    this.nick = nick;
    this.#client = client;
  }

  /** Whether a hub has let us in before. */
  get hasSession(): boolean {
    return this.#token !== null;
  }

  /** The request that opens the conversation, and goes on with the session there was. */
  hello(): WireRequest {
    const hello = { type: 'hello', nick: this.nick, client: this.#client } as const;
    if (this.#token === null) return hello;
    const after = Object.fromEntries([...this.#logs].map(([log, { seq }]) => [log, seq]));
    return { ...hello, resume: { token: this.#token, after } };
  }

  /** The rooms we are in. */
  rooms(): string[] {
    return [...this.#logs.keys()].filter((log) => log.startsWith('#'));
  }

  arrive(welcome: Welcome): Arrival {
    const how = welcome.resumed ? 'resumed' : this.#token === null ? 'new' : 'anew';
    this.nick = welcome.nick;
    this.#token = welcome.token;
    const gaps: Gap[] = [];
    let renewed = false;
    const listed = new Set<string>();
    for (const { log, epoch, seq } of welcome.logs) {
      listed.add(log);
      const known = this.#logs.get(log);
      // A log that was made afresh counts from 1 again, so the number alone does not tell where we were.
      const same = known !== undefined && (known.epoch === null || known.epoch === epoch);
      if (same && seq > known.seq) gaps.push({ log, after: known.seq, upTo: seq });
      // A new session's inbox is a new one always.
      if (known !== undefined && !same && log !== INBOX) renewed = true;
      const here = same ? Math.max(seq, known.seq) : seq;
      this.#logs.set(log, { epoch, seq: here, acked: here, resync: false });
    }
    const lossy = renewed || (how === 'resumed' && !welcome.recovered && gaps.length === 0);
    const rejoin = this.rooms().filter((room) => !listed.has(room));
    if (how === 'resumed') for (const room of rejoin) this.#logs.delete(room);
    else for (const room of rejoin) (this.#logs.get(room) as LogPlace).resync = true;
    return { how, lossy, gaps, rejoin: how === 'anew' ? rejoin : [] };
  }

  /** Moves on by `entry`; `seen` for one that was here before, and the gap when others should have come first. */
  take(entry: WireEntry): 'next' | 'seen' | Gap {
    const taken = this.#move(entry);
    const { type, from, to } = entry;
    if (taken !== 'seen' && type === 'rename' && to !== undefined && foldName(from) === foldName(this.nick))
      this.nick = to;
    return taken;
  }

  /** What came after `seq` was not shown after all: it will be asked for again. */
  rewind(log: string, seq: number): void {
    const place = this.#logs.get(log);
    if (place !== undefined) place.seq = Math.min(place.seq, seq);
  }

  /** We left this room, or could not get back to it. */
  forget(log: string): void {
    this.#logs.delete(log);
  }

  /** What the hub has not been told that we have; counts as told from now on. */
  acks(): Extract<WireRequest, { type: 'ack' }>[] {
    const acks = [...this.#logs].filter(([, { seq, acked }]) => seq > acked);
    for (const [, place] of acks) place.acked = place.seq;
    return acks.map(([log, { seq }]) => ({ type: 'ack', log, seq }));
  }

  #move({ log, seq }: WireEntry): 'next' | 'seen' | Gap {
    const place = this.#logs.get(log);
    if (place === undefined) {
      this.#logs.set(log, { epoch: null, seq, acked: seq - 1, resync: false });
      return 'next';
    }
    const { seq: last, resync } = place;
    place.resync = false;
    if (seq <= last && !resync) return 'seen';
    place.seq = seq;
    // After a resync a smaller number can only mean that the log was made afresh.
    return seq <= last || seq === last + 1 ? 'next' : { log, after: last, upTo: seq - 1 };
  }
}
