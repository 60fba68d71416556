// How long something is to last, as a flag says it.

import { durationMs, isDuration } from '../core/duration.ts';
import { misuse } from './verb.ts';

/** @throws Failure naming the flag */
export function secondsOf(flag: string, text: string): number {
  if (!isDuration(text)) throw misuse(`--${flag} takes a time such as 90s, 30m, 12h, 7d or 2w, not ${text}`);
  return durationMs(text) / 1000;
}
