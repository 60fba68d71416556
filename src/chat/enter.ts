// Connects, finds out who answers, and is let in.

import { VERSION } from '../control/version.ts';
import type { Address } from './address.ts';
import { Ending } from './ending.ts';
import type { OnEvent, Talk } from './events.ts';
import { HubTalk } from './hub-talk.ts';
import { JsonLines, type JsonLinesSetup } from './json-lines.ts';
import { Link } from './link.ts';
import { OriginalTalk } from './original-talk.ts';
import { Place } from './place.ts';
import type { Timing } from './timing.ts';

export interface Entering {
  readonly address: Address;
  readonly nick: string;
  /** A room to go to besides the lobby. */
  readonly room: string | null;
  readonly timing: Timing;
}

/**
 * A conversation in which we have been let in.
 * @throws ChatError when the server refuses us, Ending when it cannot be reached
 */
export async function enter({ address, nick, room, timing }: Entering, onEvent: OnEvent): Promise<Talk> {
  const { link, place } = linkTo({ address, nick, timing });
  const peer = await link.open();
  const setup = { link, timing, onEvent };
  const talk = peer === 'hub' ? new HubTalk({ ...setup, place }) : new OriginalTalk({ ...setup, nick });
  link.follow(talk);
  await talk.entered();
  if (room !== null) talk.submit(`/join ${room}`);
  return talk;
}

/** The same for a program. @throws Ending when there is no hub. */
export async function enterJson(
  { address, nick, room, timing }: Entering,
  streams: Pick<JsonLinesSetup, 'input' | 'output' | 'errors' | 'outgoing'>,
): Promise<JsonLines> {
  const { link, place } = linkTo({ address, nick, timing });
  if ((await link.open()) === 'original') {
    link.close('reset');
    throw new Ending(1, 'the original server answers there, which does not speak JSON: leave out --json');
  }
  const lines = new JsonLines({ ...streams, link, place, timing, room });
  link.follow(lines);
  return lines;
}

function linkTo({ address, nick, timing }: Pick<Entering, 'address' | 'nick' | 'timing'>): {
  link: Link;
  place: Place;
} {
  const place = new Place(nick, `chat/${VERSION}`);
  return { link: new Link({ address, timing, hello: () => JSON.stringify(place.hello()) }), place };
}
