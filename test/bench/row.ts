// What every row of the table is made of: figures of each server over several runs, and what is asked of the hub beside the others.

import { measured, median } from './figures.ts';
import type { ServerName } from './servers.ts';

export interface Conditions {
  /** How often everything is measured; the median counts. */
  readonly runs: number;
  /** How long each measurement lasts. */
  readonly seconds: number;
  /** The servers to be measured, those that are here; the hub is always among them. */
  readonly servers: readonly ServerName[];
  /** What the hub is held against: the ideal loop if it is here, else the bare one. */
  readonly yardstick: 'ideal' | 'bare';
  /** Whether the load is our own or one that was given. */
  readonly load: 'own' | 'given';
  /** The hub's members speak TLS. */
  readonly secure: boolean;
  /** How long an evening lasts. */
  readonly eveningSeconds: number;
}

/** One figure of each one measured, a value for each run; NaN for one that failed. */
export interface Column {
  readonly title: string;
  readonly values: Readonly<Record<string, readonly number[]>>;
}

/** What is asked of the hub; `figure` has a value for each run, NaN where the hub failed. */
export interface Verdict {
  readonly what: string;
  readonly figure: readonly number[];
  readonly bar: number;
  readonly sense: 'at least' | 'at most';
}

export interface Outcome {
  readonly columns: readonly Column[];
  readonly verdicts: readonly Verdict[];
  /** Who could not be measured, and why. */
  readonly troubles: readonly string[];
}

export interface Row {
  readonly about: string;
  readonly measure: (conditions: Conditions) => Promise<Outcome>;
}

/** A hub that failed in one run has not met what is asked, whatever its other runs say. */
export function isMet({ figure, bar, sense }: Verdict): boolean {
  if (figure.some(Number.isNaN)) return false;
  return sense === 'at least' ? median(figure) >= bar : median(figure) <= bar;
}

/** Run by run, since both were measured in the same minutes; a run in which there is nothing to hold ours against has no ratio. */
export function ratios(ours: readonly number[] = [], theirs: readonly number[] = []): number[] {
  return ours.flatMap((value, run) => {
    const other = theirs[run] ?? Number.NaN;
    return Number.isNaN(other) ? [] : [value / other];
  });
}

/** The best of some servers in each run, of those that could be measured in it. */
export function best(
  { values }: Column,
  names: readonly ServerName[],
  pick: (...values: number[]) => number,
): number[] {
  const series = names.flatMap((name) => (values[name] === undefined ? [] : [values[name]]));
  return (series[0] ?? []).map((_, run) => {
    const known = measured(series.map((figures) => figures[run] ?? Number.NaN));
    return known.length === 0 ? Number.NaN : pick(...known);
  });
}

/** The verdict alone if there is something to hold the hub against. */
export function asked(verdict: Verdict): Verdict[] {
  return verdict.figure.length === 0 ? [] : [verdict];
}
