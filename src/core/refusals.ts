// What the log tells of sign-ins that failed: the first ones each, then only how many, so that guessing cannot flood it.

import type { HubEvent } from './event.ts';
import { type Rate, TokenBucket } from './rate.ts';

type Failed = Extract<HubEvent, { type: 'sign-in-failed' }>;

const LINES: Rate = { perSecond: 0.2, burst: 10 };

export class Refusals {
  readonly #tell: (event: HubEvent) => void;
  readonly #bucket = new TokenBucket();
  #unsaid = 0;

  constructor(tell: (event: HubEvent) => void) {
    this.#tell = tell;
  }

  note(failed: Omit<Failed, 'type' | 'unsaid'>, now: number): void {
    if (this.#bucket.take(now, LINES) > 0) {
      this.#unsaid++;
      return;
    }
    this.#tell({ type: 'sign-in-failed', ...failed, unsaid: this.#unsaid });
    this.#unsaid = 0;
  }
}
