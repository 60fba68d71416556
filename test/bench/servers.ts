// The servers that are measured beside each other, how each is started for it with nothing but this in its way, and why one cannot be.

import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NODE_OPTIONS } from '../support/process.ts';
import type { SpeechName } from './speeches.ts';

const DIST = join(import.meta.dirname, '../../dist');
const SOURCE = join(import.meta.dirname, '../../src/daemon/main.ts');
/** Below the hard limit of descriptors of a small machine, above what any row asks for. */
const MOST_CONNECTIONS = 19_000;

export interface Server {
  readonly speech: SpeechName;
  /** Why it cannot be measured here, if so. */
  readonly missing: () => string | undefined;
  /** Its command line, for 127.0.0.1:`port`, with its files in `dir`. */
  readonly command: (port: number, dir: string) => readonly string[];
}

/** `source` is the hub as it stands in src/, without the build, for a test. */
export type ServerName = 'hub' | 'source' | 'ideal' | 'bare' | 'nats' | 'redis' | 'ngircd' | 'inspircd';

export const PEERS: readonly ServerName[] = ['nats', 'redis', 'ngircd', 'inspircd'];
export function isIrc(name: ServerName): boolean {
  return SERVERS[name].speech === 'irc';
}

/** All that the table may have, the hub first. */
export const COMPARED: readonly ServerName[] = ['hub', 'ideal', 'bare', ...PEERS];

function notInstalled(program: string): () => string | undefined {
  return () => (spawnSync('which', [program]).status === 0 ? undefined : `${program} is not installed`);
}

function file(dir: string, name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

export const SERVERS: Record<ServerName, Server> = {
  hub: {
    speech: 'json',
    missing: () => (existsSync(join(DIST, 'chatroomd.js')) ? undefined : 'npm run build makes it'),
    command: (port, dir) => hub(join(DIST, 'chatroomd.js'), port, dir),
  },
  source: {
    speech: 'json',
    missing: () => undefined,
    command: (port, dir) => hub(SOURCE, port, dir),
  },
  ideal: {
    speech: 'original',
    missing: () =>
      process.env['CHATROOM_BENCH_IDEAL'] === undefined
        ? 'CHATROOM_BENCH_IDEAL names no program that listens on the port it is given'
        : undefined,
    command: (port) => [process.env['CHATROOM_BENCH_IDEAL'] ?? '', String(port)],
  },
  bare: {
    speech: 'json',
    missing: () => undefined,
    command: (port) => [process.execPath, join(import.meta.dirname, 'bare.ts'), String(port)],
  },
  nats: {
    speech: 'nats',
    missing: notInstalled('nats-server'),
    command: (port) => ['nats-server', '-a', '127.0.0.1', '-p', String(port)],
  },
  redis: {
    speech: 'redis',
    missing: notInstalled('redis-server'),
    command: (port, dir) => [
      'redis-server',
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      dir,
      '--save',
      '',
      '--appendonly',
      'no',
      '--maxclients',
      String(MOST_CONNECTIONS),
      '--client-output-buffer-limit',
      'pubsub 0 0 0',
    ],
  },
  ngircd: {
    speech: 'irc',
    missing: notInstalled('ngircd'),
    command: (port, dir) => ['ngircd', '-n', '-f', file(dir, 'ngircd.conf', ngircd(port))],
  },
  inspircd: {
    speech: 'irc',
    missing: notInstalled('inspircd'),
    command: (port, dir) => [
      'inspircd',
      '--nofork',
      '--nopid',
      '--runasroot',
      `--config=${file(dir, 'inspircd.conf', inspircd(port))}`,
    ],
  },
};

function hub(program: string, port: number, dir: string): string[] {
  return [
    process.execPath,
    ...NODE_OPTIONS,
    program,
    '--listen',
    `127.0.0.1:${port}`,
    '--state-dir',
    dir,
    '--control',
    join(dir, 'control.sock'),
    '--no-limits',
    '--max-connections',
    String(MOST_CONNECTIONS),
    '--log-level',
    'warn',
  ];
}

function ngircd(port: number): string {
  const group = process.getuid?.() === 0 ? 'ServerUID = root\nServerGID = root\n' : '';
  return [
    `[Global]\nName = irc.example.net\nInfo = bench\nListen = 127.0.0.1\nPorts = ${port}\n${group}`,
    '[Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxJoins = 0\nMaxPenaltyTime = 0\nPingTimeout = 600\n',
    '[Options]\nDNS = no\nIdent = no\nPAM = no\nIncludeDir = /nonexistent\n',
  ].join('');
}

function inspircd(port: number): string {
  return [
    '<server name="irc.example.net" description="bench" id="97K" network="bench">',
    '<admin name="a" nick="a" email="a@example.net">',
    `<bind address="127.0.0.1" port="${port}" type="clients">`,
    '<connect name="all" allow="*" timeout="60" pingfreq="600" hardsendq="100M" softsendq="50M" recvq="1M"',
    ' threshold="100000000" commandrate="100000000" fakelag="off" localmax="100000" globalmax="100000"',
    ' resolvehostnames="no" useident="no">',
    `<options defaultmodes="nt"><performance softlimit="${MOST_CONNECTIONS}" somaxconn="4096" quietbursts="yes">`,
    '<security runasuser="root" runasgroup="root">',
    '<log method="stderr" type="* -USERINPUT -USEROUTPUT" level="default" target="">',
  ].join('\n');
}
