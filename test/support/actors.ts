// Actors for the scenes: whatever dialect one speaks, it is told to do the same things and asked for the same lines.

import type { TestHub, Teardown } from './daemon.ts';
import { JsonPeer, type Line, PlainPeer } from './peers.ts';

export const DIALECTS = ['json', 'line', 'raw'] as const;
export type ActorDialect = (typeof DIALECTS)[number];

export interface Actor {
  readonly name: string;
  say(text: string): void;
  tell(to: string, text: string): void;
  rename(name: string): void;
  leave(): void;
  /** What it was shown so far, in the words of the original room. */
  shown(): string[];
  /** Resolves when it has been shown a line that holds `text`. */
  sees(text: string): Promise<unknown>;
  ended(): Promise<unknown>;
}

export async function actor(t: Teardown, hub: TestHub, dialect: ActorDialect, name: string): Promise<Actor> {
  if (dialect === 'json') return new JsonActor(await JsonPeer.enter(t, hub.port, name), name);
  return new PlainActor(await PlainPeer.enter(t, hub.port, name, dialect), name);
}

class JsonActor implements Actor {
  readonly name: string;
  readonly #peer: JsonPeer;

  constructor(peer: JsonPeer, name: string) {
    this.#peer = peer;
    this.name = name;
  }

  say(text: string): void {
    this.#peer.send({ type: 'say', text });
  }

  tell(to: string, text: string): void {
    this.#peer.send({ type: 'tell', to, text });
  }

  rename(name: string): void {
    this.#peer.send({ type: 'nick', nick: name });
  }

  leave(): void {
    this.#peer.send({ type: 'quit' });
  }

  shown(): string[] {
    return this.#peer.lines().map(asWords);
  }

  sees(text: string): Promise<unknown> {
    return this.#peer.until(text, () => this.shown().some((line) => line.includes(text)));
  }

  ended(): Promise<unknown> {
    return this.#peer.untilClosed();
  }
}

class PlainActor implements Actor {
  readonly name: string;
  readonly #peer: PlainPeer;

  constructor(peer: PlainPeer, name: string) {
    this.#peer = peer;
    this.name = name;
  }

  say(text: string): void {
    this.#peer.say(text);
  }

  tell(to: string, text: string): void {
    this.#peer.say(`@${to} ${text}`);
  }

  rename(name: string): void {
    this.#peer.say(`/nick ${name}`);
  }

  leave(): void {
    this.#peer.socket.end();
  }

  shown(): string[] {
    return this.#peer.text.split('\n');
  }

  sees(text: string): Promise<unknown> {
    return this.#peer.sees(text);
  }

  ended(): Promise<unknown> {
    return this.#peer.untilClosed();
  }
}

/** The rule of the original room, written down once more: how an entry reads. */
function asWords(line: Line): string {
  const { type, from, to, text } = line as unknown as Record<string, string>;
  switch (type) {
    case 'message':
    case 'notice':
      return `${from}: ${text}`;
    case 'private':
      return `${from}: @${to} ${text}`;
    case 'action':
      return `* ${from} ${text}`;
    case 'join':
      return `${from} joined!`;
    case 'leave':
      return `${from} left!`;
    case 'rename':
      return `${from} is now ${to}`;
    case 'kick':
      return `${to} was kicked${text === '' ? '' : ` (${text})`}`;
    case 'error':
      return `! ${text}`;
    default:
      return `(${type})`;
  }
}
