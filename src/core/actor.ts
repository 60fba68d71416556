// Who acts: a participant by its session, or the operator by the control socket. Both come in by the same door.

import type { Role } from './commands.ts';
import { SERVER_NAME } from './names.ts';
import type { Reply } from './reply.ts';
import type { Session } from './session.ts';

export interface Actor {
  readonly role: Role;
  /** The name others see. */
  readonly name: string;
  readonly session: Session | null;
  /** The mark of its request, when it carried one that must not be done twice. */
  readonly requestId: string | null;
}

/** The operator, who speaks in the name of the hub. */
export const OPERATOR: Actor = { role: 'operator', name: SERVER_NAME, session: null, requestId: null };

/** A participant. */
export function participant(session: Session, role: Role, requestId: string | null): Actor {
  return { role, name: session.nick, session, requestId };
}

/** Takes what is answered to the one who asked; called once or, for long answers, several times. */
export type Answer = (reply: Reply) => void;
