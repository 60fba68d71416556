// What the operator may know of the process and do to it: the daemon's side of the control socket.

import type { DaemonControl, ReloadOutcome } from '../control/parts.ts';
import type { Checkup } from '../control/protocol.ts';
import type { Daemon } from './daemon.ts';
import { openFiles } from './open-files.ts';
import { formatEndpoint } from './setting-kinds.ts';
import { keyOf, SETTING_NAMES, tomlOf } from './settings.ts';

/** The program around the daemon: what it was started with, and how it ends. */
export interface Program {
  /** The settings file that was read; null when there was none. */
  readonly configFile: () => string | null;
  /** Reads the settings again, and says what that would change. */
  readonly settingsOnDisk: () => Checkup['settings'];
  /** Reads the settings again and puts them in force, or says why not. */
  readonly reload: () => ReloadOutcome;
  /** Begins to stop, and returns at once. */
  readonly stop: (askedBy: string) => void;
  /** Begins to stop, since it cannot go on; systemd starts it again. */
  readonly fail: (error: Error) => void;
}

export function daemonControl(daemon: Daemon, program: Program): DaemonControl {
  return {
    status: async () => ({
      startedAt: daemon.startedAt,
      listening: daemon.addresses.map(formatEndpoint),
      configFile: program.configFile(),
      settings: Object.fromEntries(SETTING_NAMES.map((name) => [keyOf(name), tomlOf(name, daemon.settings)])),
      connections: daemon.connections,
      store: await daemon.storeStats().catch((error: unknown) => ({ problem: messageOf(error) })),
    }),
    checkup: async () => ({
      nodePath: process.execPath,
      files: await openFiles(),
      settings: program.settingsOnDisk(),
    }),
    logLevel: () => daemon.log.level,
    setLogLevel: (level) => {
      daemon.log.level = level;
    },
    reload: async () => program.reload(),
    keys: () => daemon.keys.about(),
    changeKey: (step) => daemon.changeKey(step),
    stop: () => program.stop('the operator'),
    backup: (file) => daemon.backup(file),
    audit: (act, fields) => daemon.log.audit(act, fields),
    fault: (error) => daemon.log.error('a control request failed', { error }),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
