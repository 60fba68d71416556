// Connections whose peer has not said who it is. When there is no room for a newcomer, the one of them that has kept its place the
// longest makes room, so that those who only connect keep nobody out, however many addresses they come from.

export interface Stranger {
  /** Its place is needed: it ends at once. */
  makeRoom(): void;
}

export class Strangers {
  // In the order in which they came; each under the address it is counted by.
  readonly #addresses = new Map<Stranger, string>();
  readonly #byAddress = new Map<string, Set<Stranger>>();

  add(stranger: Stranger, address: string): void {
    this.#addresses.set(stranger, address);
    const neighbours = this.#byAddress.get(address);
    if (neighbours === undefined) this.#byAddress.set(address, new Set([stranger]));
    else neighbours.add(stranger);
  }

  /** It is in, or gone. */
  delete(stranger: Stranger): void {
    const address = this.#addresses.get(stranger);
    if (address === undefined) return;
    this.#addresses.delete(stranger);
    const neighbours = this.#byAddress.get(address);
    neighbours?.delete(stranger);
    if (neighbours?.size === 0) this.#byAddress.delete(address);
  }

  /** Ends the one that has been one the longest, of all or of those from `address`. Returns whether there was one. */
  makeRoom(address: string | null): boolean {
    const among = address === null ? this.#addresses.keys() : (this.#byAddress.get(address) ?? []);
    for (const oldest of among) {
      this.delete(oldest);
      oldest.makeRoom();
      return true;
    }
    return false;
  }
}
