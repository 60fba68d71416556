// What the hub and systemd tell each other: readiness, status and a watchdog by sd_notify(3), and sockets that systemd opened for us by
// sd_listen_fds(3). Started by hand there is no systemd to talk to, and all of this does nothing.

import type { Log } from './logger.ts';

type Environment = Record<string, string | undefined>;

/** The one function we need of the native addon. */
export interface Addon {
  readonly sendState: (state: string) => void;
}

/** Talks to the service manager; every call is harmless without one. */
export interface Notifier {
  /** The hub can be used: port, control socket and store answer. */
  readonly ready: (status: string) => void;
  /** One line for `systemctl status`. */
  readonly status: (text: string) => void;
  /** Settings are being read again; ready() ends it. */
  readonly reloading: () => void;
  readonly stopping: () => void;
  /**
   * From now on tells the watchdog that the hub is alive, twice in its limit, each time only after `probe` resolved. A probe that rejects or
   * never ends is the hub's own way of asking to be killed and restarted. Does nothing when no watchdog watches this process.
   */
  readonly watchdog: (probe: () => Promise<void>) => void;
}

export interface NotifierOptions {
  readonly env: Environment;
  readonly pid: number;
  readonly log: Log;
  readonly load?: () => Promise<Addon>;
}

/** Opens the way to systemd. An addon that cannot be loaded although systemd waits for READY is an error in the log: the start will time out. */
export async function openNotifier({ env, pid, log, load = loadAddon }: NotifierOptions): Promise<Notifier> {
  const addon = (env['NOTIFY_SOCKET'] ?? '') === '' ? undefined : await loadOrComplain(load, log);
  const send = (...states: readonly string[]): void => addon?.sendState(states.join('\n'));
  return {
    ready: (status) => send('READY=1', statusLine(status)),
    status: (text) => send(statusLine(text)),
    // systemd.service(5): a reload by signal is told with the time it began, in microseconds of CLOCK_MONOTONIC.
    reloading: () => send('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    // Not the addon's stopping(), which takes its caller's process id from an argument it is not given.
    stopping: () => send('STOPPING=1'),
    watchdog: (probe) => {
      const limitMs = watchdogLimitMs(env, pid);
      if (addon !== undefined && limitMs !== undefined)
        startWatchdog(limitMs / 2, probe, () => send('WATCHDOG=1'), log);
    },
  };
}

/** A line end would begin another assignment of the message. */
function statusLine(text: string): string {
  return `STATUS=${text.replaceAll(/[\r\n]+/g, ' ')}`;
}

async function loadAddon(): Promise<Addon> {
  const { default: addon } = await import('sd-notify');
  return addon;
}

async function loadOrComplain(load: () => Promise<Addon>, log: Log): Promise<Addon | undefined> {
  try {
    return await load();
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    log.error(
      'systemd cannot be told that the hub is ready and will give up on this start: build the sd-notify addon',
      { reason },
    );
    return undefined;
  }
}

/** sd_watchdog_enabled(3): the limit counts only for the process that $WATCHDOG_PID names. */
function watchdogLimitMs(env: Environment, pid: number): number | undefined {
  const limitMs = Number(env['WATCHDOG_USEC']) / 1000;
  const isForUs = env['WATCHDOG_PID'] === undefined || env['WATCHDOG_PID'] === String(pid);
  return isForUs && limitMs > 0 ? limitMs : undefined;
}

function startWatchdog(everyMs: number, probe: () => Promise<void>, ping: () => void, log: Log): void {
  let probing = false;
  const beat = async (): Promise<void> => {
    if (probing) return;
    probing = true;
    try {
      await probe();
      ping();
    } catch (error) {
      log.error('the hub does not answer itself; systemd will restart it unless that passes', { error });
    }
    probing = false;
  };
  setInterval(() => void beat(), everyMs).unref();
  void beat();
}

/** A listening socket that systemd opened; `name` is its FileDescriptorName=. */
export interface InheritedSocket {
  readonly fd: number;
  readonly name: string;
}

const FIRST_INHERITED_FD = 3;
const MAX_INHERITED_FDS = 64;

/**
 * The sockets handed over by socket activation, in order; none if they are meant for another process. As sd_listen_fds(3) does on request,
 * the variables are taken out of `env`, so that a process started later does not take our sockets for its own.
 * Listen with `server.listen({ fd }, backlog)`: without the backlog as an argument of its own, Node sets the kernel's back to 511.
 */
export function inheritedSockets(env: Environment, pid: number): readonly InheritedSocket[] {
  const { LISTEN_PID: owner, LISTEN_FDS: count, LISTEN_FDNAMES: nameList } = env;
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete env[name];
  const fds = Number(count);
  if (owner !== String(pid) || !Number.isInteger(fds) || fds < 1 || fds > MAX_INHERITED_FDS) return [];
  const names = nameList?.split(':') ?? [];
  return Array.from({ length: fds }, (_, at) => ({
    fd: FIRST_INHERITED_FD + at,
    name: names[at] ?? 'unknown',
  }));
}
