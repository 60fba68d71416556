// Peers that encrypt, and keys as others make them.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { Teardown } from './daemon.ts';
import { JsonPeer } from './peers.ts';

/** An encrypted connection, whoever is at the other end; rejects when the handshake fails. */
export function dialTls(t: Teardown, port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () =>
      resolve(socket),
    );
    socket.setNoDelay(true);
    socket.once('error', reject);
    t.teardown(() => socket.destroy());
  });
}

export async function enterTls(
  t: Teardown,
  port: number,
  nick: string,
  options: ConnectionOptions = {},
): Promise<JsonPeer> {
  const peer = new JsonPeer(await dialTls(t, port, options));
  await peer.hello(nick);
  return peer;
}

/** The fingerprint of the key that a hub has shown, worked out from the certificate it sent. */
export function shownKey(socket: TLSSocket): string {
  const spki = socket.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' });
  return `sha256-${createHash('sha256')
    .update(spki ?? '')
    .digest('base64url')}`;
}

export const noOpenssl =
  spawnSync('openssl', ['version']).error === undefined ? false : 'openssl is not installed';

export interface MadePair {
  readonly keyFile: string;
  readonly certificateFile: string;
}

/** A key and certificate of openssl's making; `kind`: what `-newkey` takes. */
export function madeByOpenssl(dir: string, name: string, kind: readonly string[], days = 400): MadePair {
  const keyFile = join(dir, `${name}.key`);
  const certificateFile = join(dir, `${name}.crt`);
  const files = ['-keyout', keyFile, '-out', certificateFile];
  const { status, stderr } = spawnSync(
    'openssl',
    ['req', '-x509', '-newkey', ...kind, '-nodes', '-days', String(days), '-subj', `/CN=${name}`, ...files],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  return { keyFile, certificateFile };
}

export const EC = ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'] as const;

export function textIn(dir: string, name: string): string {
  return readFileSync(join(dir, name), 'utf8');
}
