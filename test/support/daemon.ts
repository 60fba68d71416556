// Starts the real hub in this process, on a port of its own and a directory of its own, and takes it down with the test.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { resolveSettings } from '../../src/daemon/config.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import { createLogger } from '../../src/daemon/logger.ts';
import type { Settings } from '../../src/daemon/settings.ts';

/** What of tap a helper needs. */
export interface Teardown {
  teardown(run: () => unknown): void;
}

export interface TestHub {
  readonly daemon: Daemon;
  readonly host: string;
  readonly port: number;
  readonly stateDir: string;
  readonly control: string;
  /** What it logged. */
  readonly logged: () => string;
  /** Takes it down now, leaving its files. */
  stop(): Promise<void>;
}

export function settingsFor(stateDir: string, overrides: Partial<Settings> = {}): Settings {
  const here = { env: {}, home: stateDir, uid: 1, hostName: 'test' };
  const { settings } = resolveSettings({ flags: new Map(), file: undefined, here });
  return {
    ...settings,
    listen: [{ host: '127.0.0.1', port: 0 }],
    stateDir,
    control: join(stateDir, 'control.sock'),
    limits: 'off',
    ...overrides,
  };
}

export function temporaryDirectory(t: Teardown): string {
  const dir = mkdtempSync(join(tmpdir(), 'chatroom-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export async function startHub(
  t: Teardown,
  overrides: Partial<Settings> = {},
  dir?: string,
): Promise<TestHub> {
  const stateDir = dir ?? temporaryDirectory(t);
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const settings = settingsFor(stateDir, overrides);
  const log = createLogger({ level: 'debug', format: 'text', stream, env: {} });
  let stopped: Promise<void> | null = null;
  const stop = (): Promise<void> => (stopped ??= daemon.stop());
  const daemon = await Daemon.start({
    settings,
    log,
    inherited: [],
    credentials: null,
    program: {
      configFile: () => null,
      settingsOnDisk: () => ({ changed: [], afterRestart: [] }),
      reload: () => ({ outcome: 'reloaded', changed: [], afterRestart: [] }),
      stop: () => void stop(),
      fail: () => void stop(),
    },
  });
  t.teardown(stop);
  const address = daemon.addresses[0];
  if (address === undefined) throw new Error('the hub listens nowhere');
  return { daemon, ...address, stateDir, control: settings.control, logged: () => text, stop };
}
