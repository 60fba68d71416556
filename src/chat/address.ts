// Where the hub is, as people write it: HOST, HOST:PORT, an IPv6 address, or [IPv6]:PORT.

import { isIPv6 } from 'node:net';
import { Ending } from './ending.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export const DEFAULT_PORT = 3040;

/**
 * Reads an address; without a port it is 3040.
 * @throws Ending with status 2 that shows how addresses look.
 */
export function parseAddress(text: string): Address {
  const trimmed = text.trim();
  if (isIPv6(trimmed)) return { host: trimmed, port: DEFAULT_PORT };
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(trimmed);
  if (bracketed !== null) {
    const [, host = '', port] = bracketed;
    if (!isIPv6(host)) throw notAnAddress(trimmed);
    return { host, port: portOf(port, trimmed) };
  }
  const named = /^([^\s:/@[\]]+)(?::(\d+))?$/.exec(trimmed);
  if (named === null) throw notAnAddress(trimmed);
  const [, host = '', port] = named;
  return { host, port: portOf(port, trimmed) };
}

/** The address as people write it, always with its port. */
export function addressText({ host, port }: Address): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

function portOf(digits: string | undefined, whole: string): number {
  if (digits === undefined) return DEFAULT_PORT;
  const port = Number(digits);
  if (port < 1 || port > 65_535) throw notAnAddress(whole);
  return port;
}

function notAnAddress(text: string): Ending {
  return new Ending(
    2,
    `${JSON.stringify(text)} is not an address: write HOST, HOST:PORT or [IPv6]:PORT, such as chat.example.org:3040`,
  );
}
