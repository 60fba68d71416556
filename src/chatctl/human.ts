// Times and sizes as people read them in a column: short, without spaces, so that columns stay columns for awk.

const SECOND = 1000;
const UNITS = [
  ['d', 24 * 60 * 60 * SECOND],
  ['h', 60 * 60 * SECOND],
  ['m', 60 * SECOND],
  ['s', SECOND],
] as const;

/** A span of `ms` milliseconds by its two greatest units: `12s`, `5m12s`, `3h4m`, `20d1h`. */
export function duration(ms: number): string {
  const at = UNITS.findIndex(([, size]) => ms >= size);
  const [unit, size] = UNITS[at] ?? ['s', SECOND];
  const [smaller, smallerSize] = UNITS[at + 1] ?? ['', Infinity];
  const rest = at < 0 ? 0 : Math.floor((ms % size) / smallerSize);
  return `${Math.max(0, Math.floor(ms / size))}${unit}${rest > 0 ? `${rest}${smaller}` : ''}`;
}

/** A size in bytes: `812B`, `67.3MiB`. */
export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)}${units[unit]}`;
}

/** Unix ms as the local time of day: `20:31:05`. */
export function timeOfDay(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
}

/** Unix ms as local date and time: `2026-11-22 20:31:05`. */
export function dateAndTime(at: number): string {
  const date = new Date(at);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(twoDigits).join('-');
  return `${day} ${timeOfDay(at)}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
