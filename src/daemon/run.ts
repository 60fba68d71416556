// The life of the program: start, tell systemd and the operator, reload, and stop when asked.

import { networkInterfaces } from 'node:os';
import type { ReloadOutcome } from '../control/parts.ts';
import type { Checkup } from '../control/protocol.ts';
import { VERSION } from '../control/version.ts';
import { ConfigError, mergeReloaded, type Resolved } from './config.ts';
import { Daemon } from './daemon.ts';
import type { Log } from './logger.ts';
import { formatEndpoint } from './setting-kinds.ts';
import { keyOf } from './settings.ts';
import { type InheritedSocket, inheritedSockets, type Notifier, openNotifier } from './systemd.ts';

const STATUS_EVERY_MS = 10_000;

/**
 * Runs a hub until it is told to stop by SIGTERM, SIGINT or the operator.
 * @throws whatever kept it from starting
 */
export async function runHub(resolved: Resolved, reread: () => Resolved, log: Log): Promise<void> {
  const inherited = inheritedSockets(process.env, process.pid);
  const notifier = await openNotifier({ env: process.env, pid: process.pid, log });
  let running = resolved;
  const { promise: asked, resolve: stop, reject: fail } = Promise.withResolvers<string>();

  const reload = (): ReloadOutcome => {
    notifier.reloading();
    try {
      const { resolved: merged, changed, waiting } = mergeReloaded(running, reread());
      const isOtherKey = daemon.apply(merged.settings);
      running = merged;
      const afterRestart = waiting.map(keyOf);
      // What is in the files may be new though their names are not.
      const changedKeys = [
        ...new Set([...changed.map(keyOf), ...(isOtherKey ? [keyOf('tlsCertificate')] : [])]),
      ];
      log.info('settings read again', {
        changed: changedKeys.join(' '),
        afterRestart: afterRestart.join(' '),
      });
      return { outcome: 'reloaded', changed: changedKeys, afterRestart };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      log.error('settings refused, the old ones stay', { problems: error.problems.join('; ') });
      return { outcome: 'refused', problems: error.problems };
    } finally {
      notifier.ready(statusLine(daemon));
    }
  };
  const settingsOnDisk = (): Checkup['settings'] => {
    try {
      const { changed, waiting } = mergeReloaded(running, reread());
      return { changed: changed.map(keyOf), afterRestart: waiting.map(keyOf) };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return { problems: error.problems };
    }
  };
  const daemon = await Daemon.start({
    settings: resolved.settings,
    log,
    inherited: inherited.map(({ fd }: InheritedSocket) => fd),
    credentials: process.env['CREDENTIALS_DIRECTORY'] ?? null,
    program: { configFile: () => running.file, settingsOnDisk, reload, stop, fail },
  });
  process.on('SIGHUP', reload);
  process.once('SIGTERM', () => stop('SIGTERM'));
  process.once('SIGINT', () => stop('SIGINT'));

  if (inherited.length > 0 && resolved.origins.get('listen') !== 'default') {
    log.warn('the setting listen is not used: systemd listens for this hub, see chatroom.socket');
  }
  await daemon.probe();
  tellAddresses(daemon, log, inherited.length > 0 ? 'handed over by systemd' : 'opened');
  notifier.ready(statusLine(daemon));
  notifier.watchdog(() => daemon.probe());
  const telling = keepStatus(daemon, notifier);

  try {
    log.info('stopping', { askedBy: await asked });
  } finally {
    clearInterval(telling);
    notifier.stopping();
    await daemon.stop();
    log.info('stopped');
  }
}

function keepStatus(daemon: Daemon, notifier: Notifier): NodeJS.Timeout {
  let told = '';
  return setInterval(() => {
    const line = statusLine(daemon);
    if (line !== told) notifier.status(line);
    told = line;
  }, STATUS_EVERY_MS);
}

function statusLine({ hub, userCount }: Daemon): string {
  const rooms = [...hub.directory.rooms.values()].filter(({ members }) => members.size > 0).length;
  const soon = hub.drain.until === null ? '' : ', about to restart';
  return `${counted(userCount, 'user')} in ${counted(rooms, 'room')}${soon}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Says where people can connect: for an address that means all of them, each one this machine has. */
function tellAddresses(daemon: Daemon, log: Log, how: string): void {
  log.info(`chatroom ${VERSION} is ready`, {
    hub: daemon.settings.hubName,
    control: daemon.settings.control,
  });
  for (const { host, port } of daemon.addresses) {
    const all = host === '::' || host === '0.0.0.0' || host === '';
    log.info('listening', { address: formatEndpoint({ host, port }), port: how });
    if (!all) continue;
    for (const address of ownAddresses(host))
      log.info(`people can use: chat ${formatEndpoint({ host: address, port })}`);
  }
}

function ownAddresses(host: string): string[] {
  try {
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    return addresses
      .filter(({ family, address }) => (host === '::' || family === 'IPv4') && !address.startsWith('fe80:'))
      .map(({ address }) => address);
  } catch {
    // A hardened unit may not ask the kernel for its interfaces; the operator knows the address of the machine.
    return [];
  }
}
