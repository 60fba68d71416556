// A join link: where a hub is, which key it has, which room to enter, all in one string that can be sent to somebody.

import { ChatError } from '../core/errors.ts';
import { roomName } from '../core/names.ts';
import { type Address, parseAddress } from './address.ts';
import { Ending } from './ending.ts';
import { isPin } from './trust/channel.ts';

/** Where somebody wants to go: an address, or all that a link says. */
export interface Target {
  readonly address: Address;
  readonly room: string | null;
  /** The fingerprint of the hub's key. */
  readonly pin: string | null;
  readonly invite: string | null;
}

const SCHEME = 'chat://';

/**
 * Reads an address or `chat://HOST[:PORT][/ROOM][?invite=TOKEN]#sha256-…`; without a port it is 3040.
 * @throws Ending with status 2 that shows how it should look.
 */
export function parseTarget(text: string): Target {
  const trimmed = text.trim();
  if (!trimmed.toLowerCase().startsWith(SCHEME))
    return { address: parseAddress(trimmed), room: null, pin: null, invite: null };
  const [, host = '', room = '', query = '', pin = ''] =
    /^([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?(?:#(.*))?$/s.exec(trimmed.slice(SCHEME.length)) ?? [];
  if (!isPin(pin)) throw notALink(trimmed, 'it does not end in a whole fingerprint');
  const invite = new URLSearchParams(query).get('invite');
  if (invite !== null && !/^[\w.~-]{1,256}$/.test(invite))
    throw notALink(trimmed, 'its invitation is not whole');
  return { address: parseAddress(host), room: room === '' ? null : roomOf(room, trimmed), pin, invite };
}

function roomOf(encoded: string, link: string): string {
  try {
    return roomName(decodeURIComponent(encoded));
  } catch (error) {
    if (!(error instanceof ChatError) && !(error instanceof URIError)) throw error;
    throw notALink(link, 'its room is none');
  }
}

function notALink(text: string, why: string): Ending {
  return new Ending(
    2,
    `${JSON.stringify(text)} is no join link, ${why}: it looks like chat://HOST[:PORT][/ROOM]#sha256-…, in quotes`,
  );
}
