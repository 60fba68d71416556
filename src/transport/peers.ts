// How many connections each address has, and which form of an address counts.

export class PeerCounter {
  readonly #counts = new Map<string, number>();

  /** Counts one more from `address` and returns how many it has now. */
  enter(address: string): number {
    const count = (this.#counts.get(address) ?? 0) + 1;
    this.#counts.set(address, count);
    return count;
  }

  leave(address: string): void {
    const count = (this.#counts.get(address) ?? 0) - 1;
    if (count > 0) this.#counts.set(address, count);
    else this.#counts.delete(address);
  }
}

/** An IPv4 address as itself, also when a dual-stack socket shows it as IPv4-mapped (RFC 4291, 2.5.5.2). */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/** Whether an address is this machine's alone (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3). */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
