// A made-up machine for tests of the command line: its environment and its files are what a test says, and nothing else.

import type { Resolved } from '../../src/daemon/config.ts';
import type { Invocation, World } from '../../src/daemon/options.ts';

/** Where this machine's person has the settings file. */
export const FILE = '/home/ana/.config/chatroom/chatroom.toml';

/** A world in which `files` are all there is on disk. */
export function world(
  env: Record<string, string> = {},
  files: Record<string, string | Uint8Array> = {},
): World {
  const readFile = (path: string): Uint8Array => {
    const content = files[path];
    if (content === undefined) throw Object.assign(new Error('missing'), { code: 'ENOENT' });
    return typeof content === 'string' ? new TextEncoder().encode(content) : content;
  };
  return { env, home: '/home/ana', uid: 1000, hostName: 'box', readFile, columns: 80, version: '9.8.7' };
}

/** The settings of an invocation that runs. */
export function running(invocation: Invocation): Resolved {
  if (invocation.kind !== 'run') throw new Error(`did not run: ${JSON.stringify(invocation)}`);
  return invocation.resolved;
}

/** The text of an invocation that is refused with exit code 2. */
export function refusal(invocation: Invocation): string {
  return invocation.kind === 'refuse' && invocation.exitCode === 2
    ? invocation.text
    : `not refused: ${invocation.kind}`;
}
