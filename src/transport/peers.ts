// How many connections each address has, and which form of an address counts.

import { formatAddress, parseAddress, prefixOf } from '../core/address.ts';

export class PeerCounter {
  readonly #byPrefix = new Map<string, number>();

  /** Counts one more from `address` and returns how many its prefix has now. */
  enter(address: string): number {
    const prefix = prefixOf(address);
    const count = (this.#byPrefix.get(prefix) ?? 0) + 1;
    this.#byPrefix.set(prefix, count);
    return count;
  }

  leave(address: string): void {
    const prefix = prefixOf(address);
    const count = (this.#byPrefix.get(prefix) ?? 0) - 1;
    if (count > 0) this.#byPrefix.set(prefix, count);
    else this.#byPrefix.delete(prefix);
  }
}

/** The one form of an address, IPv4 also when a dual-stack socket shows it as IPv4-mapped (RFC 4291, 2.5.5.2). */
export function plainAddress(address: string): string {
  const parsed = parseAddress(address);
  return parsed === null ? address : formatAddress(parsed);
}

/** Whether an address is this machine's alone (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3). */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
