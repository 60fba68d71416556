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
import type { Channel } from './trust/channel.ts';
import { HubTrust } from './trust/hub-trust.ts';
import { KnownHubs } from './trust/known-hubs.ts';
import { type Credentials, SignIn } from './trust/sign-in.ts';

/** What a hub is known by, and how it is shown who we are. */
export interface Trusting {
  /** The file of the hubs that were met before. */
  readonly knownHubs: string;
  readonly credentials: Credentials;
  /** The fingerprint of the hub's key that a join link brought, and its invitation. */
  readonly pin: string | null;
  readonly invite: string | null;
}

export interface Entering {
  readonly address: Address;
  /** null for plain text. */
  readonly trusting: Trusting | null;
  readonly nick: string;
  /** A room to go to besides the lobby. */
  readonly room: string | null;
  readonly timing: Timing;
}

/**
 * A conversation in which we have been let in.
 * @throws ChatError when the server refuses us, Ending when it cannot be reached or is not to be trusted
 */
export async function enter(entering: Entering, onEvent: OnEvent): Promise<Talk> {
  const { nick, room, timing } = entering;
  const { link, place } = linkTo(entering, (text) => onEvent({ type: 'note', text }));
  const peer = await link.open();
  const setup = { link, timing, onEvent };
  const talk = peer === 'hub' ? new HubTalk({ ...setup, place }) : new OriginalTalk({ ...setup, nick });
  link.follow(talk);
  await talk.entered();
  if (room !== null) talk.submit(`/join ${room}`);
  return talk;
}

/** The same for a program. @throws Ending when there is no hub, or it is not to be trusted. */
export async function enterJson(
  entering: Entering,
  streams: Pick<JsonLinesSetup, 'input' | 'output' | 'errors' | 'outgoing'>,
): Promise<JsonLines> {
  const { room, timing } = entering;
  const { link, place } = linkTo(entering, (text) => streams.errors.write(`chat: ${text}\n`));
  if ((await link.open()) === 'original') {
    link.close('reset');
    throw new Ending(1, 'the original server answers there, which does not speak JSON: leave out --json');
  }
  const lines = new JsonLines({ ...streams, link, place, timing, room });
  link.follow(lines);
  return lines;
}

function linkTo(
  { address, nick, timing, trusting }: Entering,
  say: (text: string) => void,
): { link: Link; place: Place } {
  const place = new Place(nick, `chat/${VERSION}`);
  const signIn = new SignIn(trusting?.credentials ?? { kind: 'none' }, trusting?.invite ?? null);
  const link = new Link({
    address,
    timing,
    trust: trusting === null ? null : trustIn(address, trusting, say),
    hello: (channel: Channel) => {
      const hello = place.hello();
      return JSON.stringify({ ...hello, ...signIn.auth(channel, !place.hasSession) });
    },
    answer: (nonce, channel) => {
      const answer = signIn.answer(nonce, channel);
      return answer === null ? null : JSON.stringify(answer);
    },
    say,
  });
  return { link, place };
}

function trustIn(address: Address, trusting: Trusting, say: (text: string) => void): HubTrust {
  const { knownHubs, credentials, pin } = trusting;
  return new HubTrust({
    address,
    known: new KnownHubs(knownHubs),
    linked: pin,
    secret: credentials.kind === 'password',
    say,
  });
}
