// What chat asks the hub on its own behalf, apart from what people type: who is here, what was missed, that something
// arrived. A question the hub has no time for is asked again when it said it would.

import type { WireEntry, WireLine, WireReply, WireRequest, WireUser } from '../dialects/wire.ts';
import { LONGEST_WAIT_MS } from './timing.ts';

type Answer = Exclude<WireLine, WireEntry>;
/** Takes an answer. True: it was the last one. */
type OnAnswer = (reply: WireReply) => boolean;

export class Requests {
  readonly #prefix: string;
  readonly #send: (request: WireRequest & { id: string }) => void;
  readonly #open = new Map<string, { request: WireRequest; onAnswer: OnAnswer }>();
  readonly #later = new Set<NodeJS.Timeout>();
  #count = 0;

  constructor(run: string, send: (request: WireRequest & { id: string }) => void) {
    this.#prefix = `${run}:`;
    this.#send = send;
  }

  /** Asks, and hands the answer or the refusal to `answered`, once. */
  ask(request: WireRequest, answered: (reply: WireReply) => void): void {
    this.#ask(request, (reply) => {
      answered(reply);
      return true;
    });
  }

  /** Asks who is here; a long answer comes in parts. */
  people(answered: (users: readonly WireUser[]) => void): void {
    const users: WireUser[] = [];
    this.#ask({ type: 'who' }, (reply) => {
      if (reply.type !== 'who') return true;
      users.push(...reply.users);
      if (!reply.more) answered(users);
      return !reply.more;
    });
  }

  /** Whether `line` answers one of these. */
  answered(line: Answer): boolean {
    if (line.id === undefined) return false;
    const open = this.#open.get(line.id);
    if (open === undefined) return false;
    const wait = line.type === 'error' ? line.retry_after_ms : undefined;
    if (wait !== undefined && wait <= LONGEST_WAIT_MS) {
      this.#open.delete(line.id);
      this.#askLater(open, wait);
    } else if (open.onAnswer(line)) {
      this.#open.delete(line.id);
    }
    return true;
  }

  /** Nothing will be answered any more. */
  drop(): void {
    this.#open.clear();
    for (const timer of this.#later) clearTimeout(timer);
    this.#later.clear();
  }

  #ask(request: WireRequest, onAnswer: OnAnswer): void {
    const id = `${this.#prefix}${++this.#count}`;
    this.#open.set(id, { request, onAnswer });
    this.#send({ ...request, id });
  }

  #askLater({ request, onAnswer }: { request: WireRequest; onAnswer: OnAnswer }, waitMs: number): void {
    const timer = setTimeout(() => {
      this.#later.delete(timer);
      this.#ask(request, onAnswer);
    }, waitMs);
    this.#later.add(timer);
  }
}
