// Makes one connection and finds out who is at the other end: a chatroom hub or the original server.
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

import { connect, type Socket } from 'node:net';
import { type Address, addressText } from './address.ts';
import { Ending } from './ending.ts';
import type { Timing } from './timing.ts';

export type Peer = 'hub' | 'original';

export interface Dialling {
  readonly address: Address;
  readonly timing: Timing;
  /** The line that opens a conversation with a hub, without its newline. */
  readonly hello: () => string;
  /** Who answered there before; null before the first time. */
  readonly known: Peer | null;
  readonly signal: AbortSignal;
}

/** A connection, paused: what the peer said first is in `first` (of the original, what came after its NICKNAME). */
export interface Dialled {
  readonly socket: Socket;
  readonly peer: Peer;
  readonly first: Buffer;
}

const GREETING = Buffer.from('NICKNAME');
const OPEN_BRACE = 0x7b;

/** @throws Ending with status 3 and a reason people understand; whatever the signal was aborted with. */
export async function dial(dialling: Dialling): Promise<Dialled> {
  let { known } = dialling;
  for (let late = 0; ; late++) {
    const socket = await connected(dialling);
    try {
      const met = await meet(socket, known, dialling);
      if (met !== 'early' && met !== 'late') return { socket, ...met };
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
    if (known === 'original') throw noHub(dialling, 'it says nothing');
  }
  socket.write(`${dialling.hello()}\n`);
  const first = await firstBytes(socket, timing.answerMs, signal);
  if (first === null) throw noHub(dialling, 'it does not answer');
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
    throw noHub(dialling, 'it speaks another language');
  return bytes.subarray(GREETING.length);
}

/** Node tries each address that the name has, in turn, and fails when all of them did. */
function connected({ address, timing, signal }: Dialling): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  signal.throwIfAborted();
  const socket = connect({
    ...address,
    noDelay: true,
    keepAlive: true,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: Math.ceil(timing.connectMs / 4),
  });
  const timer = setTimeout(() => fail('ETIMEDOUT'), timing.connectMs);
  const onError = (error: Error): void => fail(codeOf(error));
  const onAbort = (): void => fail('ABORTED');
  const done = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    socket.off('error', onError);
    // Later errors are followed by a close, which is what everybody here listens to.
    socket.on('error', () => {});
  };
  const fail = (code: string): void => {
    done();
    socket.destroy();
    reject(new Ending(3, unreachable(address, code)));
  };
  socket.on('error', onError);
  signal.addEventListener('abort', onAbort, { once: true });
  socket.once('connect', () => {
    done();
    resolve(socket);
  });
  return promise;
}

/** The next bytes that come within `ms`, the socket paused after them; null when none did. @throws Ending when it closes. */
function firstBytes(socket: Socket, ms: number, signal: AbortSignal): Promise<Buffer | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>();
  const finish = (settle: () => void): void => {
    clearTimeout(timer);
    socket.pause();
    socket.off('data', onData).off('close', onClose);
    signal.removeEventListener('abort', onClose);
    settle();
  };
  const onData = (chunk: Buffer): void => finish(() => resolve(chunk));
  const onClose = (): void =>
    finish(() => reject(new Ending(3, 'the connection was closed before anything was said: try again')));
  const timer = setTimeout(() => finish(() => resolve(null)), ms);
  socket.on('data', onData).on('close', onClose).resume();
  signal.addEventListener('abort', onClose, { once: true });
  return promise;
}

function noHub({ address }: Dialling, what: string): Ending {
  return new Ending(3, `${addressText(address)} is no chatroom hub, ${what}: check the address`);
}

function codeOf(error: Error): string {
  const [first] = error instanceof AggregateError ? (error.errors as Error[]) : [];
  const { code } = (first ?? error) as NodeJS.ErrnoException;
  return code ?? error.message;
}

function unreachable(address: Address, code: string): string {
  const where = addressText(address);
  switch (code) {
    case 'ECONNREFUSED':
      return `nothing listens at ${where}: check the address, or start the hub there`;
    case 'ENOTFOUND':
      return `there is no host called ${address.host}: check its name`;
    case 'EAI_AGAIN':
      return `the name ${address.host} cannot be looked up now: check the network`;
    case 'ETIMEDOUT':
      return `${where} does not answer: check the address, and whether a firewall stands between`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `there is no way to ${where}: check the network`;
    default:
      return `cannot connect to ${where} (${code}): check the address`;
  }
}
