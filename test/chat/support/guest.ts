// Somebody in the room by the client's own code: what it is told is kept, and awaited by event.

import { join } from 'node:path';
import { enter, type Trusting } from '../../../src/chat/enter.ts';
import type { ChatEvent, Talk } from '../../../src/chat/events.ts';
import { TIMING, type Timing } from '../../../src/chat/timing.ts';
import { type Teardown, temporaryDirectory } from '../../support/daemon.ts';

/** Everything that may take long takes less here. */
export const FAST: Timing = { ...TIMING, firstPauseMs: 20, lastPauseMs: 200, ackEveryMs: 50, goodbyeMs: 300 };

const PATIENCE_MS = 10_000;

export interface GuestSetup {
  readonly room?: string | null;
  readonly timing?: Timing;
  /** Null for plain text; if nothing is said, a newcomer who knows no hub and has no key. */
  readonly trusting?: Trusting | null;
  /** One who keeps what was told before the entrance, or instead of it. */
  readonly guest?: Guest;
}

function newcomer(t: Teardown): Trusting {
  const knownHubs = join(temporaryDirectory(t), 'known_hubs');
  return { knownHubs, credentials: { kind: 'none' }, pin: null, invite: null };
}

export class Guest {
  readonly events: ChatEvent[] = [];
  readonly #waiting = new Set<() => void>();
  talk!: Talk;

  static async enter(
    t: Teardown,
    port: number,
    nick: string,
    { room = null, timing = FAST, trusting = newcomer(t), guest = new Guest() }: GuestSetup = {},
  ): Promise<Guest> {
    const entering = { address: { host: '127.0.0.1', port }, trusting, nick, room, timing };
    guest.talk = await enter(entering, guest.onEvent);
    t.teardown(() => guest.talk.leave());
    return guest;
  }

  /** The same in plain text, for servers that know nothing else. */
  static enterOpenly(t: Teardown, port: number, nick: string, { timing = FAST } = {}): Promise<Guest> {
    return Guest.enter(t, port, nick, { timing, trusting: null });
  }

  /** What was shown, as `kind from: text`, of the kinds that people say. */
  said(): string[] {
    return this.events.flatMap((event) => {
      if (event.type !== 'entry') return [];
      const { type, log, from, to, text } = event.entry;
      if (type === 'message') return [`${log === '#lobby' ? '' : `${log} `}${from}: ${text}`];
      return type === 'private' ? [`${from} -> ${to}: ${text}`] : [];
    });
  }

  /** Chat's own lines and refusals, and the kinds of entry that tell of coming and going. */
  told(): string[] {
    return this.events.flatMap((event) =>
      event.type === 'note' || event.type === 'trouble' ? [event.text] : [],
    );
  }

  until<T>(what: string, look: () => T | undefined | false | null): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const timer = setTimeout(() => {
      reject(new Error(`waited in vain for ${what}; there was ${JSON.stringify(this.events.slice(-20))}`));
    }, PATIENCE_MS);
    const check = (): void => {
      const found = look();
      if (found === undefined || found === false || found === null) return;
      clearTimeout(timer);
      this.#waiting.delete(check);
      resolve(found);
    };
    this.#waiting.add(check);
    check();
    return promise;
  }

  hears(text: string): Promise<unknown> {
    return this.until(text, () => this.said().some((line) => line.includes(text)));
  }

  isTold(text: string): Promise<unknown> {
    return this.until(text, () => this.told().some((line) => line.includes(text)));
  }

  ended(): Promise<Extract<ChatEvent, { type: 'ended' }>> {
    return this.until('the end', () => this.events.find((event) => event.type === 'ended'));
  }

  readonly onEvent = (event: ChatEvent): void => {
    this.events.push(event);
    for (const check of this.#waiting) check();
  };
}
