// The control socket as a file: whose place on disk it may take, and who may open it. There is no moment at which it has looser rights than
// in the end: it is born for its owner alone, then gets its group, then the group's rights.

import { once } from 'node:events';
import { chmod, lchown, lstat, mkdir, readFile, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import { socketPathProblem } from './paths.ts';

const GROUPS_FILE = '/etc/group';
/** umask(2) bits that leave a new socket 0600. */
const OWNER_ONLY = 0o177;

/** The socket cannot be at that path. The message says why and the next step. */
export class ControlSocketError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ControlSocketError';
  }
}

/** Who may open the socket: its group too (mode 0660), or its owner alone (0600), since the group could not be given. */
export type Access = { readonly group: number } | { readonly ownerOnly: string };

/**
 * Has `server` listen at `path` for its owner and `group` (a name of group(5), or a number).
 * @throws ControlSocketError when another hub is running there, when something else is in its place, or when the place cannot be used.
 */
export async function listenAt(server: Server, path: string, group: string): Promise<Access> {
  const problem = socketPathProblem(path);
  if (problem !== undefined) throw new ControlSocketError(`the control socket: ${problem} (setting control)`);
  try {
    // A directory made here is the hub's alone; the one systemd makes lets the group in.
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await makeRoom(path);
    await listen(server, path);
    return await giveTo(group, path);
  } catch (error) {
    if (error instanceof ControlSocketError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ControlSocketError(
      `the control socket cannot be at ${path}: ${reason}; choose another place by --control`,
    );
  }
}

/** Takes away the socket of a hub that is gone; refuses to touch anything else. */
async function makeRoom(path: string): Promise<void> {
  const there = await lstat(path).catch(() => null);
  if (there === null) return;
  if (!there.isSocket()) {
    throw new ControlSocketError(
      `${path} is there and is no socket: remove it, or choose another place by --control`,
    );
  }
  const answer = await knock(path);
  if (answer === 'ENOENT') return;
  if (answer !== 'ECONNREFUSED') {
    throw new ControlSocketError(
      `another chatroomd is running: it answers at ${path} (chatctl stop ends it, --control chooses another place)`,
    );
  }
  await unlink(path);
}

/** Why nobody answers at a socket; `open` when somebody does. Anything but a refusal may be a hub that is alive and busy. */
function knock(path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const done = (answer: string): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => done('open'));
    socket.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
  });
}

async function listen(server: Server, path: string): Promise<void> {
  const listening = once(server, 'listening');
  // bind(2) happens before listen returns, so no other code of this thread runs under this mask; another thread's files would at worst be
  // closer than asked.
  const usual = process.umask(OWNER_ONLY);
  try {
    server.listen(path);
  } finally {
    process.umask(usual);
  }
  await listening;
}

async function giveTo(group: string, path: string): Promise<Access> {
  const gid = await groupNumber(group);
  if (gid === undefined) return { ownerOnly: `there is no group ${group} in ${GROUPS_FILE}` };
  try {
    // A service is not allowed to change owners, and need not: what it makes has its group already.
    if ((await lstat(path)).gid !== gid) await lchown(path, process.geteuid?.() ?? 0, gid);
  } catch (error) {
    return {
      ownerOnly: `the group ${group} cannot be given: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
  await chmod(path, 0o660);
  return { group: gid };
}

/** group(5): name:password:number:members. Groups that only a directory service knows are given by number. */
async function groupNumber(group: string): Promise<number | undefined> {
  if (/^\d+$/.test(group)) return Number(group);
  const lines = (await readFile(GROUPS_FILE, 'utf8').catch(() => ''))
    .split('\n')
    .map((line) => line.split(':'));
  const number = lines.find(([name]) => name === group)?.[2];
  return number !== undefined && /^\d+$/.test(number) ? Number(number) : undefined;
}
