// Addresses of the network, and the blocks they lie in: what limits count by and bans are made for.

/** An address as a number. An IPv4 address that is shown as IPv4-mapped (RFC 4291, 2.5.5.2) is an IPv4 address. */
export interface Address {
  readonly version: 4 | 6;
  readonly value: bigint;
}

/** All addresses whose first `bits` bits are those of `value`, whose other bits are 0. */
export interface Prefix extends Address {
  readonly bits: number;
}

const WIDTH = { 4: 32, 6: 128 } as const;
// A network gives one place at least so much, and each device in it as many addresses as it likes (RFC 6177, RFC 8981).
const PLACE_BITS = 64;
const MAPPED = 0xffffn;
const OCTET = /^(?:0|[1-9]\d{0,2})$/;
const GROUP = /^[\da-f]{1,4}$/i;
// As RFC 4007, 11.2 has it after an address.
const ZONE = /%[\da-z.:-]+$/i;
const BITS = /^(?:0|[1-9]\d{0,2})$/;

/** Reads an address in the forms of RFC 4291, 2.2, or with four decimal numbers; a zone (`%eth0`) is left out. Null: it is none. */
export function parseAddress(text: string): Address | null {
  if (!text.includes(':')) {
    const value = ipv4(text);
    return value === null ? null : { version: 4, value };
  }
  const value = ipv6(text.replace(ZONE, ''));
  if (value === null) return null;
  return value >> 32n === MAPPED ? { version: 4, value: value & 0xffff_ffffn } : { version: 6, value };
}

/** Reads `ADDRESS/BITS`, or an address alone, which is a block of one. Bits beyond `BITS` become 0. Null: it is neither. */
export function parsePrefix(text: string): Prefix | null {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return null;
  if (slash < 0) return { ...address, bits: WIDTH[address.version] };
  const written = text.slice(slash + 1);
  // A mapped block is written with the 96 bits that come before the IPv4 address.
  const isMapped = address.version === 4 && text.includes(':');
  const bits = Number(written) - (isMapped ? 96 : 0);
  if (!BITS.test(written) || bits < 0 || bits > WIDTH[address.version]) return null;
  return cut(address, bits);
}

/** Whether `address` lies in `prefix`. An IPv4 address lies in no block of IPv6. */
export function inPrefix(address: Address, prefix: Prefix): boolean {
  const rest = BigInt(WIDTH[prefix.version] - prefix.bits);
  return address.version === prefix.version && address.value >> rest === prefix.value >> rest;
}

/**
 * What limits count `address` by, in one form: an IPv4 address itself, an IPv6 address by its first 64 bits
 * (`2001:db8:0:1::/64`), since who has one of these has them all. What is no address stands for itself.
 */
export function prefixOf(address: string): string {
  if (!address.includes(':')) return address;
  const parsed = parseAddress(address);
  if (parsed === null) return address;
  return parsed.version === 4 ? formatAddress(parsed) : formatPrefix(cut(parsed, PLACE_BITS));
}

/** The block of `bits` bits around `address`. */
export function cut({ version, value }: Address, bits: number): Prefix {
  const rest = BigInt(WIDTH[version] - bits);
  return { version, value: (value >> rest) << rest, bits };
}

/** The one form of an address (RFC 5952). */
export function formatAddress({ version, value }: Address): string {
  if (version === 4) return parts(value, 4, 8).join('.');
  const written = parts(value, 8, 16)
    .map((group) => group.toString(16))
    .join(':');
  // The first of the longest runs of zeros becomes `::`; one zero alone stays.
  const runs = written.match(/\b0(?::0)+\b/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return written;
  return written.replace(new RegExp(`(?:^|:)\\b${longest}\\b(?::|$)`), '::');
}

/** `ADDRESS/BITS`, or the address alone for a block of one. */
export function formatPrefix(prefix: Prefix): string {
  const address = formatAddress(prefix);
  return prefix.bits === WIDTH[prefix.version] ? address : `${address}/${prefix.bits}`;
}

function ipv4(text: string): bigint | null {
  const octets = text.split('.');
  if (octets.length !== 4 || !octets.every((octet) => OCTET.test(octet) && Number(octet) < 256)) return null;
  return joined(octets.map(Number), 8);
}

function ipv6(text: string): bigint | null {
  const [head = '', tail, more] = text.split('::');
  if (more !== undefined) return null;
  const before = groupsOf(head, tail === undefined);
  const after = groupsOf(tail ?? '', true);
  if (before === null || after === null) return null;
  const left = 8 - before.length - after.length;
  if (tail === undefined ? left !== 0 : left < 1) return null;
  return joined([...before, ...Array.from({ length: left }, () => 0), ...after], 16);
}

/** The 16-bit groups of one side of `::`; the last two may be written as an IPv4 address where the whole address ends. */
function groupsOf(side: string, isEnd: boolean): number[] | null {
  if (side === '') return [];
  const written = side.split(':');
  const last = written.at(-1) ?? '';
  const embedded = isEnd && last.includes('.') ? ipv4(last) : null;
  if (embedded !== null) written.pop();
  if (!written.every((group) => GROUP.test(group))) return null;
  const groups = written.map((group) => Number.parseInt(group, 16));
  return embedded === null ? groups : [...groups, ...parts(embedded, 2, 16)];
}

function joined(numbers: readonly number[], width: number): bigint {
  return numbers.reduce((value, part) => (value << BigInt(width)) | BigInt(part), 0n);
}

function parts(value: bigint, count: number, width: number): number[] {
  const mask = (1n << BigInt(width)) - 1n;
  return Array.from({ length: count }, (_, i) => Number((value >> BigInt((count - 1 - i) * width)) & mask));
}
