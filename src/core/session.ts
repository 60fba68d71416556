// A session: one participant, who survives its connections. It is a set of cursors, and one pump moves them all.

import { Batch, type Entry } from './entry.ts';
import type { ChatError } from './errors.ts';
import { LIMITS } from './limits.ts';
import type { Log, Reader } from './log.ts';
import { INBOX } from './names.ts';
import type { Answered } from './once.ts';
import type { Outlet } from './outlet.ts';
import { TokenBucket } from './rate.ts';
import type { LogState, UserInfo } from './reply.ts';
import type { Room } from './room.ts';
import type { SessionRecord } from './store.ts';

/** Reads a page of committed entries after `seq`. */
export type ReadPage = (log: Log, seq: number, limit: number) => Promise<readonly Entry[]>;

/** A session's place in one log: everything up to `seq` has been sent. */
class Cursor implements Reader {
  readonly log: Log;
  seq: number;
  /** What the peer is known to have. */
  acked: number;
  readonly #session: Session;

  constructor(session: Session, log: Log, seq: number) {
    this.#session = session;
    this.log = log;
    this.seq = seq;
    this.acked = seq;
  }

  offer(batch: Batch): boolean {
    return this.#session.advance(this, batch);
  }
}

/** Entries a session should have got and cannot: of which log, why, and how many as far as can be told. */
export interface Loss {
  readonly log: string;
  /** epoch: it is another log of this name. retention: they are no longer kept. ahead: it was never as far as the peer says. */
  readonly why: 'epoch' | 'retention' | 'ahead';
  readonly missed: number;
}

export interface SessionSetup {
  readonly id: string;
  readonly token: string;
  readonly nick: string;
  readonly client: string;
  /** The account it is signed in to; '' for none. */
  readonly account: string;
  readonly inbox: Log;
  readonly resumable: boolean;
  readonly since: number;
  readonly readPage: ReadPage;
  /** Called when entries it should have got are gone for good. */
  readonly onLost: (session: Session, error: ChatError | null) => void;
}

export class Session {
  readonly id: string;
  readonly token: string;
  readonly client: string;
  readonly account: string;
  /** Whether its peer can come back to it with the token. */
  readonly resumable: boolean;
  readonly bucket = new TokenBucket();
  readonly inbox: Log;
  readonly since: number;
  readonly rooms = new Set<Room>();
  /** Answers to requests that carried an id, so that a resent one is answered and not done again. */
  readonly answered: Answered = new Map();
  nick: string;
  activeAt: number;
  /** Unix ms since when it has no connection; 0 while it has one. */
  awaySince = 0;
  outlet: Outlet | null = null;
  readonly #cursors = new Map<Log, Cursor>();
  readonly #losses: Loss[] = [];
  readonly #readPage: ReadPage;
  readonly #onLost: SessionSetup['onLost'];
  // live: level with every log. full: the socket takes no more. reading: a page is under way. idle: no connection.
  #flow: 'live' | 'full' | 'reading' | 'idle' = 'idle';

  constructor(setup: SessionSetup) {
    this.id = setup.id;
    this.token = setup.token;
    this.nick = setup.nick;
    this.client = setup.client;
    this.account = setup.account;
    this.inbox = setup.inbox;
    this.resumable = setup.resumable;
    this.since = setup.since;
    this.activeAt = setup.since;
    this.#readPage = setup.readPage;
    this.#onLost = setup.onLost;
  }

  /** Follows `log` with everything after `seq`, which its peer has. */
  follow(log: Log, seq: number): void {
    if (this.#cursors.has(log)) return;
    const cursor = new Cursor(this, log, seq);
    this.#cursors.set(log, cursor);
    log.readers.add(cursor);
    if (cursor.seq < log.last) this.#pump();
  }

  unfollow(log: Log): void {
    const cursor = this.#cursors.get(log);
    if (cursor === undefined) return;
    this.#cursors.delete(log);
    log.readers.delete(cursor);
  }

  unfollowAll(): void {
    for (const log of this.#cursors.keys()) this.unfollow(log);
  }

  /** Takes a new connection, in place of the one it had, and sends what it has not got. */
  attach(outlet: Outlet): void {
    this.outlet = outlet;
    this.awaySince = 0;
    this.#flow = 'live';
    this.#pump();
  }

  /** Loses its connection; the cursors stay. */
  detach(now: number): void {
    this.outlet = null;
    this.awaySince = now;
    this.#flow = 'idle';
  }

  /** The peer has everything up to `seq` of `log`. Returns false for a log it does not follow. */
  ack(logName: string, seq: number): boolean {
    const cursor = this.#cursorOf(logName);
    if (cursor === undefined) return false;
    if (seq > cursor.acked && seq <= cursor.seq) cursor.acked = seq;
    return true;
  }

  /**
   * Moves the cursors to what the peer says it has, or else to what it acknowledged: never to what was merely written.
   * Returns what it will not get.
   */
  rewind(after: ReadonlyMap<string, number>): Loss[] {
    const losses = this.#losses.splice(0);
    for (const cursor of this.#cursors.values()) {
      const { log } = cursor;
      const name = this.wireName(log);
      const claimed = Math.max(after.get(name) ?? 0, cursor.acked);
      // What is committed and not shown yet, it may have been told of: its own join begins there.
      if (claimed > log.committed.seq) losses.push({ log: name, why: 'ahead', missed: 0 });
      cursor.seq = Math.min(claimed, log.committed.seq);
      const gone = log.first - 1 - cursor.seq;
      if (gone > 0) {
        losses.push({ log: name, why: 'retention', missed: gone });
        cursor.seq = log.first - 1;
      }
      cursor.acked = cursor.seq;
    }
    return losses;
  }

  /** The last entry of `log` its peer is known to have; one that cannot acknowledge has what it was sent. */
  knownOf(log: Log): number {
    const cursor = this.#cursors.get(log);
    return (this.resumable ? cursor?.acked : cursor?.seq) ?? 0;
  }

  /** The peer leaves of its own will: what it was sent of `log` counts as received. */
  tookLeave(log: Log): void {
    const cursor = this.#cursors.get(log);
    if (cursor !== undefined) cursor.acked = cursor.seq;
  }

  /** It followed a log of this name that is gone: the peer will be told when it comes back. */
  lost(log: string): void {
    this.#losses.push({ log, why: 'epoch', missed: 0 });
  }

  /** The session as the store keeps it; `joining`: logs it follows as soon as this is kept. */
  record(joining: SessionRecord['places']): SessionRecord {
    const { id, token, nick, client, account, since } = this;
    const places = [...this.#cursors.values()].map(({ log, acked }) => ({
      log: log.name,
      epoch: log.epoch,
      seq: acked,
    }));
    return { id, token, nick, client, account, since, places: [...places, ...joining] };
  }

