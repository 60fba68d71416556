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

  info(): RoomInfo {
    return { room: this.name, members: this.members.size, topic: this.log.topic, seq: this.log.last };
  }
}
