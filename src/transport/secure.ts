// How connections are encrypted: which versions of TLS and which ciphers, for whatever key and certificate.

import { constants, createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { Channel } from '../core/outlet.ts';

/** Forward secret and authenticated, every one (RFC 9325, 4.2); the first three are those of TLS 1.3. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-RSA-CHACHA20-POLY1305',
];

/** @throws what OpenSSL has against the key or the certificate, and when they do not belong together */
export function secureContext(key: string, certificate: string): SecureContext {
  return createSecureContext({
    key,
    cert: certificate,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: CIPHERS.join(':'),
    honorCipherOrder: true,
    // A ticket's key would open what it let resume, for as long as the hub runs; a new handshake costs a fraction of a millisecond.
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  });
}

/** `sha256-` and the SHA-256 of the key's SubjectPublicKeyInfo in base64url (chatroom-protocol(7)). */
export function fingerprint(key: KeyObject): string {
  const publicKey = key.type === 'public' ? key : createPublicKey(key);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return `sha256-${createHash('sha256').update(spki).digest('base64url')}`;
}

const BINDING_LABEL = 'EXPORTER-Channel-Binding';
const BINDING_BYTES = 32;

/** The channel that a finished handshake has made. */
export function channelOf(socket: TLSSocket): Channel {
  // Before TLS 1.3 one in the middle could bring about two connections of one binding (RFC 9266, 3).
  if (socket.getProtocol() !== 'TLSv1.3') return { kind: 'tls', binding: null };
  const binding = socket.exportKeyingMaterial(BINDING_BYTES, BINDING_LABEL, Buffer.alloc(0));
  return { kind: 'tls', binding: binding.toString('base64url') };
}