  /** The socket takes bytes again. */
  drained(): void {
    if (this.#flow !== 'full') return;
    this.#flow = 'live';
    this.#pump();
  }

  /** The newest batch of a log it follows. Only a session that is level takes it; the others come to it by the pump. */
  advance(cursor: Cursor, batch: Batch): boolean {
    if (this.#flow !== 'live' || this.outlet === null || cursor.seq >= batch.last) return false;
    if (cursor.seq !== batch.first - 1) {
      this.#pump();
    } else {
      cursor.seq = batch.last;
      if (!this.outlet.deliver(batch)) this.#flow = 'full';
    }
    return true;
  }

  logs(): LogState[] {
    return [...this.#cursors.values()].map(({ log, seq }) => ({
      log: this.wireName(log),
      epoch: log.epoch,
      seq,
    }));
  }

  /** Entries it has not been sent and others have; none if it is level, or its turn is only coming. */
  lag(): number {
    if (this.#flow === 'live') return 0;
    return [...this.#cursors.values()].reduce((lag, { log, seq }) => lag + Math.max(0, log.last - seq), 0);
  }

  info(): UserInfo {
    return {
      nick: this.nick,
      session: this.id,
      account: this.account === '' ? '' : this.nick,
      address: this.outlet?.address ?? '',
      dialect: this.outlet?.dialect ?? '',
      channel: this.outlet?.channel.kind ?? '',
      client: this.client,
      rooms: [...this.rooms].map((room) => room.name),
      since: this.since,
      activeAt: this.activeAt,
      state: this.outlet === null ? 'away' : 'here',
      lag: this.lag(),
    };
  }

  wireName(log: Log): string {
    return log === this.inbox ? INBOX : log.name;
  }

  #cursorOf(logName: string): Cursor | undefined {
    for (const cursor of this.#cursors.values()) if (this.wireName(cursor.log) === logName) return cursor;
    return undefined;
  }

  /** Sends from every cursor until all are level, the socket is full, or a page has to be read first. */
  #pump(): void {
    if (this.#flow !== 'live' || this.outlet === null) return;
    for (const cursor of this.#cursors.values()) {
      while (cursor.seq < cursor.log.last) {
        const batch = cursor.log.recent(cursor.seq);
        if (batch === null) {
          this.#flow = 'reading';
          void this.#read(cursor, this.outlet);
          return;
        }
        cursor.seq = batch.last;
        if (!this.outlet.deliver(batch)) {
          this.#flow = 'full';
          return;
        }
      }
    }
  }

  async #read(cursor: Cursor, outlet: Outlet): Promise<void> {
    let page: readonly Entry[];
    try {
      // Not beyond what was published: the store may be ahead, and the rest comes as a batch of its own.
      const limit = Math.min(LIMITS.pumpPage, cursor.log.last - cursor.seq);
      page = await this.#readPage(cursor.log, cursor.seq, limit);
    } catch (error) {
      if (this.outlet === outlet) this.#onLost(this, error as ChatError);
      return;
    }
    // Another connection may have taken over meanwhile; its own pump runs.
    if (this.outlet !== outlet || this.#flow !== 'reading') return;
    this.#flow = 'live';
    if (this.#cursors.get(cursor.log) !== cursor) {
      this.#pump();
      return;
    }
    if (page[0]?.seq !== cursor.seq + 1) {
      this.#onLost(this, null);
      return;
    }
    const batch = new Batch(page);
    cursor.seq = batch.last;
    if (outlet.deliver(batch)) this.#pump();
    else this.#flow = 'full';
  }
}
