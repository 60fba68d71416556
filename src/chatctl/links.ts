// Join links: where the hub is, which key it has, and an invite if there is one, in one word.

import { networkInterfaces } from 'node:os';
import { ChatError } from '../core/errors.ts';
import { roomName } from '../core/names.ts';
import { type Bench, type Flag, misuse } from './verb.ts';

const DEFAULT_PORT = '3040';

export const HOST_FLAG: Flag = {
  value: 'HOST[:PORT]',
  help: 'where others reach the hub; an address of this machine if left out',
  completes: 'nothing',
};

/** What a link holds besides the hub's key; a room is written as people write it. */
export interface LinkParts {
  readonly host: string | undefined;
  readonly room: string | undefined;
  readonly invite?: string;
}

/** The link, after a word to a person if its host is a guess. @throws Failure */
export async function joinLink(
  { client, screen }: Bench,
  { host: wanted, room: word, invite }: LinkParts,
): Promise<{ link: string }> {
  const place = wanted === undefined ? null : placeOf(wanted);
  const room = word === undefined ? null : roomOf(word);
  const [{ key }, { listening }] = await Promise.all([
    client.call('GET /v1/key', {}),
    client.call('GET /v1/status', {}),
  ]);
  const own = placeOf(listening[0] ?? '');
  const host = place?.host ?? reachable(own.host);
  const port = place?.port ?? own.port ?? DEFAULT_PORT;
  if (place === null && screen.isTerminal)
    screen.hint(
      `${host} is an address of this machine: --host names the one that others use, if it is another`,
    );
  return { link: linkTo({ host, port, room, invite, key }) };
}

function roomOf(word: string): string {
  try {
    return roomName(word);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    throw misuse(error.message);
  }
}

interface Place {
  readonly host: string;
  readonly port: string | null;
}

function placeOf(text: string): Place {
  const [, bracketed, plain, port] =
    /^(?:\[([0-9a-f:.]+)\]|([^\s:/?#[\]@]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const bare = /^[0-9a-f:.]+$/i.test(text) && text.split(':').length > 2 ? text : undefined;
  const host = bracketed ?? plain ?? bare;
  if (host === undefined || Number(port ?? 0) > 65_535)
    throw misuse(`--host takes HOST or HOST:PORT, an IPv6 address in brackets, not ${text}`);
  return { host, port: port ?? null };
}

function linkTo(to: {
  host: string;
  port: string;
  room: string | null;
  invite: string | undefined;
  key: string;
}): string {
  const host = to.host.includes(':') ? `[${to.host}]` : to.host;
  const port = to.port === DEFAULT_PORT ? '' : `:${to.port}`;
  const room = to.room === null ? '' : `/${encodeURIComponent(to.room.slice(1))}`;
  const invite = to.invite === undefined ? '' : `?invite=${to.invite}`;
  return `chat://${host}${port}${room}${invite}#${to.key}`;
}

/** An address that may reach the hub from elsewhere, where it listens on all of them. */
function reachable(host: string): string {
  if (host !== '::' && host !== '0.0.0.0') return host;
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const outside = all.filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  const [best] = [...outside.filter(({ family }) => family === 'IPv4'), ...outside];
  return best?.address ?? 'localhost';
}
