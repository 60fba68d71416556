// Who of a crowd comes in when, and which process of the load holds whom.

import assert from 'node:assert/strict';
import type { Newcomer, Seat, Way } from './member.ts';
import { LOBBY, SPEECHES } from './speeches.ts';

export interface Crowd {
  readonly members: number;
  /** The members are dealt out to so many rooms. */
  readonly rooms: number;
  readonly speakers: number;
  /** Processes besides the front; 0 leaves all members to it. */
  readonly besides: number;
  /** The cores that its processes keep to, as taskset(1) names them; all where none are named. */
  readonly cores?: string;
}

/** Who comes in first, who next and who last, each by process: process 0 is the front. */
type Dealt = Readonly<Record<Seat | 'next', readonly Newcomer[][]>>;

export function deal(way: Way, { members, rooms, speakers, besides }: Crowd): Dealt {
  assert(members >= 2 * rooms, 'each room has a first member and a last');
  const speech = SPEECHES[way.speech];
  const speaking = new Set(
    Array.from({ length: speakers }, (_, i) => (speech.speakersApart ? members : rooms) + i),
  );
  const processes = (): Newcomer[][] => Array.from({ length: 1 + besides }, () => []);
  const dealt: Dealt = { first: processes(), next: processes(), last: processes() };
  const all = Math.max(members, ...[...speaking].map((number) => number + 1));
  for (let number = 0; number < all; number++) {
    const room = rooms === 1 ? LOBBY : `r${number % rooms}`;
    const steps = number < members ? speech.enter(number, room) : [];
    const speaks = speaking.has(number);
    const seat = seatOf(number, members, rooms);
    dealt[seat ?? 'next'][placeOf(number, besides, speaks, seat)]?.push({
      number,
      room,
      steps,
      speaks,
      seat,
    });
  }
  return dealt;
}

function seatOf(number: number, members: number, rooms: number): Seat | undefined {
  if (number < rooms) return 'first';
  return number >= members - rooms && number < members ? 'last' : undefined;
}

/** The process that holds a member. */
function placeOf(number: number, besides: number, speaks: boolean, seat: Seat | undefined): number {
  if (seat === 'last') return besides;
  if (besides === 0 || speaks || seat === 'first') return 0;
  return 1 + (number % besides);
}
