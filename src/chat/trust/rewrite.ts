// Changes a small file that several programs may change at once: the new text is written to a file beside it, which
// only one can make at a time, and which then takes the old one's place. So nobody sees half a file, and nobody's
// change is lost.

import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How often another one's turn is looked at again. */
const PAUSE_MS = 10;
/** A turn takes a few ms; whoever left this much older a file behind is gone. */
const ABANDONED_MS = 10_000;

/**
 * Replaces the text of the file, '' when it is not there, by what `change` makes of it; mode 0600, its directory made
 * if need be. A link is followed.
 * @throws what the file system throws; whatever `change` throws, with the file as it was.
 */
export async function rewrite(path: string, change: (text: string) => string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const target = targetOf(path);
  const next = `${target}.new`;
  const file = await turn(next);
  try {
    try {
      const before = textOf(target);
      const after = change(before);
      writeFileSync(file, after);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(next, target);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

/** Whether `error` says that there is no such file, or not even its directory. */
export function isNotThere(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Makes the file that only one can make, once nobody else has it. */
async function turn(next: string): Promise<number> {
  for (;;) {
    try {
      return openSync(next, 'wx', 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const age = Date.now() - (statSync(next, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > ABANDONED_MS) rmSync(next, { force: true });
    else await sleep(PAUSE_MS * (1 + Math.random()));
  }
}

function targetOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (isNotThere(error)) return path;
    throw error;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isNotThere(error)) return '';
    throw error;
  }
}
