// What a process has cost so far, of all its threads together, as the kernel tells it (proc(5)).

import { existsSync, readFileSync } from 'node:fs';

// _SC_CLK_TCK is 100 on every Linux that Node runs on.
const TICKS_PER_SECOND = 100;

/** Time on a CPU, user and system, in seconds; the kernel counts in hundredths. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name in parentheses may hold blanks; the third field follows it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident memory in KiB; NaN when the process is gone. */
export function residentKiB(pid: number): number {
  const status = `/proc/${pid}/status`;
  return existsSync(status)
    ? Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(status, 'latin1'))?.[1])
    : Number.NaN;
}

const LOOK_MS = 1000;

/** The least and the most memory that a process has from now on until this is disposed of, looked at once a second. */
export class MemoryWatch implements Disposable {
  leastKiB = Infinity;
  mostKiB = 0;
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#look();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = residentKiB(this.#pid);
    // One that has just ended has none; those who talk to it will say so.
    if (Number.isNaN(now)) return;
    this.leastKiB = Math.min(this.leastKiB, now);
    this.mostKiB = Math.max(this.mostKiB, now);
  }
}
