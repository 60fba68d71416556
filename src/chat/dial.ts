// Makes one connection to where the hub is said to be, in TLS unless plain text was asked for. Nothing is said over TLS
// before the hub has shown a key that is good, and nothing falls back to plain text by itself: whoever stands between
// could otherwise make it do so.

import type { Socket } from 'node:net';
import { addressText } from './address.ts';
import { dialOpenly } from './dial-open.ts';
import { Ending } from './ending.ts';
import { type Connecting, connected, firstBytes, noHub, OPEN_BRACE } from './tcp.ts';
import type { Channel } from './trust/channel.ts';
import type { HubTrust } from './trust/hub-trust.ts';
import type { Secured } from './trust/secured.ts';

export type Peer = 'hub' | 'original';

export interface Dialling extends Connecting {
  /** How the hub's key is judged; null for plain text. */
  readonly trust: HubTrust | null;
  /** The line that opens a conversation with a hub over this channel, without its newline. */
  readonly hello: (channel: Channel) => string;
  /** Who answered there before; null before the first time. */
  readonly known: Peer | null;
}

/** A connection, paused: what the peer said first is in `first` (of the original, what came after its NICKNAME). */
export interface Dialled {
  readonly socket: Socket;
  readonly peer: Peer;
  readonly first: Buffer;
  readonly channel: Channel;
}

/**
 * @throws Ending with status 3 and a reason people understand, with status 4 when the key is not the one that is
 *   known; whatever the signal was aborted with.
 */
export function dial(dialling: Dialling): Promise<Dialled> {
  const { trust } = dialling;
  return trust === null ? dialOpenly(dialling) : dialSecurely(dialling, trust);
}

async function dialSecurely(dialling: Dialling, trust: HubTrust): Promise<Dialled> {
  const { address, timing, signal, hello } = dialling;
  const expected = trust.expected();
  const { socket, channel } = await shakenHands(dialling, expected.length === 0);
  try {
    trust.check(channel.pin, expected);
    socket.write(`${hello(channel)}\n`);
    const first = await firstBytes(socket, timing.answerMs, signal);
    if (first === null) throw noHub(address, 'it does not answer');
    if (first[0] !== OPEN_BRACE) throw noHub(address, 'it speaks another language');
    await trust.keep(channel.pin);
    return { socket, peer: 'hub', first, channel };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** A connection in TLS over which nothing was said. `listens`: whether to hear first if the other side speaks. */
async function shakenHands(dialling: Dialling, listens: boolean): Promise<Secured> {
  // Before the connection: from then on a hub waits only so long for our first bytes.
  const { PlainAnswer, secured } = await import('./trust/secured.ts');
  for (let late = false; ; late = true) {
    const tcp = await connected(dialling);
    const connectedAt = performance.now();
    try {
      if (listens && !late) await isSilent(tcp, dialling);
      return await secured(tcp, dialling);
    } catch (error) {
      tcp.destroy();
      // A hub that lost its patience with us, on a busy machine or a slow link, has taken us for a plain client.
      const lostPatience = performance.now() - connectedAt >= dialling.timing.hubPatienceMs;
      if (late || !lostPatience || !(error instanceof PlainAnswer)) throw error;
    }
  }
}

/**
 * The original server speaks first, and the first bytes it hears it takes for a nickname: those of TLS would do it
 * harm. So a server that is met for the first time is listened to before it is spoken to.
 */
async function isSilent(tcp: Socket, { address, timing, signal }: Dialling): Promise<void> {
  if ((await firstBytes(tcp, timing.greetingMs, signal)) === null) return;
  const where = addressText(address);
  throw new Ending(
    3,
    `${where} speaks plain text, as the original server does, so nothing can be encrypted: if that is all right, chat --plain ${where}`,
  );
}
