// Whether the key a hub shows is the one it is known by. The first key is taken as it comes and kept (unless a link
// brought it), any other is refused; the only way from one key to the next without a person is that the hub announces
// it, signed with the one it has.

import { verify } from 'node:crypto';
import type { Address } from '../address.ts';
import { Ending } from '../ending.ts';
import type { SecureChannel } from './channel.ts';
import { isPin } from './channel.ts';
import { type KnownHubs, nameOf } from './known-hubs.ts';

export interface HubTrustSetup {
  readonly address: Address;
  readonly known: KnownHubs;
  /** The fingerprint a join link brought. */
  readonly linked: string | null;
  /** Whether a secret of a person's will be told to the hub, which must not happen to one that is not known. */
  readonly secret: boolean;
  /** Tells the person something in one line. */
  readonly say: (text: string) => void;
}

export class HubTrust {
  readonly #setup: HubTrustSetup;
  /** What counts while the file holds nothing of this hub. */
  #pins: readonly string[] = [];
  #linked: string | null;

  constructor(setup: HubTrustSetup) {
    this.#setup = setup;
    this.#linked = setup.linked;
  }

  /**
   * The keys that the hub may show; none when it was never met.
   * @throws Ending with status 4 when the link names another key than the one that is known.
   */
  expected(): readonly string[] {
    const kept = this.#setup.known.pins(this.#setup.address);
    const pins = kept.length > 0 ? kept : this.#pins;
    const linked = this.#linked;
    if (linked === null || pins.includes(linked)) return pins;
    if (pins.length === 0) return [linked];
    const hub = nameOf(this.#setup.address);
    throw new Ending(
      4,
      [
        `THE LINK NAMES ANOTHER KEY for ${hub} than the one known here.`,
        `  in the link: ${linked}`,
        `  known:       ${pins.join(' ')}`,
        'Nothing was sent. The link may be old or forged, or you were deceived when you first came to that hub.',
        `Ask its operator for the fingerprint. If the known one is right: chat ${hub}`,
        `If the link's is: ${accepting(linked, hub)}`,
      ].join('\n'),
    );
  }

  /** @throws Ending with status 4 when `shown` is none of the keys that were expected. */
  check(shown: string, expected: readonly string[]): void {
    const { address, secret } = this.#setup;
    const hub = nameOf(address);
    if (expected.length === 0) {
      if (!secret) return;
      throw new Ending(
        4,
        [
          `${hub} is met for the first time, and a password is told only to a hub whose key is known. Nothing was sent.`,
          `It shows ${shown}. If that is what chatctl fingerprint says there: ${accepting(shown, hub)}`,
        ].join('\n'),
      );
    }
    if (expected.includes(shown)) return;
    const fromLink = this.#linked !== null && expected[0] === this.#linked;
    throw new Ending(
      4,
      [
        `THE KEY OF ${hub} IS NOT THE ONE ${fromLink ? 'IN THE LINK' : 'KNOWN'}. Somebody may stand between you and the hub, or it has a new key.`,
        `  ${fromLink ? 'in the link' : 'known'}: ${expected.join(' ')}`,
        `  shown: ${shown}`,
        `Nothing was sent. Ask the operator what chatctl fingerprint says there. If it is the shown one:`,
        `  ${accepting(shown, hub)}`,
      ].join('\n'),
    );
  }

  /**
   * The hub that has shown this key is one: keeps what was not known, and forgets what came before an announced key.
   * @throws Ending with status 4 when another chat has kept another key meanwhile.
   */
  async keep(shown: string): Promise<void> {
    const { address, known, say } = this.#setup;
    const kept = known.pins(address);
    const before = kept.length > 0 ? kept : this.#pins;
    this.#pins = from(before, shown);
    const [first = null] = before;
    const byLink = this.#linked !== null;
    this.#linked = null;
    if (kept[0] === shown) return;
    const where = await this.#update((pins) => {
      if (pins.length > 0) this.check(shown, pins);
      return from(pins, shown);
    });
    const hub = nameOf(address);
    if (first === null && !byLink)
      say(`first contact with ${hub}: its key is ${shown}, ${where ?? `kept in ${known.path}`}`);
    else if (first !== null && first !== shown)
      say(`${hub} has the new key that it announced, ${shown}${where === null ? '' : `, ${where}`}`);
    else if (where !== null) say(`the key of ${hub} is ${where}`);
  }

  /** Takes the key that the hub will show one day, if its present key has signed that. */
  async announced(key: string, signature: string, channel: SecureChannel): Promise<void> {
    const { address, say } = this.#setup;
    const { pin } = channel;
    if (!isPin(key) || !isSigned(key, signature, channel)) {
      say(`${nameOf(address)} announced a next key without a signature by its present one: not kept`);
      return;
    }
    if (key === pin) return;
    const kept = this.#setup.known.pins(address);
    this.#pins = [pin, key];
    if (kept[0] === pin && kept[1] === key) return;
    await this.#update((pins) => (pins.includes(pin) ? [pin, key] : pins));
  }

  /** null, or why it could not be kept: that is no reason not to talk, but the next time will be a first time again. */
  async #update(change: (pins: readonly string[]) => readonly string[]): Promise<string | null> {
    try {
      await this.#setup.known.update(this.#setup.address, change);
      return null;
    } catch (error) {
      if (!(error instanceof Ending) || error.status === 4) throw error;
      return `not kept: ${error.message}`;
    }
  }
}

/** `pins` without those that came before `shown`, which the hub has left behind. */
function from(pins: readonly string[], shown: string): readonly string[] {
  const at = pins.indexOf(shown);
  return at < 0 ? [shown] : pins.slice(at);
}

function accepting(pin: string, hub: string): string {
  return `chat --accept ${pin} ${hub}`;
}

function isSigned(key: string, signature: string, { publicKey }: SecureChannel): boolean {
  const digest = publicKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  const said = Buffer.from(`chatroom next key\n${key}`);
  try {
    return verify(digest, said, publicKey, Buffer.from(signature, 'base64url'));
  } catch {
    // A key of a kind that signs in another way.
    return false;
  }
}
