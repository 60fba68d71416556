// A room is a log with members.

import type { Log } from './log.ts';
import type { RoomInfo } from './reply.ts';
import type { Session } from './session.ts';

export class Room {
  readonly log: Log;
  readonly members = new Set<Session>();

  constructor(log: Log) {
    this.log = log;
  }

  get name(): string {
    return this.log.name;
  }

  /** How many people are in here, on however many devices. */
  people(): number {
    let guests = 0;
    const accounts = new Set<string>();
    for (const { account } of this.members) {
      if (account === '') guests++;
      else accounts.add(account);
    }
    return guests + accounts.size;
  }

  info(): RoomInfo {
    return { room: this.name, members: this.people(), topic: this.log.topic, seq: this.log.last };
  }
}
