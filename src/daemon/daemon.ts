// Builds the hub out of its parts and takes it down again. The program and the tests start it here, in-process.

import { randomBytes } from 'node:crypto';
import { BlockList } from 'node:net';
import { VERSION } from '../control/version.ts';
import { type ControlServer, startControlServer } from '../control/server.ts';
import type { HubEvent } from '../core/event.ts';
import { Hub } from '../core/hub.ts';
import { LIMITS } from '../core/limits.ts';
import type { Rate } from '../core/rate.ts';
import { bye } from '../core/reply.ts';
import type { HubSettings } from '../core/settings.ts';
import type { Store, StoreStats } from '../core/store.ts';
import type { BackedUp, Keys, KeyStep } from '../control/protocol.ts';
import type { Dialect, DialectSetup } from '../dialects/dialect.ts';
import { JsonDialect } from '../dialects/json.ts';
import { PlainDialect } from '../dialects/plain.ts';
import { openStore } from '../store/open.ts';
import { Listener, type ListenerSettings, type Place } from '../transport/listener.ts';
import { Backups, storeFile } from './backup.ts';
import { HubKeys } from './hub-keys.ts';
import type { Log } from './logger.ts';
import { cryptoProofs } from './crypto-proofs.ts';
import { outsideAuth, type OutsideAuth } from './outside-auth.ts';
import { daemonControl, type Program } from './operator.ts';
import type { Settings } from './settings.ts';

export interface DaemonSetup {
  readonly settings: Settings;
  readonly log: Log;
  /** Sockets that systemd opened for us; when there are any, the `listen` setting is not used. */
  readonly inherited: readonly number[];
  /** The directory of secrets that systemd hands over, $CREDENTIALS_DIRECTORY; null for none. */
  readonly credentials: string | null;
  readonly program: Program;
}

const GOODBYE = bye('shutdown', 'the hub is stopping: come back in a moment', true);

export class Daemon {
  readonly hub: Hub;
  readonly startedAt = Date.now();
  readonly log: Log;
  settings: Settings;
  /** Where people can connect. */
  readonly addresses: { host: string; port: number }[] = [];
  readonly keys: HubKeys;
  readonly #store: Store;
  readonly #backups: Backups;
  readonly #listener: Listener;
  readonly #timers: NodeJS.Timeout[] = [];
  #control: ControlServer | null = null;
  #healthy = true;
  #pruning = false;

