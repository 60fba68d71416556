// TLS keys and certificates of test hubs, and what chat knows them by.

import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { TlsOptions } from 'node:tls';
import { makeCertificate } from '../../../src/transport/certificate.ts';

export interface HubKey {
  readonly tls: TlsOptions;
  readonly pin: string;
  /** The words with which this key announces `pin`, as fields of a line. */
  announce(pin: string): Record<string, string>;
}

/** Why there can be no keys of other kinds than the hub's own; false when there can. */
export function opensslMissing(): string | false {
  try {
    execFileSync('openssl', ['version']);
    return false;
  } catch {
    return 'openssl is not installed';
  }
}

/** A key of the kind the hub makes, or of one that an operator may bring, made by openssl(1). */
export function hubKey(kind: 'p256' | 'ed25519' | 'rsa:2048' = 'p256'): HubKey {
  const pem = kind === 'p256' ? ownPem() : opensslPem(kind);
  const privateKey = createPrivateKey(pem);
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return {
    tls: { key: pem, cert: pem },
    pin: `sha256-${createHash('sha256').update(spki).digest('base64url')}`,
    announce: (pin) => {
      const said = Buffer.from(`chatroom next key\n${pin}`);
      const signature = sign(kind === 'ed25519' ? null : 'sha256', said, privateKey);
      return { type: 'next-key', key: pin, signature: signature.toString('base64url') };
    },
  };
}

function ownPem(): string {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Date.now();
  const certificate = makeCertificate({ key, name: 'hub', hosts: [], from: now - 1e6, until: now + 1e9 });
  return `${key.export({ type: 'pkcs8', format: 'pem' }) as string}${certificate}`;
}

function opensslPem(kind: string): string {
  const args = ['req', '-x509', '-newkey', kind, '-nodes', '-keyout', '-', '-subj', '/CN=hub'];
  return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}
