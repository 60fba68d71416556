// What the hub needs of the machine: room on the disk, file descriptors, and a clock that is right.

import { access, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { CONTROL_LIMITS, LIMITS } from '../../core/limits.ts';
import { Failure } from '../failure.ts';
import { size } from '../human.ts';
import type { Facts } from './facts.ts';
import { type Check, fail, ok, skip, warn } from './finding.ts';
import { answerOf } from './tool.ts';

/** Below this the store, its log and a checkpoint of it may fail at any moment. */
const DISK_LEAST_BYTES = 64 * 1024 * 1024;
const DISK_LOW_BYTES = 512 * 1024 * 1024;
/** Descriptors for all that is no connection: the store, the log, timers, and those about to be refused. */
const OWN_FILES = LIMITS.refusedConnections + CONTROL_LIMITS.connections + 64;
const NEARLY_ALL = 0.9;
const NETWORK_CLOCK = 'systemctl enable --now chronyd, or whatever keeps the time on this machine';
/** systemd-timesyncd.service(8): there since the clock was first set. */
const TIMESYNC_FLAG = '/run/systemd/timesync/synchronized';

export const DISK: Check = {
  name: 'disk',
  run: async (facts) => {
    if (!('values' in facts.settings)) return skip('nobody can tell where the store would be');
    const directory = String(facts.settings.values.get('state-dir'));
    try {
      const { bavail, bsize, files, ffree } = await statfs(directory);
      const free = bavail * bsize;
      const store = await storeBytes(facts, directory);
      const has = `${size(free)} free at ${directory}`;
      const grow = 'give the disk more room, or keep less: retention-days, retention-entries';
      if (free < DISK_LEAST_BYTES) return fail(`only ${has}`, grow);
      if (files > 0 && ffree === 0) return fail(`no file can be made at ${directory}`, 'remove small files');
      if (free < DISK_LOW_BYTES) return warn(`only ${has}`, grow);
      if (free < store) return warn(`${has}, less than the store's ${size(store)}`, grow);
      return ok(has);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return skip(`there is no ${directory} yet: the first start makes it`);
      return skip(`${directory} cannot be looked at: ${code}`);
    }
  },
};

/** Who may not look into the directory is told nothing of the store of a hub that does not run. */
async function storeBytes({ hub }: Facts, directory: string): Promise<number> {
  if (!(hub instanceof Failure)) return 'problem' in hub.status.store ? 0 : hub.status.store.bytes;
  return stat(join(directory, 'chatroom.db')).then(
    ({ size: bytes }) => bytes,
    () => 0,
  );
}

export const FILES: Check = {
  name: 'files',
  run: (facts) => {
    if (!('values' in facts.settings)) return skip('nobody can tell what max-connections would be');
    const limit = fileLimit(facts);
    if ('why' in limit) return skip(limit.why);
    if (limit.most === null) return ok('the hub may open as many files as it likes');
    const connections = Number(facts.settings.values.get('max-connections'));
    const needed = connections + OWN_FILES;
    if (limit.most < needed)
      return warn(
        `the hub may open ${limit.most} files, and needs ${needed} for max-connections ${connections}`,
        facts.startedBy === 'systemd'
          ? `LimitNOFILE=${needed} in [Service] of systemctl edit chatroom, or a lower max-connections`
          : `ulimit -n ${needed} before the start, or a lower max-connections`,
      );
    if (limit.open > limit.most * NEARLY_ALL)
      return warn(`${limit.open} of ${limit.most} files are open`, 'chatctl who shows who holds connections');
    return ok(
      `${limit.open > 0 ? `${limit.open} of ` : ''}${limit.most} files, enough for ${connections} connections`,
    );
  },
};

/** A running hub tells its own; of one that does not run, its unit does. */
function fileLimit({
  hub,
  units,
}: Facts): { readonly most: number | null; readonly open: number } | { readonly why: string } {
  if (!(hub instanceof Failure)) {
    const files = hub.checkup?.files ?? null;
    return files === null ? { why: 'this hub cannot tell' } : { most: files.limit, open: files.open };
  }
  if ('why' in units) return units;
  const limit = units.service.get('LimitNOFILE');
  if (units.service.get('LoadState') !== 'loaded') return { why: 'the hub is not there to tell' };
  return { most: limit === 'infinity' ? null : Number(limit), open: 0 };
}

export const CLOCK: Check = {
  name: 'clock',
  run: async () => {
    // timedated asks the kernel, which knows whoever keeps its clock.
    const told = await answerOf('timedatectl', ['show', '--property=NTPSynchronized', '--value']);
    if ('out' in told && told.out.trim() === 'yes') return ok('set by the network');
    if ('out' in told && told.out.trim() === 'no')
      return warn('not set by the network: times of messages may be wrong', NETWORK_CLOCK);
    if (await isThere(TIMESYNC_FLAG)) return ok('set by the network');
    const chrony = await answerOf('chronyc', ['-c', 'tracking']);
    if ('why' in chrony)
      return skip(`not known: ${'why' in told ? told.why : 'timedatectl does not tell'}; ${chrony.why}`);
    return /,Not synchronised\s*$/.test(chrony.out)
      ? warn('not set by the network: times of messages may be wrong', NETWORK_CLOCK)
      : ok('set by the network');
  },
};

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
