// A request that was sent again, since its answer was lost with a connection, gets that answer and is not done twice.

import type { Answer } from './actor.ts';
import { LIMITS } from './limits.ts';
import type { Reply } from './reply.ts';

/** For each request id its answer, or those who wait for it. */
export type Answered = Map<string, Reply | Answer[]>;

/**
 * The answer to hand to whoever does the request; null when it was done before or is under way, and `answer` gets
 * what came or will come of that. Only an `ok` is remembered: what was refused may be tried again.
 */
export function answerOnce(answered: Answered, id: string, answer: Answer): Answer | null {
  const known = answered.get(id);
  if (Array.isArray(known)) {
    known.push(answer);
    return null;
  }
  if (known !== undefined) {
    answer(known);
    return null;
  }
  const waiting = [answer];
  answered.set(id, waiting);
  return (reply) => {
    if (reply.type === 'ok') remember(answered, id, reply);
    else answered.delete(id);
    for (const each of waiting) each(reply);
  };
}

function remember(answered: Answered, id: string, reply: Reply): void {
  answered.set(id, reply);
  if (answered.size <= LIMITS.rememberedRequestIds) return;
  const oldest = answered.keys().next().value;
  if (oldest !== undefined) answered.delete(oldest);
}
