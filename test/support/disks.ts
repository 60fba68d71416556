// File systems of their own for tests that fill a disk or write-protect it, and disks that lose what they took.

import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';

/** A program for python3 that runs another for which the disk keeps nothing. */
export const FAILING_SYNC = fileURLToPath(new URL('./failing_sync.py', import.meta.url));

/** Why no failing disk can be had here; false when one can. */
export function noFailingSync(): string | false {
  const { status, stderr, error } = spawnSync('python3', [FAILING_SYNC, 'true'], { encoding: 'utf8' });
  return status === 0 ? false : `no disk can be made to fail here: ${error?.message ?? stderr.trim()}`;
}

/** A disk of its own in `dir`, this many KiB large. */
export function mountDisk(test: Test, dir: string, name: string, kib: number): string {
  const place = join(dir, name);
  mkdirSync(place);
  const { status, stderr } = mount('-t', 'tmpfs', '-o', `size=${kib}k`, 'chatroom-test', place);
  if (status !== 0) test.fail(stderr);
  test.teardown(() => spawnSync('umount', ['--lazy', place]));
  return place;
}

function mount(...args: string[]): { status: number | null; stderr: string } {
  return spawnSync('mount', args, { encoding: 'utf8' });
}

/** Why no disk can be mounted here; false when one can. */
export function noMounts(dir: string): string | false {
  const probe = join(dir, 'probe');
  mkdirSync(probe);
  const { status, stderr } = mount('-t', 'tmpfs', '-o', 'size=64k', 'chatroom-test', probe);
  if (status !== 0) return `no file system can be mounted here: ${stderr.trim()}`;
  spawnSync('umount', [probe]);
  return false;
}
