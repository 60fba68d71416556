// Coming in: a guest gets a name, an inbox and a place in the lobby, an owner their own name and inbox; one who was here
// before gets its session back.

import type { AccountRecord } from './account.ts';
import { parseAddress } from './address.ts';
import { personAt, personOf, refuseBanned } from './banning.ts';
import type { Hello, Resume } from './command.ts';
import { ChatError } from './errors.ts';
import type { Hub } from './hub.ts';
import { LIMITS } from './limits.ts';
import type { Newcomer } from './lockdown.ts';
import { foldName } from './names.ts';
import { mendNickname, nickname } from './nicknames.ts';
import {
  accountsOnly,
  freeVariant,
  isKept,
  lookAlike,
  nameOwned,
  nickTaken,
  readsLike,
  takeOver,
} from './ownership.ts';
import { bye, errorReply } from './reply.ts';
import type { Outlet } from './outlet.ts';
import { type Loss, Session, type SessionSetup } from './session.ts';

/** Who a newcomer has proved to be. */
export interface Identity {
  readonly account: AccountRecord;
  /** Whether the account is made by coming in with it. */
  readonly isNew: boolean;
  /** Called as soon as it is certain that they come in, in the same turn: what it has kept goes into the same commit. */
  readonly onIn?: () => void;
}

/** @throws ChatError `bad-nick`, `nick-taken`, `name-owned`, `look-alike`, `locked-down`, `accounts-only` or `busy`. */
export function admit(hub: Hub, outlet: Outlet, hello: Hello, identity: Identity | null): Session {
  const known = hello.resume === null ? undefined : hub.directory.withToken(hello.resume.token);
  if (known !== undefined && hello.resume !== null) {
    refuseBanned(hub, { ...personOf(hub, known), address: parseAddress(outlet.address) });
    return resume(known, hub, outlet, hello.resume);
  }
  hub.drain.refuseNewcomer(hub.now());
  if (identity !== null) refuseBanned(hub, personAt(outlet, identity.account.name, identity.account));
  hub.gate.lockdown.assertMayEnter(newcomer(identity));
  return identity === null ? admitGuest(hub, outlet, hello) : admitOwner(hub, outlet, hello, identity);
}

function newcomer(identity: Identity | null): Newcomer {
  if (identity === null) return { account: 'none', role: 'user' };
  return { account: identity.isNew ? 'new' : 'known', role: identity.account.role };
}

function admitGuest(hub: Hub, outlet: Outlet, hello: Hello): Session {
  if (hub.settings.access === 'closed') throw accountsOnly();
  const nick = hello.onTaken === 'refuse' ? nickname(hello.nick) : mended(hello.nick);
  // The one it will have: what it asked for may have been mended into another.
  refuseBanned(hub, personAt(outlet, nick, null));
  yieldName(hub, nick);
  const owned = isKept(hub, nick);
  if (hello.onTaken === 'refuse' && owned) throw nameOwned(nick);
  if (hello.onTaken === 'refuse' && hub.directory.named(nick) !== undefined) throw nickTaken(nick);
  const other = lookAlike(hub, nick, null);
  if (hello.onTaken === 'refuse' && other !== undefined) throw readsLike(nick, other);
  const id = newId(hub);
  const session = new Session({
    id,
    token: hub.setup.random(24),
    nick: freeVariant(hub, nick),
    client: hello.client,
    account: '',
    inbox: hub.directory.newLog(`@${id.slice(1)}`),
    resumable: outlet.resumable,
    since: hub.now(),
    ...reading(hub),
  });
  session.follow(session.inbox, 0);
  enter(hub, session, outlet, { hello, shown: true, onRefused: () => {} });
  return session;
}

function admitOwner(hub: Hub, outlet: Outlet, hello: Hello, identity: Identity): Session {
  const { account } = identity;
  const devices = hub.directory.signedIn(account.id);
  makeRoom(hub, devices);
  if (identity.isNew) hub.accounts.add(account);
  identity.onIn?.();
  if (devices.size === 0) takeOver(hub, account);
  const inbox = hub.accounts.inbox(account);
  const read = Math.max(account.read, ...[...devices].map((device) => device.knownOf(inbox)));
  const session = new Session({
    id: newId(hub),
    token: hub.setup.random(24),
    nick: account.name,
    client: hello.client,
    account: account.id,
    inbox,
    resumable: outlet.resumable,
    since: hub.now(),
    ...reading(hub),
  });
  // What was said to it while it was away follows, as far as it is still kept.
  session.follow(inbox, Math.max(inbox.first - 1, Math.min(read, inbox.last)));
  if (!identity.isNew) hub.accounts.change(account, { seenAt: hub.now() });
  enter(hub, session, outlet, {
    hello,
    shown: devices.size === 0,
    onRefused: () => {
      if (identity.isNew) hub.accounts.remove(account);
    },
  });
  return session;
}

/** How somebody enters: `shown` to the rooms, or quietly on one more device. */
interface Entering {
  readonly hello: Hello;
  readonly shown: boolean;
  readonly onRefused: () => void;
}

