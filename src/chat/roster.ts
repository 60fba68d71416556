// Who is here, kept level by the entries that tell of coming and going: for completion, and for reading `@name`.

import { foldName, LOBBY } from '../core/names.ts';
import type { WireEntry, WireUser } from '../dialects/wire.ts';

export class Roster {
  readonly #people = new Map<string, { nick: string; rooms: Set<string> }>();

  /** Starts over with what the hub says. */
  replace(users: readonly WireUser[]): void {
    this.#people.clear();
    for (const { nick, rooms } of users) this.#people.set(foldName(nick), { nick, rooms: new Set(rooms) });
  }

  has(name: string): boolean {
    return this.#people.has(foldName(name));
  }

  names(): string[] {
    return [...this.#people.values()].map(({ nick }) => nick);
  }

  /** The rooms where somebody is. */
  rooms(): string[] {
    return [...new Set([...this.#people.values()].flatMap(({ rooms }) => [...rooms]))];
  }

  /**
   * Takes note of `entry`. False when people need not see it: whoever is renamed, kicked or leaves the hub does so in
   * each of their rooms, and the lobby has told already.
   */
  note({ type, log, from, to = '' }: WireEntry): boolean {
    const inLobby = log === LOBBY;
    switch (type) {
      case 'join': {
        const person = this.#person(from);
        person.rooms.add(log);
        return true;
      }
      case 'leave': {
        const known = this.#people.get(foldName(from));
        known?.rooms.delete(log);
        // Everyone is in the lobby, so who leaves it leaves the hub.
        if (inLobby) this.#people.delete(foldName(from));
        return inLobby || known !== undefined;
      }
      case 'kick':
        this.#people.delete(foldName(to));
        return inLobby;
      case 'rename': {
        if (!inLobby) return false;
        const person = this.#person(from);
        this.#people.delete(foldName(from));
        person.nick = to;
        this.#people.set(foldName(to), person);
        return true;
      }
      case 'message':
      case 'action':
      case 'topic':
      case 'notice':
      case 'private':
        return true;
    }
  }

  #person(nick: string): { nick: string; rooms: Set<string> } {
    const known = this.#people.get(foldName(nick));
    if (known !== undefined) return known;
    const person = { nick, rooms: new Set<string>() };
    this.#people.set(foldName(nick), person);
    return person;
  }
}
