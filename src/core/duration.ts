// How long something lasts, as people write it: 90s, 30m, 2h, 7d, 2w.

import { ChatError } from './errors.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};
const DURATION = /^(\d{1,6})([smhdw])$/;

/** Whether `text` is meant as a duration. */
export function isDuration(text: string): boolean {
  return DURATION.test(text);
}

/** In milliseconds. @throws ChatError `bad-request` */
export function durationMs(text: string): number {
  const [, count = '', unit = ''] = DURATION.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS[unit] ?? 0);
  if (ms === 0) throw new ChatError('bad-request', 'a time is written like 90s, 30m, 2h, 7d or 2w');
  return ms;
}

/** So many milliseconds in the largest unit that fits, rounded up. */
export function durationText(ms: number): string {
  const [unit, size] = Object.entries(UNIT_MS)
    .toReversed()
    .find(([, each]) => ms >= each) ?? ['s', 1_000];
  return `${Math.max(1, Math.ceil(ms / size))}${unit}`;
}