function enter(hub: Hub, session: Session, outlet: Outlet, { hello, shown, onRefused }: Entering): void {
  const { lobby } = hub;
  /** Its token is durable: from here on its peer can come back to it. */
  const kept = (followFrom: number): void => {
    if (!hub.directory.has(session)) return;
    if (session.outlet !== outlet) {
      // It was gone before it learned its token: nobody can come back to this session.
      hub.leave(session, 'gone before it was welcome', '');
      return;
    }
    session.follow(
      lobby.log,
      outlet.resumable ? followFrom : Math.max(lobby.log.first - 1, followFrom - hub.settings.plainBacklog),
    );
    welcome(hub, session, outlet, null);
  };
  const arrived = (): void => {
    if (session.outlet !== outlet || !hub.directory.has(session)) return;
    outlet.reply({ type: 'arrived' });
    if (foldName(session.nick) !== foldName(hello.nick)) {
      const why =
        isKept(hub, hello.nick) && session.account === '' ? `: ${hello.nick} belongs to somebody` : '';
      outlet.reply({ type: 'info', text: `you are called ${session.nick} here${why}` });
    }
  };
  const refused = (error: ChatError): void => {
    onRefused();
    if (!hub.directory.has(session)) return;
    outlet.reply(errorReply(error));
    hub.dismiss(session, bye('shutdown', error.message, true));
    hub.forget(session, 'the store refused');
  };
  if (shown) {
    hub.append({
      log: lobby.log,
      kind: 'join',
      from: session.nick,
      follower: session,
      onCommit: ({ seq }) => kept(seq - 1),
      onShown: arrived,
      onRefused: refused,
    });
  }
  session.outlet = outlet;
  lobby.members.add(session);
  session.rooms.add(lobby);
  hub.directory.add(session);
  if (!shown) {
    // It follows the room from now on, so that the store knows its place as soon as it knows the session.
    session.follow(lobby.log, lobby.log.last);
    hub.save(session, (error) => {
      if (error !== null) refused(error);
      else {
        kept(lobby.log.last);
        arrived();
      }
    });
  }
  hub.setup.tell({
    type: 'joined',
    nick: session.nick,
    session: session.id,
    account: session.account === '' ? '' : session.nick,
    address: outlet.address,
    dialect: outlet.dialect,
  });
}

/** A peer that named its software is trusted to come back for its name; one that did not yields it while away. */
export function yieldName(hub: Hub, nick: string): void {
  const holder = hub.directory.named(nick);
  if (holder !== undefined && holder.outlet === null && holder.client === '' && holder.account === '')
    hub.leave(holder, 'did not come back');
}

/** The most devices of an account: the one that has been away the longest makes room for a new one. */
function makeRoom(hub: Hub, devices: ReadonlySet<Session>): void {
  if (devices.size < LIMITS.devicesPerAccount) return;
  const [oldest] = [...devices]
    .filter(({ outlet }) => outlet === null)
    .toSorted((a, b) => a.awaySince - b.awaySince);
  if (oldest === undefined) {
    const text = `your account is here on ${devices.size} devices, the most there may be: leave on one of them`;
    throw new ChatError('too-many-connections', text);
  }
  hub.leave(oldest, 'made room for another device', '');
}

function resume(session: Session, hub: Hub, outlet: Outlet, { after }: Resume): Session {
  // The old connection may be half dead and look alive: whoever has the token is the session.
  hub.dismiss(session, bye('replaced', 'this session goes on over another connection', false));
  const losses = session.rewind(after);
  session.outlet = outlet;
  session.activeAt = hub.now();
  hub.setup.tell({ type: 'resumed', nick: session.nick, session: session.id, address: outlet.address });
  welcome(hub, session, outlet, losses);
  return session;
}

/** What a session needs to read what it has not got. */
export function reading(hub: Hub): Pick<SessionSetup, 'readPage' | 'onLost'> {
  return {
    readPage: (log, seq, limit) => hub.setup.store.page(log.name, { after: seq }, limit),
    onLost: (session, error) => giveUp(hub, session, error),
  };
}

/** `losses`: what a session that was resumed will not get; null for a new one. */
function welcome(hub: Hub, session: Session, outlet: Outlet, losses: readonly Loss[] | null): void {
  outlet.reply({
    type: 'welcome',
    nick: session.nick,
    session: session.id,
    token: session.token,
    resumed: losses !== null,
    recovered: losses?.length === 0,
    losses: losses ?? [],
    logs: session.logs(),
    account: session.account === '' ? '' : session.nick,
    role: hub.accounts.roleOf(session.account),
  });
  session.attach(outlet);
}

/** It should have got entries that cannot be read: it is sent away, and told when it comes back. Never a silent hole. */
function giveUp(hub: Hub, session: Session, error: ChatError | null): void {
  const { outlet } = session;
  const text = error === null ? 'what you have not read yet is no longer kept' : error.message;
  outlet?.end(bye('stuck', text, true));
  if (outlet !== null) hub.detach(session, outlet);
}

/** The nickname, mended rather than refused: its peer cannot be asked again. */
function mended(raw: string): string {
  try {
    return nickname(raw);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    return mendNickname(raw);
  }
}

function newId(hub: Hub): string {
  return `+${hub.setup.random(6)}`;
}
