// Who and what is there: sessions by name, id and token, rooms by name. It keeps the indices level with each other.

import { ChatError } from './errors.ts';
import { LookAlikes } from './look-alikes.ts';
import { Log, type TailMemory } from './log.ts';
import { foldName, LOBBY, roomName, variantOf } from './names.ts';
import { Room } from './room.ts';
import type { Session } from './session.ts';
import type { LogHead } from './store.ts';

const NONE: ReadonlySet<Session> = new Set();

export class Directory {
  readonly rooms = new Map<string, Room>();
  readonly #byName = new Map<string, Session>();
  readonly #byId = new Map<string, Session>();
  readonly #byToken = new Map<string, Session>();
  readonly #byAccount = new Map<string, Set<Session>>();
  /** What the names of `#byName` read like. */
  readonly #names = new LookAlikes();
  readonly #roomNames = new LookAlikes();
  readonly #memory: TailMemory;
  readonly #maxRooms: () => number;
  readonly #newEpoch: () => string;

  constructor(memory: TailMemory, maxRooms: () => number, newEpoch: () => string) {
    this.#memory = memory;
    this.#maxRooms = maxRooms;
    this.#newEpoch = newEpoch;
  }

  sessions(): IterableIterator<Session> {
    return this.#byId.values();
  }

  get size(): number {
    return this.#byId.size;
  }

  /** The sessions signed in to an account. */
  signedIn(account: string): ReadonlySet<Session> {
    return this.#byAccount.get(account) ?? NONE;
  }

  /** A session with all others that are the same person: those of its account. */
  devices(session: Session): readonly Session[] {
    return session.account === '' ? [session] : [...this.signedIn(session.account)];
  }

  /** Whether the same person is in `room` on another device. */
  isOnOther(session: Session, room: Room): boolean {
    return this.devices(session).some((other) => other !== session && room.members.has(other));
  }

  /** The session that has this name now, however it is capitalised; of an account's, the one that came first. */
  named(name: string): Session | undefined {
    return this.#byName.get(foldName(name));
  }

  /** The names of people here that read like `name`, without that of `own`. */
  lookAlikes(name: string, own: Session | null): string[] {
    return this.#names.of(name, own?.nick ?? null);
  }

  withToken(token: string): Session | undefined {
    return this.#byToken.get(token);
  }

  /** The session of this name or of this id (`+…`, which no name can look like). */
  target(nameOrId: string): Session | undefined {
    return nameOrId.startsWith('+') ? this.#byId.get(nameOrId) : this.named(nameOrId);
  }

  /** The first of `name`, `name-2`, `name-3` … that nobody has and that is not `barred` for another reason. */
  freeVariant(name: string, barred: (name: string) => boolean): string {
    let candidate = name;
    for (let n = 2; this.named(candidate) !== undefined || barred(candidate); n++)
      candidate = variantOf(name, n);
    return candidate;
  }

  add(session: Session): void {
    this.#byId.set(session.id, session);
    this.#byToken.set(session.token, session);
    const { account } = session;
    if (account !== '') this.#byAccount.set(account, new Set([...this.signedIn(account), session]));
    if (this.named(session.nick)?.account !== account || account === '') this.#hold(session.nick, session);
  }

  remove(session: Session): void {
    this.#byId.delete(session.id);
    this.#byToken.delete(session.token);
    const others = this.devices(session).filter((each) => each !== session);
    if (others.length > 0) this.#byAccount.set(session.account, new Set(others));
    else this.#byAccount.delete(session.account);
    if (this.named(session.nick) !== session) return;
    const [next] = others;
    if (next === undefined) this.#release(session.nick);
    else this.#hold(session.nick, next);
  }

  /** Renames a session with all that are the same person. */
  rename(session: Session, nick: string): void {
    const holder = this.named(session.nick) ?? session;
    this.#release(session.nick);
    for (const device of this.devices(session)) device.nick = nick;
    this.#hold(nick, holder);
  }

  has(session: Session): boolean {
    return this.#byId.get(session.id) === session;
  }

  /** The log of a room, or of the inbox of somebody who is here. */
  logNamed(name: string): Log | undefined {
    return name.startsWith('#') ? this.rooms.get(name)?.log : this.#byId.get(`+${name.slice(1)}`)?.inbox;
  }

  /** A room that is there. @throws ChatError `no-such-room` or `bad-room`. */
  room(name: string): Room {
    // Most who name a room write it as it is kept.
    const room = this.rooms.get(name) ?? this.rooms.get(roomName(name));
    if (room === undefined) {
      throw new ChatError('no-such-room', `there is no room ${roomName(name)}: join makes it`);
    }
    return room;
  }

  /** A room, made now if need be. @throws ChatError `too-many-rooms`, `look-alike` or `bad-room`. */
  roomOrNew(name: string): Room {
    const canonical = roomName(name);
    const room = this.rooms.get(canonical);
    if (room !== undefined) return room;
    if (canonical !== LOBBY && this.rooms.size >= this.#maxRooms()) {
      throw new ChatError('too-many-rooms', `there are ${this.rooms.size} rooms already: join one of them`);
    }
    const [other] = this.#roomNames.of(canonical, null);
    if (other !== undefined) {
      throw new ChatError(
        'look-alike',
        `${canonical} reads like the room ${other}, which is there: join that one, or choose another name`,
      );
    }
    return this.#add(new Room(this.newLog(canonical)));
  }

  /**
   * Forgets the rooms nobody would miss: those without members, topic and entries, and, when there are as many as there
   * may be, the one that was left the longest ago. Returns their logs, which are to be dropped.
   */
  letGo(): Log[] {
    const left = [...this.rooms.values()].filter(isLeft);
    const gone = left.filter(({ log }) => log.first > log.committed.seq);
    if (gone.length === 0 && this.rooms.size >= this.#maxRooms()) {
      const [oldest] = left.sort((a, b) => a.log.committed.at - b.log.committed.at);
      if (oldest !== undefined) gone.push(oldest);
    }
    for (const { name, log } of gone) {
      this.rooms.delete(name);
      this.#roomNames.delete(name);
      log.forgetTail();
    }
    return gone.map(({ log }) => log);
  }

  /** Takes up a room that the store has kept. */
  adopt(head: LogHead): void {
    this.#add(new Room(this.keptLog(head)));
  }

  #hold(nick: string, session: Session): void {
    this.#byName.set(foldName(nick), session);
    this.#names.add(nick);
  }

  #release(nick: string): void {
    this.#byName.delete(foldName(nick));
    this.#names.delete(nick);
  }

  #add(room: Room): Room {
    this.rooms.set(room.name, room);
    this.#roomNames.add(room.name);
    return room;
  }

  /** A log that the store has kept. */
  keptLog(head: LogHead): Log {
    return new Log(head, true, this.#memory);
  }

  /** A log that no one has written to yet. */
  newLog(name: string, epoch = this.#newEpoch()): Log {
    const head = { name, epoch, topic: '', first: 1, last: 0, lastAt: 0 };
    return new Log(head, false, this.#memory);
  }
}

function isLeft({ name, members, log }: Room): boolean {
  return members.size === 0 && log.topic === '' && log.pending === 0 && name !== LOBBY;
}
