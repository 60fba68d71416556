// Makes one connection in plain text and finds out who is at the other end: a chatroom hub or the original server.
//
// Neither says its name, and a wrong first word does harm: the original takes the first bytes it gets for a nickname
// and shows it to everybody. But the original speaks at once when it accepts, `NICKNAME`, while a hub waits for our
// first bytes, and sends the same word only after 300 ms of silence. So chat listens for half of that time and then
// says its JSON hello; the wait is over before a hub loses its patience, since both count from the same moment.
//
// Over a slow link the original's word can come after our hello. It still tells: a hub answers a hello with `{`. If
// the word came earlier than any hub would have sent it, this is the original, and the next connection waits for the
// word. If it came later, our hello may have been the one that was delayed, on its way to a hub; then the next
// connection says hello at once, and only when that too is answered by `NICKNAME` it is the original.

import type { Socket } from 'node:net';
import type { Dialled, Dialling, Peer } from './dial.ts';
import { connected, firstBytes, noHub, OPEN_BRACE } from './tcp.ts';
import { OPEN } from './trust/channel.ts';

const GREETING = Buffer.from('NICKNAME');

/** @throws Ending with status 3 and a reason people understand; whatever the signal was aborted with. */
export async function dialOpenly(dialling: Dialling): Promise<Dialled> {
  let { known } = dialling;
  for (let late = 0; ; late++) {
    const socket = await connected(dialling);
    try {
      const met = await meet(socket, known, dialling);
      if (met !== 'early' && met !== 'late') return { socket, ...met, channel: OPEN };
      known = met === 'early' || late > 0 ? 'original' : 'hub';
      socket.destroy();
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }
}

type Met = { readonly peer: Peer; readonly first: Buffer };

/** Who it is; or that it greeted after we had spoken, `early` for a hub or so late that it may be one. */
async function meet(socket: Socket, known: Peer | null, dialling: Dialling): Promise<Met | 'early' | 'late'> {
  const { timing, signal } = dialling;
  const connectedAt = performance.now();
  if (known !== 'hub') {
    const wait = known === 'original' ? timing.answerMs : timing.greetingMs;
    const heard = await firstBytes(socket, wait, signal);
    if (heard !== null) return { peer: 'original', first: await afterGreeting(socket, heard, dialling) };
    if (known === 'original') throw noHub(dialling.address, 'it says nothing');
  }
  socket.write(`${dialling.hello(OPEN)}\n`);
  const first = await firstBytes(socket, timing.answerMs, signal);
  if (first === null) throw noHub(dialling.address, 'it does not answer');
  if (first[0] === OPEN_BRACE) return { peer: 'hub', first };
  await afterGreeting(socket, first, dialling);
  return performance.now() - connectedAt < timing.hubPatienceMs ? 'early' : 'late';
}

/** What follows the greeting. @throws Ending when it is another word. */
async function afterGreeting(socket: Socket, heard: Buffer, dialling: Dialling): Promise<Buffer> {
  let bytes = heard;
  while (bytes.length < GREETING.length && GREETING.subarray(0, bytes.length).equals(bytes)) {
    const more = await firstBytes(socket, dialling.timing.answerMs, dialling.signal);
    if (more === null) break;
    bytes = Buffer.concat([bytes, more]);
  }
  if (!bytes.subarray(0, GREETING.length).equals(GREETING))
    throw noHub(dialling.address, 'it speaks another language');
  return bytes.subarray(GREETING.length);
}
