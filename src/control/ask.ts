// The operator's requests go the same road as everybody's; here the hub's answers to them become promises.

import { OPERATOR } from '../core/actor.ts';
import type { Command } from '../core/command.ts';
import { ChatError } from '../core/errors.ts';
import type { Hub } from '../core/hub.ts';
import type { Reply } from '../core/reply.ts';

/**
 * Asks in the operator's name and resolves with all parts of the answer, in order; never with an error among them.
 * @throws ChatError what the hub refused it with.
 */
export function ask(hub: Hub, command: Command): Promise<Reply[]> {
  return new Promise((resolve, reject) => {
    const parts: Reply[] = [];
    hub.execute(OPERATOR, command, (reply) => {
      if (reply.type === 'error') {
        reject(new ChatError(reply.code, reply.text, reply.retryAfterMs));
        return;
      }
      parts.push(reply);
      if (isLast(reply)) resolve(parts);
    });
  });
}

/** A list may come in parts; `more` of a history only says that there are further pages to ask for. */
function isLast(reply: Reply): boolean {
  return reply.type === 'who' || reply.type === 'rooms' || reply.type === 'bans' ? !reply.more : true;
}
