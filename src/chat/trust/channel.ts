// What lies between chat and a hub: plain text, or TLS with a key the hub has shown.

import type { KeyObject } from 'node:crypto';

export type Channel =
  | { readonly kind: 'open' }
  | {
      readonly kind: 'tls';
      /** The fingerprint of the hub's key, `sha256-…`. */
      readonly pin: string;
      readonly publicKey: KeyObject;
      /** What only the two ends of a TLS 1.3 connection know, in base64url (RFC 9266); null for TLS 1.2. */
      readonly binding: string | null;
    };

export type SecureChannel = Extract<Channel, { kind: 'tls' }>;

export const OPEN: Channel = { kind: 'open' };

/** Whether `text` has the form of a hub key's fingerprint: `sha256-` and 32 bytes in base64url. */
export function isPin(text: string): boolean {
  return /^sha256-[A-Za-z0-9_-]{43}$/.test(text);
}
