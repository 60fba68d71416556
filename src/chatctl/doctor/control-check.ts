// Whether the control socket is open to those who shall run the room, and to nobody else.

import { lstat, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../failure.ts';
import type { Facts } from './facts.ts';
import { type Check, fail, type Finding, ok, skip, warn } from './finding.ts';

const GROUPS_FILE = '/etc/group';
const FOR_OTHERS = 0o007;
const FOR_THE_GROUP = 0o060;
const GROUP_MAY_PASS = 0o010;
const OTHERS_MAY_PASS = 0o001;
const OTHERS_MAY_WRITE = 0o002;
const STICKY = 0o1000;

interface Place {
  readonly mode: number;
  readonly gid: number;
  readonly isSocket: boolean;
}

export const CONTROL: Check = {
  name: 'control',
  run: async (facts) => {
    if (!('values' in facts.settings)) return skip('nobody can tell where the control socket would be');
    const path = String(facts.settings.values.get('control'));
    const group = String(facts.settings.values.get('control-group'));
    try {
      return judge(facts, path, await placeOf(path), await placeOf(dirname(path)), await groupNamed(group));
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code === 'EACCES') return skip(`you may not look at ${path}; root may`);
      if (!(facts.hub instanceof Failure))
        return fail(`${path} is gone: ${code}`, 'systemctl restart chatroom makes it anew');
      return skip(`${path} is not there, since the hub is not running`);
    }
  },
};

function judge({ startedBy }: Facts, path: string, socket: Place, directory: Place, group: Group): Finding {
  const mode = socket.mode.toString(8).padStart(4, '0');
  if (!socket.isSocket) return fail(`${path} is no socket`, 'remove it, and start the hub again');
  if ((socket.mode & FOR_OTHERS) !== 0)
    return fail(`everybody on this machine may use ${path} (mode ${mode})`, `chmod 0660 ${path}`);
  if ((directory.mode & OTHERS_MAY_WRITE) !== 0 && (directory.mode & STICKY) === 0)
    return fail(`everybody may put another socket in the place of ${path}`, `chmod o-w ${dirname(path)}`);
  const forGroup = (socket.mode & FOR_THE_GROUP) === FOR_THE_GROUP;
  if (!forGroup) {
    const alone = `${path} is for its owner and root alone (mode ${mode})`;
    if (startedBy === 'hand') return ok(alone);
    return group.id === null
      ? warn(`${alone}: there is no group ${group.name}`, `groupadd -r ${group.name}, and restart the hub`)
      : warn(`${alone}, not for the group ${group.name}`, 'systemctl restart chatroom');
  }
  if (group.id !== null && socket.gid !== group.id)
    return fail(
      `${path} is for the group ${socket.gid}, not for ${group.name} (${group.id})`,
      'systemctl restart chatroom',
    );
  const passes =
    (directory.mode & OTHERS_MAY_PASS) !== 0 ||
    (directory.gid === socket.gid && (directory.mode & GROUP_MAY_PASS) !== 0);
  if (!passes && startedBy === 'systemd')
    return warn(
      `the group ${group.name} may use ${path}, and may not enter its directory`,
      `chgrp ${group.name} ${dirname(path)}; chmod 0750 ${dirname(path)}`,
    );
  return ok(`${path} is for the group ${group.name} (mode ${mode})`);
}

async function placeOf(path: string): Promise<Place> {
  const stat = await lstat(path);
  return { mode: stat.mode & 0o7777, gid: stat.gid, isSocket: stat.isSocket() };
}

interface Group {
  readonly name: string;
  /** Null when this machine's own list has it not: a directory service may. */
  readonly id: number | null;
}

/** group(5): name:password:number:members. */
async function groupNamed(name: string): Promise<Group> {
  if (/^\d+$/.test(name)) return { name, id: Number(name) };
  const lines = (await readFile(GROUPS_FILE, 'utf8').catch(() => '')).split('\n');
  const id = lines.map((line) => line.split(':')).find(([each]) => each === name)?.[2];
  return { name, id: id === undefined ? null : Number(id) };
}