  private constructor(setup: DaemonSetup, hub: Hub, store: Store, keys: HubKeys) {
    this.settings = setup.settings;
    this.log = setup.log;
    this.hub = hub;
    this.keys = keys;
    this.#store = store;
    this.#backups = new Backups(store, setup.settings.stateDir);
    this.#listener = new Listener({
      hub,
      settings: listenerSettings(setup.settings),
      dialect: (name) => this.#dialect(name),
      secureContext: () => keys.context,
      nextKey: () => keys.next,
      now: Date.now,
      debug: (text, fields) => setup.log.debug(text, fields),
      healthy: () => this.#healthy,
    });
  }

  /**
   * Starts a hub and resolves when its port, its control socket and its store answer.
   * @throws ChatError `store-failed`, ControlSocketError, or an error of listen(2)
   */
  static async start(setup: DaemonSetup): Promise<Daemon> {
    const { settings, log } = setup;
    const store = await openStore(`sqlite:${storeFile(settings.stateDir)}`, {
      onFailure: settings.storeFailure,
      announce: (error) => {
        const { message } = error;
        if (settings.storeFailure === 'refuse') setup.program.fail(error);
        else
          log.error('the store failed; people go on talking, and nothing of it is kept', { error: message });
      },
    });
    // The store's lock is held by now: no other hub makes its keys in this directory.
    const keys = await openKeys(setup).catch(async (error: unknown) => {
      await store.close();
      throw error;
    });
    const hub = await Hub.open({
      store,
      settings: hubSettings(settings),
      now: Date.now,
      random: (bytes) => randomBytes(bytes).toString('base64url').replace(/[-_]/g, 'x'),
      soon: setImmediate,
      after: (ms, run) => void setTimeout(run, ms),
      proofs: cryptoProofs(outsideAuth(outside(settings), log)),
      tell: (event) => tellLog(log, event),
    });
    const daemon = new Daemon(setup, hub, store, keys);
    try {
      await daemon.#listen(setup.inherited);
      daemon.#control = await startControlServer({
        path: settings.control,
        group: settings.controlGroup,
        hub,
        daemon: daemonControl(daemon, setup.program),
      });
      const { access } = daemon.#control;
      if ('ownerOnly' in access)
        log.info('only the owner of this process and root can use chatctl', { why: access.ownerOnly });
    } catch (error) {
      daemon.#listener.stopAccepting();
      await store.close();
      throw error;
    }
    daemon.#every(LIMITS.sweepEveryMs, () => daemon.#sweep());
    daemon.#every(LIMITS.pruneEveryMs, () => void daemon.#prune());
    daemon.#every(LIMITS.healthEveryMs, () => void daemon.#checkHealth());
    daemon.#every(LIMITS.keyCheckEveryMs, () => keys.check());
    return daemon;
  }

  get userCount(): number {
    return this.hub.directory.size;
  }

  get connections(): { open: number; accepted: number; refused: number } {
    const { connectionCount, accepted, refused } = this.#listener;
    return { open: connectionCount, accepted, refused };
  }

  storeStats(): Promise<StoreStats> {
    return this.#store.stats();
  }

  /** Writes a backup of the store while everything goes on. @throws ChatError as Backups does */
  backup(file: string | null): Promise<BackedUp> {
    return this.#backups.write(file, Date.now());
  }

  /** Resolves when the event loop and the store's worker both answer: what the watchdog asks. */
  async probe(): Promise<void> {
    await this.#store.ping();
  }

  /**
   * Goes on with other settings; those that wait for a restart must be the old ones. Returns whether the key or its certificate changed.
   * @throws ConfigError when they cannot be used; then all goes on as it was
   */
  apply(settings: Settings): boolean {
    const pair = this.keys.read(settings);
    const isOtherPair = this.keys.take(settings, pair);
    this.settings = settings;
    this.hub.settings = hubSettings(settings);
    this.#listener.settings = listenerSettings(settings);
    this.log.level = settings.logLevel;
    return isOtherPair;
  }

  /** Does what the operator asks about the key that comes after the present one. @throws ChatError `bad-request` */
  changeKey(step: KeyStep): Keys {
    this.keys.change(step);
    if (step === 'next') this.#listener.announceNextKey();
    return this.keys.about();
  }

  /** Says goodbye to everybody, keeps what was said, and lets go of everything. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    // No more come in before anyone is sent away, so that who comes back meets the next hub.
    this.#listener.stopAccepting();
    await this.hub.close(GOODBYE);
    await this.#listener.close(GOODBYE);
    await this.#store.close();
    await this.#control?.close();
  }

  async #listen(inherited: readonly number[]): Promise<void> {
    const places: readonly Place[] =
      inherited.length > 0 ? inherited.map((fd) => ({ fd })) : this.settings.listen;
    for (const place of places) this.addresses.push(await this.#listener.listen(place));
  }

  #dialect(name: 'plain' | 'json'): Dialect {
    const setup: DialectSetup = {
      hubName: this.settings.hubName,
      version: VERSION,
      resumeGraceMs: this.settings.resumeGrace * 1000,
      idlePingMs: this.settings.idlePing * 1000,
      now: Date.now,
      isPresent: (nick) => this.hub.directory.named(nick) !== undefined,
    };
    return name === 'json' ? new JsonDialect(setup) : new PlainDialect(setup);
  }

  #every(ms: number, run: () => void): void {
    this.#timers.push(setInterval(run, ms));
  }

  #sweep(): void {
    this.hub.sweep();
    this.#listener.sweep();
  }

  async #checkHealth(): Promise<void> {
    this.#healthy = await this.#store.ping().then(
      () => true,
      () => false,
    );
  }

  /** Lets go of what is past retention, a bounded step after the other so that no message waits long behind it. */
  async #prune(): Promise<void> {
    if (this.#pruning) return;
    this.#pruning = true;
    try {
      await this.hub.prune({
        olderThan: Date.now() - this.settings.retentionDays * 86_400_000,
        entriesPerLog: this.settings.retentionEntries,
        bytes: this.settings.retentionSize * 1024 * 1024,
      });
    } catch (error) {
      this.log.warn('old entries could not be let go', {
        error: error instanceof Error ? error.message : String(error),
      });
    }
    this.#pruning = false;
  }
}

async function openKeys({ settings, credentials, log }: DaemonSetup): Promise<HubKeys> {
  return HubKeys.open({ settings, credentials, log, now: Date.now });
}

function outside({ authCommand, authSocket, authWait }: Settings): OutsideAuth {
  return { command: authCommand, socket: authSocket, waitMs: authWait * 1000 };
}

const NO_LIMIT: Rate = { perSecond: Infinity, burst: Infinity };

function hubSettings(settings: Settings): HubSettings {
  const limited = settings.limits === 'on';
  return {
    maxRooms: settings.maxRooms,
    sessionRate: limited ? { perSecond: settings.ratePerSession, burst: settings.burstPerSession } : NO_LIMIT,
    addressRate: limited ? { perSecond: settings.ratePerAddress, burst: settings.burstPerAddress } : NO_LIMIT,
    resumeGraceMs: settings.resumeGrace * 1000,
    plainBacklog: settings.plainBacklog,
    access: settings.access,
    maxAccounts: settings.maxAccounts,
    claimsPerAddress: limited ? settings.claimsPerAddress : Infinity,
    claimMs: settings.claimDays * 86_400_000,
  };
}

function listenerSettings(settings: Settings): ListenerSettings {
  const proxies = new BlockList();
  for (const { address, prefix, family } of settings.proxyFrom) proxies.addSubnet(address, prefix, family);
  return {
    maxConnections: settings.maxConnections,
    maxConnectionsPerAddress: settings.limits === 'on' ? settings.maxConnectionsPerAddress : Infinity,
    idlePingMs: settings.idlePing * 1000,
    idleDropMs: settings.idleDrop * 1000,
    stuckDropMs: settings.stuckDrop * 1000,
    plaintext: settings.plaintext,
    isProxy: (address) =>
      settings.proxyFrom.length > 0 && proxies.check(address, address.includes(':') ? 'ipv6' : 'ipv4'),
  };
}

function tellLog(log: Log, event: HubEvent): void {
  const { type, ...fields } = event;
  if (type === 'store-refuses') log.error(type, fields);
  else log.info(type, fields);
}
