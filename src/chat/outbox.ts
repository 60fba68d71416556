// What was typed and is not acknowledged. One request is under way at a time and the next follows its answer, so that
// the order of what people type is the order in which it happens, whatever is lost, refused for a while, or resent.

import type { Command } from '../core/command.ts';
import type { WireRequest } from '../dialects/wire.ts';

export interface Item {
  /** The hub does a request it has seen before only once, and answers it again. */
  readonly id: string;
  readonly command: Command;
  readonly request: WireRequest;
  /** Our name when it was first sent; null before that. */
  sentAs: string | null;
  /** Whether it was sent over the connection there is now. */
  underWay: boolean;
}

export class Outbox {
  readonly #prefix: string;
  #items: Item[] = [];
  #count = 0;
  #idle: (() => void)[] = [];

  /** `prefix` makes the ids of this run differ from those of another. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The next to be done or to be answered. */
  get head(): Item | undefined {
    return this.#items[0];
  }

  add(command: Command, request: WireRequest): void {
    const id = `${this.#prefix}-${++this.#count}`;
    this.#items.push({ id, command, request, sentAs: null, underWay: false });
  }

  /** The head is done with. */
  settle(): void {
    this.#items.shift();
    if (this.#items.length > 0) return;
    for (const resolve of this.#idle) resolve();
    this.#idle = [];
  }

  /** Whatever was under way has to be sent again. */
  unsent(): void {
    if (this.head !== undefined) this.head.underWay = false;
  }

  idle(): Promise<void> {
    if (this.#items.length === 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle.push(resolve);
    return promise;
  }
}
