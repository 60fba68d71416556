// Stand-ins for the tools of a machine with systemd, which the machine that runs the tests may not be. What each prints is all they do.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Stub {
  readonly out?: string;
  readonly err?: string;
  readonly code?: number;
}

/** Makes `dir` a directory of tools, to be all that PATH has; what was in it before stays. */
export function stubTools(dir: string, tools: Readonly<Record<string, Stub>>): void {
  mkdirSync(dir, { recursive: true });
  for (const [name, { out = '', err = '', code = 0 }] of Object.entries(tools)) {
    const path = join(dir, name);
    writeFileSync(path, `#!/bin/sh\nprintf '%s' '${out}'\nprintf '%s' '${err}' >&2\nexit ${code}\n`);
    chmodSync(path, 0o755);
  }
}

/** What `systemctl show` prints of a service that runs well as the process `pid`, and of its socket; or with other properties. */
export function unitsOut(
  pid: number,
  service: Readonly<Record<string, string>> = {},
  socket: Readonly<Record<string, string>> = {},
): string {
  const well = {
    LoadState: 'loaded',
    ActiveState: 'active',
    UnitFileState: 'enabled',
    NeedDaemonReload: 'no',
  };
  const running = { SubState: 'running', Result: 'success', MainPID: String(pid), NRestarts: '0' };
  return [
    block({ Id: 'chatroom.service', ...well, ...running, LimitNOFILE: '16384', ...service }),
    block({ Id: 'chatroom.socket', ...well, SubState: 'running', Result: 'success', ...socket }),
  ].join('\n');
}

function block(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

export const NO_SYSTEMD: Stub = {
  err: 'System has not been booted with systemd as init system (PID 1). Cannot operate.\n',
  code: 1,
};

/** What systemd-analyze says before the figure. */
export const EXPOSED = '→ Overall exposure level for chatroom.service: ';
