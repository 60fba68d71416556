// Somebody at the door of a hub without sockets, with keys and passwords that are real.

import type { Auth, Hello } from '../../src/core/command.ts';
import { Doorway } from '../../src/core/doorway.ts';
import { ChatError } from '../../src/core/errors.ts';
import type { Channel } from '../../src/core/outlet.ts';
import type { Reply } from '../../src/core/reply.ts';
import type { Session } from '../../src/core/session.ts';
import { Person } from '../support/people.ts';
import { Peer, TestOutlet, World } from './world.ts';

export const TLS: Channel = { kind: 'tls', binding: 'the-binding-of-this-connection' };
export const LOCAL: Channel = { kind: 'local', binding: null };

/** One connection at the door. */
export class Knock {
  readonly world: World;
  readonly outlet: TestOutlet;
  readonly doorway: Doorway;
  readonly answers: Reply[] = [];
  readonly refusals: ChatError[] = [];
  session: Session | null = null;

  constructor(world: World, channel: Channel = TLS, dialect: 'json' | 'plain' = 'json', address?: string) {
    this.world = world;
    this.outlet = new TestOutlet(dialect, address);
    this.outlet.channel = channel;
    this.doorway = new Doorway({
      hub: world.hub,
      outlet: this.outlet,
      answer: (reply) => void this.answers.push(reply),
      admitted: (session) => void (this.session = session),
      refused: (error) => void this.refusals.push(error),
      decided: () => {},
    });
  }

  hello(nick: string, auth: Auth | null, more: Partial<Hello> = {}): this {
    const hello = { nick, client: 'test', onTaken: 'refuse', resume: null, auth, ...more } as const;
    this.doorway.hello(hello, null);
    return this;
  }

  /** Signs the challenge with the key of `person`, and waits for what comes of it. */
  async signs(person: Person, binding = TLS.binding ?? ''): Promise<this> {
    const challenge = this.answers.findLast((reply) => reply.type === 'challenge');
    if (challenge?.type === 'challenge') this.doorway.auth(person.sign(challenge.nonce, binding), null);
    await this.settled();
    return this;
  }

  async settled(): Promise<this> {
    while (this.doorway.isChecking) await new Promise((resolve) => void setImmediate(resolve));
    await this.world.tick();
    return this;
  }

  get refusal(): string {
    return this.refusals.at(-1)?.code ?? 'none';
  }

  get peer(): Peer {
    if (this.session === null) throw new Error(`not in: ${this.refusals.join()}`);
    return new Peer(this.world, this.session, this.outlet);
  }
}

export async function knock(world: World, nick: string, person: Person, invite = ''): Promise<Knock> {
  return new Knock(world).hello(nick, { kind: 'key', key: person.key, invite }).signs(person);
}

export async function enter(world: World, nick: string, person: Person): Promise<Peer> {
  return (await knock(world, nick, person)).peer;
}

/** What the operator asked for is done when it is durable, and a tick has to end for that. */
export async function done<T>(world: World, work: Promise<T>): Promise<T> {
  const state = { isOver: false };
  const over = work.finally(() => (state.isOver = true));
  over.catch(() => {});
  while (!state.isOver) await world.tick();
  return over;
}

export function password(secret: string, invite = ''): Auth {
  return { kind: 'password', password: secret, invite };
}
