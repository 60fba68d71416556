// TLS handshakes under way. There is room for so many; when it runs out, the one that has taken longest makes room, so that those who only
// begin one keep nobody out.

import { LIMITS } from '../core/limits.ts';

interface Handshake {
  giveUp(): void;
}

export class Handshakes {
  // In the order in which they began.
  readonly #underWay = new Set<Handshake>();

  get size(): number {
    return this.#underWay.size;
  }

  add(handshake: Handshake): void {
    const [oldest] = this.#underWay;
    if (oldest !== undefined && this.#underWay.size >= LIMITS.handshakes) {
      this.#underWay.delete(oldest);
      oldest.giveUp();
    }
    this.#underWay.add(handshake);
  }

  delete(handshake: Handshake): void {
    this.#underWay.delete(handshake);
  }
}
