// What the log tells of those who were not let in.

import type { HubEvent } from './event.ts';
import { Repeats } from './repeats.ts';

type Refused = Extract<HubEvent, { type: 'sign-in-failed' | 'refused' }>;
type Untold = Refused extends infer Each ? (Each extends Refused ? Omit<Each, 'unsaid'> : never) : never;

export class Refusals {
  readonly #tell: (event: HubEvent) => void;
  readonly #repeats = new Repeats();

  constructor(tell: (event: HubEvent) => void) {
    this.#tell = tell;
  }

  note(refused: Untold, now: number): void {
    const what = refused.type === 'refused' ? refused.code : refused.by;
    this.#repeats.note(`${refused.type} ${what}`, refused.address, now, (unsaid) =>
      this.#tell({ ...refused, unsaid }),
    );
  }

  sweep(now: number): void {
    this.#repeats.sweep(now);
  }
}
