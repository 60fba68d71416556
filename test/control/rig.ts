// A real hub on a real store behind a real control socket. Only the process around it, which the control API reaches through DaemonControl, is a
// few lines here; so is the end of a member's connection, which keeps what it was handed.

import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Act, AuditFields, DaemonControl } from '../../src/control/parts.ts';
import type { Keys, LogLevel } from '../../src/control/protocol.ts';
import { type ControlServer, startControlServer } from '../../src/control/server.ts';
import type { Entry } from '../../src/core/entry.ts';
import { Hub } from '../../src/core/hub.ts';
import type { Bye, Reply } from '../../src/core/reply.ts';
import type { Outlet } from '../../src/core/outlet.ts';
import type { Session } from '../../src/core/session.ts';
import type { HubSettings } from '../../src/core/settings.ts';
import { cryptoProofs } from '../../src/daemon/crypto-proofs.ts';
import { MemoryStore } from '../../src/store/memory.ts';

/** What of tap a helper needs. */
export interface Teardown {
  teardown(run: () => unknown): void;
}

export interface Member {
  readonly session: Session;
  readonly entries: Entry[];
  readonly byes: Bye[];
}

export interface Rig {
  readonly hub: Hub;
  readonly path: string;
  readonly server: ControlServer;
  readonly acts: [Act, AuditFields][];
  readonly faults: unknown[];
  readonly daemon: DaemonControl;
  /** Lets somebody in and resolves when the rooms have been told. */
  readonly member: (nick: string, client?: string) => Promise<Member>;
  /** Says `texts` in the lobby and resolves when all are committed. */
  readonly say: (member: Member, texts: readonly string[]) => Promise<void>;
}

const NO_LIMIT = { perSecond: Infinity, burst: Infinity };
const FREE: HubSettings = {
  maxRooms: 100,
  sessionRate: NO_LIMIT,
  addressRate: NO_LIMIT,
  resumeGraceMs: 60_000,
  plainBacklog: 0,
  access: 'claimed',
  maxAccounts: 100,
  claimsPerAddress: Infinity,
  claimMs: 90 * 86_400_000,
};

export function temporaryDirectory(t: Teardown): string {
  const dir = mkdtempSync(join(tmpdir(), 'control-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export interface RigSetup {
  /** The group of the socket; one that does not exist if left out. */
  readonly group?: string;
  /** Puts something into the store before the hub opens it. */
  readonly seed?: (store: MemoryStore) => Promise<unknown>;
  readonly daemon?: Partial<DaemonControl>;
}

export async function startRig(
  t: Teardown,
  { group = 'no-such-group', seed, daemon = {} }: RigSetup = {},
): Promise<Rig> {
  const store = new MemoryStore();
  await seed?.(store);
  let ids = 0;
  const hub = await Hub.open({
    store,
    settings: FREE,
    now: Date.now,
    random: (bytes) => String(++ids).padStart(bytes, '0'),
    soon: setImmediate,
    after: (ms, run) => void setTimeout(run, ms),
    proofs: cryptoProofs(),
    tell: () => {},
  });
  const acts: [Act, AuditFields][] = [];
  const faults: unknown[] = [];
  let level: LogLevel = 'info';
  const keys: Keys = {
    key: `sha256-${'k'.repeat(43)}`,
    from: 'own',
    certificate: { until: Date.UTC(2030, 0) },
    next: null,
  };
  const control: DaemonControl = {
    status: async () => ({
      startedAt: Date.now() - 3_723_000,
      listening: ['[::]:3040'],
      configFile: null,
      settings: { 'log-level': '"info"' },
      connections: { open: 2, accepted: 5, refused: 1 },
      store: await store.stats(),
    }),
    checkup: async () => ({
      nodePath: process.execPath,
      files: { limit: 20_000, open: 30 },
      settings: { changed: [], afterRestart: [] },
    }),
    logLevel: () => level,
    setLogLevel: (wanted) => {
      level = wanted;
    },
    reload: async () => ({ outcome: 'reloaded', changed: ['max-rooms'], afterRestart: ['listen'] }),
    keys: () => keys,
    changeKey: () => keys,
    stop: () => setImmediate(() => void server.close()),
    backup: async (file) => ({ file: file ?? '/var/lib/chatroom/backups/b.db', bytes: 4096 }),
    audit: (act, fields) => acts.push([act, fields]),
    fault: (error) => faults.push(error),
    ...daemon,
  };
  const path = join(temporaryDirectory(t), 'control.sock');
  const server = await startControlServer({ path, group, hub, daemon: control });
  t.teardown(() => server.close());
  return {
    hub,
    path,
    server,
    acts,
    faults,
    daemon: control,
    member: (nick, client = 'rig') => enter(hub, nick, client),
    say: (member, texts) => sayAll(hub, member, texts),
  };
}

function enter(hub: Hub, nick: string, client: string): Promise<Member> {
  return new Promise((resolve) => {
    const entries: Entry[] = [];
    const byes: Bye[] = [];
    const outlet: Outlet = {
      dialect: 'json',
      channel: { kind: 'local', binding: null },
      address: '192.0.2.7',
      resumable: true,
      deliver: (batch) => {
        entries.push(...batch.entries);
        return true;
      },
      reply: ({ type }) => {
        if (type === 'arrived') resolve({ session, entries, byes });
      },
      end: (bye) => byes.push(bye),
    };
    const session = hub.admit(outlet, { nick, client, onTaken: 'refuse', resume: null, auth: null });
  });
}

let said = 0;

function sayAll(hub: Hub, { session }: Member, texts: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    let left = texts.length;
    const count = ({ type }: Reply): void => {
      if (type === 'ok' && --left === 0) resolve();
    };
    // Only what is marked is answered.
    for (const text of texts)
      hub.request(session, { type: 'say', room: '#lobby', text, action: false }, `rig${++said}`, count);
  });
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** One request, as curl would make it. */
export function ask(path: string, method: string, url: string, body = '', headers = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: path, method, path: url, agent: false, headers }, (response) => {
      let text = '';
      response
        .setEncoding('utf8')
        .on('data', (chunk) => (text += String(chunk)))
        .on('end', () => resolve({ status: response.statusCode ?? 0, text }))
        .on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Resolves when `look` finds what it looks for; one that throws has not found it. */
export async function until(look: () => Promise<boolean>): Promise<void> {
  for (;;) {
    if (await look().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
