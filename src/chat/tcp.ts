// One TCP connection: made, or told in words why it could not be; and the first bytes that come over it.

import { connect, type Socket } from 'node:net';
import { type Address, addressText } from './address.ts';
import { Ending } from './ending.ts';
import type { Timing } from './timing.ts';

/** What each of a hub's lines begins with. */
export const OPEN_BRACE = 0x7b;

export interface Connecting {
  readonly address: Address;
  readonly timing: Timing;
  readonly signal: AbortSignal;
}

/**
 * A connection to the address; Node tries each one that a name has, in turn, and fails when all of them did.
 * @throws Ending with status 3 and a reason people understand.
 */
export function connected({ address, timing, signal }: Connecting): Promise<Socket> {
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
export function firstBytes(socket: Socket, ms: number, signal: AbortSignal): Promise<Buffer | null> {
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

/** Something answers there, but `what` shows that it is no hub. */
export function noHub(address: Address, what: string): Ending {
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
