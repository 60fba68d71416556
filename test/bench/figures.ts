// Figures of several runs as people read them: the median with the least and the most beside it, since the noise of a machine is part of a
// measurement. A run that failed is a NaN, and has no part in them.

export function measured(values: readonly number[]): number[] {
  return values.filter((value) => !Number.isNaN(value));
}

export function median(values: readonly number[]): number {
  const sorted = measured(values).sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/** Three digits, with k or M where they help. */
export function short(value: number): string {
  if (Number.isNaN(value)) return '-';
  for (const [unit, letter] of [
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (value >= 10 * unit || (unit === 1e6 && value >= unit)) {
      return `${(value / unit).toPrecision(3)}${letter}`;
    }
  }
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** `8.1M (7.9M–8.4M)`; one run has no spread. */
export function spread(values: readonly number[]): string {
  const known = measured(values);
  if (known.length < 2) return short(median(known));
  return `${short(median(known))} (${short(Math.min(...known))}–${short(Math.max(...known))})`;
}
