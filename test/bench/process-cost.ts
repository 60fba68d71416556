// What a process has cost so far, of all its threads together, as the kernel tells it (proc(5)).

import { readFileSync } from 'node:fs';

// _SC_CLK_TCK is 100 on every Linux that Node runs on.
const TICKS_PER_SECOND = 100;

/** Time on a CPU, user and system, in seconds; the kernel counts in hundredths. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name in parentheses may hold blanks; the third field follows it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident memory in KiB. */
export function residentKiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
}
