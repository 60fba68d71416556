// Where chat keeps what must outlive it: the keys of hubs, and its own.

import { homedir } from 'node:os';

/** `chatroom` in $XDG_CONFIG_HOME, which must be absolute to count (XDG Base Directory Specification), or ~/.config. */
export function configDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const base = env['XDG_CONFIG_HOME'];
  return `${base?.startsWith('/') === true ? base : `${homedir()}/.config`}/chatroom`;
}
