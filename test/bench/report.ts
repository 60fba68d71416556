// The table as it is printed, and the results as they are written, one file of JSON for each row.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release } from 'node:os';
import { join } from 'node:path';
import { short, spread } from './figures.ts';
import { type Conditions, isMet, type Outcome, type Verdict } from './row.ts';

export const RESULTS = join(import.meta.dirname, 'results');

function lines(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  return rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd());
}

function judged(verdict: Verdict): string {
  const { what, figure, bar, sense } = verdict;
  const sign = sense === 'at least' ? '≥' : '≤';
  return `  ${isMet(verdict) ? 'met    ' : 'NOT MET'} ${what}: ${spread(figure)}, asked ${sign} ${short(bar)}`;
}

/** One row of the table, for people: the median of the runs with the least and the most. */
export function printed(name: string, about: string, { columns, verdicts, troubles }: Outcome): string {
  const servers = [...new Set(columns.flatMap(({ values }) => Object.keys(values)))];
  const cells = servers.map((server) => [
    server,
    ...columns.map(({ values }) => spread(values[server] ?? [])),
  ]);
  return [
    `${name}: ${about}`,
    ...lines([['', ...columns.map(({ title }) => title)], ...cells]),
    ...verdicts.map(judged),
    ...troubles.map((trouble) => `  not measured: ${trouble}`),
    '',
  ].join('\n');
}

/** What the tree is at; asked before results are written into it. */
export function commitHere(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      encoding: 'utf8',
      cwd: RESULTS,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}

/** Writes the row's figures, and what they were measured on, to results/NAME.json. */
export function write(
  name: string,
  about: string,
  outcome: Outcome,
  conditions: Conditions,
  commit: string,
): void {
  mkdirSync(RESULTS, { recursive: true });
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism(), kernel: release() };
  const verdicts = outcome.verdicts.map((verdict) => ({ ...verdict, met: isMet(verdict) }));
  const result = {
    row: name,
    about,
    at: new Date().toISOString(),
    commit,
    node: process.version,
    machine,
    conditions,
    ...outcome,
    verdicts,
  };
  writeFileSync(join(RESULTS, `${name}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
}
