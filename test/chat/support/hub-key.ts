// TLS keys and certificates of test hubs, made by openssl(1), and what chat knows them by.

import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { TlsOptions } from 'node:tls';

export interface HubKey {
  readonly tls: TlsOptions;
  readonly pin: string;
  /** The words with which this key announces `pin`, as fields of a line. */
  announce(pin: string): Record<string, string>;
}

const KINDS = {
  p256: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  ed25519: ['ed25519'],
  rsa: ['rsa:2048'],
} as const;

/** Why no key can be made; false when one can. */
export function opensslMissing(): string | false {
  try {
    execFileSync('openssl', ['version']);
    return false;
  } catch {
    return 'openssl is not installed';
  }
}

export function hubKey(kind: keyof typeof KINDS = 'p256'): HubKey {
  const args = ['req', '-x509', '-newkey', ...KINDS[kind], '-nodes', '-keyout', '-', '-subj', '/CN=hub'];
  const pem = execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
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
