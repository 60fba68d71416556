// Whoever shows a conversation: a terminal or a pipe.

import type { ExitStatus } from './ending.ts';
import type { ChatEvent, OnEvent, Talk } from './events.ts';

export interface Ended {
  readonly status: ExitStatus;
  /** Why, for people; '' when there is nothing to say. */
  readonly text: string;
}

export interface View {
  /** Takes what happens once `run` was called. */
  readonly onEvent: OnEvent;
  /** Shows `talk`, which we have been let into, until it ends; `early` happened before. */
  run(talk: Talk, early: readonly ChatEvent[]): Promise<Ended>;
}
