// The hub and chatctl must agree on where the control socket is without talking to each other first, so the rules for places on disk are
// here, pure and without imports: what is true under systemd, and what is true when a person starts the hub by hand.

/** What the rules look at: the environment, the home directory and the effective user id of the process (-1 where there is none). */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly uid: number;
}

export const SYSTEM_CONFIG_FILE = '/etc/chatroom/chatroom.toml';
/** What the unit's StateDirectory= comes to. */
export const SYSTEM_STATE_DIR = '/var/lib/chatroom';
export const SYSTEM_CONTROL_SOCKET = '/run/chatroom/control.sock';

/** unix(7): sun_path holds 108 bytes, of which the last is the terminating zero. */
export const MAX_SOCKET_PATH_BYTES = 107;

/** systemd.exec(5): $STATE_DIRECTORY and its like hold one or more absolute paths with ':' between; the first is ours. */
function firstDirectory(list: string | undefined): string | undefined {
  const first = list?.split(':')[0];
  return first?.startsWith('/') ? first : undefined;
}

/** XDG Base Directory Specification: unset, empty and relative values are all to be ignored. */
function xdgBase(value: string | undefined): string | undefined {
  return value?.startsWith('/') ? value : undefined;
}

/** Where settings are read from when no file is named: the system's place for root and under systemd, the person's own otherwise. */
export function defaultConfigFile(here: Surroundings): string {
  const underSystemd =
    firstDirectory(here.env['STATE_DIRECTORY']) ?? firstDirectory(here.env['RUNTIME_DIRECTORY']);
  if (underSystemd !== undefined || here.uid === 0) return SYSTEM_CONFIG_FILE;
  return `${xdgBase(here.env['XDG_CONFIG_HOME']) ?? `${here.home}/.config`}/chatroom/chatroom.toml`;
}

/** The directory of the hub's store: $STATE_DIRECTORY under systemd, else $XDG_STATE_HOME/chatroom (~/.local/state/chatroom). */
export function defaultStateDir(here: Surroundings): string {
  return firstDirectory(here.env['STATE_DIRECTORY']) ?? ownStateDir(here);
}

/** The control socket: in $RUNTIME_DIRECTORY under systemd, else in $XDG_RUNTIME_DIR/chatroom, else in the person's own state directory. */
export function defaultControlSocket(here: Surroundings): string {
  const runtime = firstDirectory(here.env['RUNTIME_DIRECTORY']);
  return runtime === undefined ? ownControlSocket(here) : `${runtime}/control.sock`;
}

/**
 * The places in which to look for a running hub, most likely first. $CHATROOM_CONTROL, the environment's name of the hub's `control`
 * setting, stands for all others when it is set. A state directory named by hand is not searched: name its socket by --socket.
 */
export function controlSocketCandidates(here: Surroundings): readonly string[] {
  const named = here.env['CHATROOM_CONTROL'];
  if (named !== undefined && named !== '') return [named];
  return [...new Set([SYSTEM_CONTROL_SOCKET, ownControlSocket(here), `${ownStateDir(here)}/control.sock`])];
}

/** Says why a path cannot be a Unix socket's, or undefined when it can. Without this check the kernel's answer is a bare EINVAL. */
export function socketPathProblem(path: string): string | undefined {
  const bytes = new TextEncoder().encode(path).length;
  if (bytes <= MAX_SOCKET_PATH_BYTES) return undefined;
  return `${path} is ${bytes} bytes long and a Unix socket's path may have ${MAX_SOCKET_PATH_BYTES}: choose a shorter one`;
}

function ownStateDir(here: Surroundings): string {
  return `${xdgBase(here.env['XDG_STATE_HOME']) ?? `${here.home}/.local/state`}/chatroom`;
}

function ownControlSocket(here: Surroundings): string {
  const runtime = xdgBase(here.env['XDG_RUNTIME_DIR']);
  return runtime === undefined ? `${ownStateDir(here)}/control.sock` : `${runtime}/chatroom/control.sock`;
}
