// What every row of the table is made of: figures of each server over several runs, and what is asked of the hub beside the others.

import { median } from './figures.ts';
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
  /** The hub's members speak TLS. */
  readonly secure: boolean;
  /** How long an evening lasts. */
  readonly eveningSeconds: number;
}

/** One figure of each one measured, a value for each run. */
export interface Column {
  readonly title: string;
  readonly values: Readonly<Record<string, readonly number[]>>;
}

/** What is asked of the hub; `figure` has a value for each run. */
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

export function isMet({ figure, bar, sense }: Verdict): boolean {
  return sense === 'at least' ? median(figure) >= bar : median(figure) <= bar;
}

/** Run by run, since both were measured in the same minute. */
export function ratios(ours: readonly number[] = [], theirs: readonly number[] = []): number[] {
  return ours.slice(0, theirs.length).map((value, run) => value / (theirs[run] ?? Number.NaN));
}

/** The best of some servers in each run. */
export function best(
  column: Column,
  names: readonly ServerName[],
  pick: (...values: number[]) => number,
): number[] {
  const series = names.map((name) => column.values[name] ?? []).filter((values) => values.length > 0);
  const runs = Math.min(...series.map((values) => values.length));
  return series.length === 0
    ? []
    : Array.from({ length: runs }, (_, run) => pick(...series.map((values) => values[run] ?? Number.NaN)));
}

/** The verdict alone if there is something to hold the hub against. */
export function asked(verdict: Verdict): Verdict[] {
  return verdict.figure.length === 0 ? [] : [verdict];
}
