// The PROXY protocol, versions 1 and 2: a load balancer's word for who the peer really is
// (https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt).

import { isIP } from 'node:net';
import { plainAddress } from './peers.ts';
import { LIMITS } from '../core/limits.ts';

/** What a header says: how many bytes it took, and the peer's address (null: the balancer speaks for itself). */
export interface ProxyHeader {
  readonly bytes: number;
  readonly address: string | null;
}

const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const V1_MAX_BYTES = 107;

/**
 * Reads the header at the start of `head`: null when it is not all there yet, 'bad' when it cannot become one.
 */
export function readProxyHeader(head: Buffer): ProxyHeader | 'bad' | null {
  return head[0] === 0x50 ? readVersion1(head) : readVersion2(head);
}

function readVersion1(head: Buffer): ProxyHeader | 'bad' | null {
  const end = head.subarray(0, V1_MAX_BYTES).indexOf('\r\n');
  if (end === -1) return head.length < V1_MAX_BYTES ? null : 'bad';
  const [, family, source, destination, sourcePort, destinationPort, ...more] = head
    .toString('latin1', 0, end)
    .split(' ');
  if (family === 'UNKNOWN') return { bytes: end + 2, address: null };
  const version = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : 0;
  const sound =
    version !== 0 &&
    source !== undefined &&
    isIP(source) === version &&
    // A zone means something on the balancer only.
    !source.includes('%') &&
    isIP(destination ?? '') === version &&
    isPort(sourcePort) &&
    isPort(destinationPort) &&
    more.length === 0;
  if (!sound) return 'bad';
  return { bytes: end + 2, address: plainAddress(source) };
}

function readVersion2(head: Buffer): ProxyHeader | 'bad' | null {
  const known = Math.min(head.length, V2_SIGNATURE.length);
  if (head.compare(V2_SIGNATURE, 0, known, 0, known) !== 0) return 'bad';
  if (head.length < 16) return null;
  const versionAndCommand = head.readUInt8(12);
  const bytes = 16 + head.readUInt16BE(14);
  if (versionAndCommand >> 4 !== 2 || (versionAndCommand & 0xf) > 1 || bytes > LIMITS.proxyHeaderBytes)
    return 'bad';
  if (head.length < bytes) return null;
  // LOCAL: the balancer's own health check. Its address block, if any, means nothing.
  if ((versionAndCommand & 0xf) === 0) return { bytes, address: null };
  const familyAndTransport = head.readUInt8(13);
  if (familyAndTransport === 0x11) {
    return bytes < 16 + 12 ? 'bad' : { bytes, address: [...head.subarray(16, 20)].join('.') };
  }
  if (familyAndTransport === 0x21) {
    if (bytes < 16 + 36) return 'bad';
    const groups = Array.from({ length: 8 }, (_, i) => head.readUInt16BE(16 + 2 * i).toString(16));
    return { bytes, address: plainAddress(groups.join(':')) };
  }
  // UNSPEC, UDP, Unix sockets: nothing we can name.
  return { bytes, address: null };
}

function isPort(text: string | undefined): boolean {
  return text !== undefined && /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}
