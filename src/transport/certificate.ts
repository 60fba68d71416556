// Makes a certificate for a key of the hub's own (RFC 5280). Nobody vouches for it: what people trust is the key, so a certificate may be made
// again at any time. Node can only read them.

import { createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { bitString, boolean, integer, octetString, oid, sequence, setOf, tagged, time, utf8 } from './der.ts';

export interface CertificateWishes {
  /** A private key of the curve P-256. */
  readonly key: KeyObject;
  /** What the hub is called, in at most 64 characters. */
  readonly name: string;
  /** The names and addresses it is reached by, as far as they are known. */
  readonly hosts: readonly string[];
  /** From when to when it is good, in Unix ms. */
  readonly from: number;
  readonly until: number;
}

const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const;
const SERIAL_BYTES = 16;

/** The certificate as PEM, signed by its own key with ECDSA and SHA-256. */
export function makeCertificate({ key, name, hosts, from, until }: CertificateWishes): string {
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const subject = sequence(setOf(sequence(oid(OID.commonName), utf8(name))));
  const version3 = tagged(0xa0, integer(2n));
  const signed = sequence(
    version3,
    integer(serial()),
    algorithm,
    subject,
    sequence(time(from), time(until)),
    subject,
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions(hosts))),
  );
  const certificate = sequence(signed, algorithm, bitString(sign('sha256', signed, key)));
  const lines = certificate.toString('base64').replaceAll(/.{1,64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`;
}

/** Nobody's certificate but this server's: it signs handshakes, and no other certificates. */
function extensions(hosts: readonly string[]): Buffer[] {
  const digitalSignature = bitString(Buffer.of(0x80), 7);
  const names = hosts.map(generalName);
  return [
    extension(OID.basicConstraints, 'critical', sequence()),
    extension(OID.keyUsage, 'critical', digitalSignature),
    extension(OID.extendedKeyUsage, 'ordinary', sequence(oid(OID.serverAuth))),
    ...(names.length === 0 ? [] : [extension(OID.subjectAltName, 'ordinary', sequence(...names))]),
  ];
}

function extension(id: string, weight: 'critical' | 'ordinary', value: Uint8Array): Buffer {
  return sequence(oid(id), ...(weight === 'critical' ? [boolean(true)] : []), octetString(value));
}

/** A host as RFC 5280, 4.2.1.6 wants it: an address in its 4 or 16 octets, anything else as a DNS name. */
function generalName(host: string): Buffer {
  switch (isIP(host)) {
    case 4:
      return tagged(0x87, Buffer.from(host.split('.').map(Number)));
    case 6:
      return tagged(0x87, addressBytes(host));
    default:
      return tagged(0x82, Buffer.from(host, 'latin1'));
  }
}

function addressBytes(address: string): Buffer {
  // The URL parser writes an IPv4 tail as two groups.
  const shortest = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [front = '', back] = shortest.split('::');
  const [before, after] = [front, back ?? ''].map((part) => part.split(':').filter((group) => group !== ''));
  const groups = [...(before ?? [])];
  while (groups.length + (after?.length ?? 0) < 8) groups.push('0');
  const all = [...groups, ...(after ?? [])];
  return Buffer.concat(all.map((group) => Buffer.from(group.padStart(4, '0'), 'hex')));
}

/** Random, positive and not 0. */
function serial(): bigint {
  return BigInt(`0x${randomBytes(SERIAL_BYTES).toString('hex')}`) | 1n;
}
