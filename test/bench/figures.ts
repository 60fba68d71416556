// Figures of several runs as people read them: the median with the least and the most beside it, since the noise of a machine is part of a
// measurement.

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** The value that `share` of the sorted values do not exceed. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
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
  if (values.length < 2) return short(median(values));
  return `${short(median(values))} (${short(Math.min(...values))}–${short(Math.max(...values))})`;
}
