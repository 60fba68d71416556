// When something was said, in the reader's own time zone.

/** `HH:MM`; with the date before it when that is not today. Both are Unix ms. */
export function clock(at: number, now: number): string {
  const when = new Date(at);
  const time = `${two(when.getHours())}:${two(when.getMinutes())}`;
  return sameDay(when, new Date(now)) ? time : `${day(when)} ${time}`;
}

function day(when: Date): string {
  return `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())}`;
}

function sameDay(one: Date, other: Date): boolean {
  return day(one) === day(other);
}

function two(count: number): string {
  return String(count).padStart(2, '0');
}
