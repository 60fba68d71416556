// How near the hub is to the end of its file descriptors, which are what connections are made of. The kernel tells it in /proc alone.

import { readdir, readFile } from 'node:fs/promises';
import type { Checkup } from '../control/protocol.ts';

/** How many files this process has open, and may have open (proc(5)); null where there is no /proc. */
export async function openFiles(): Promise<Checkup['files']> {
  try {
    const limits = await readFile('/proc/self/limits', 'utf8');
    const soft = /^Max open files +(\d+|unlimited) /m.exec(limits)?.[1];
    if (soft === undefined) return null;
    // The listing itself takes one.
    const open = (await readdir('/proc/self/fd')).length - 1;
    return { limit: soft === 'unlimited' ? null : Number(soft), open };
  } catch {
    return null;
  }
}
