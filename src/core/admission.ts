// Coming in: a newcomer gets a name, an inbox and a place in the lobby; one who was here before gets its own back.

import type { Hello, Resume } from './command.ts';
import { ChatError } from './errors.ts';
import type { Hub } from './hub.ts';
import { foldName, mendNickname, nickname } from './names.ts';
import { bye, errorReply } from './reply.ts';
import type { Outlet } from './outlet.ts';
import { type Loss, Session, type SessionSetup } from './session.ts';
import type { LogHead, SessionRecord } from './store.ts';

/** @throws ChatError `bad-nick`, `nick-taken` or `busy`. */
export function admit(hub: Hub, outlet: Outlet, hello: Hello): Session {
  const known = hello.resume === null ? undefined : hub.directory.withToken(hello.resume.token);
  return known === undefined || hello.resume === null
    ? admitNewcomer(hub, outlet, hello)
    : resume(known, hub, outlet, hello.resume);
}

function admitNewcomer(hub: Hub, outlet: Outlet, hello: Hello): Session {
  hub.drain.refuseNewcomer(hub.now());
  const nick = hello.onTaken === 'vary' ? mended(hello.nick) : nickname(hello.nick);
  const holder = hub.directory.named(nick);
  // A peer that named its software is trusted to come back for its name; one that did not yields it while away.
  if (holder !== undefined && holder.outlet === null && holder.client === '')
    hub.leave(holder, 'did not come back');
  if (hello.onTaken === 'refuse' && hub.directory.named(nick) !== undefined) {
    throw new ChatError('nick-taken', `somebody here is called ${nick} already: choose another name`);
  }
  const id = `+${hub.setup.random(6)}`;
  const inbox = hub.directory.newLog(`@${id.slice(1)}`);
  const session = new Session({
    id,
    token: hub.setup.random(24),
    nick: hub.directory.freeVariant(nick),
    client: hello.client,
    account: '',
    inbox,
    resumable: outlet.resumable,
    since: hub.now(),
    ...reading(hub),
  });
  session.follow(inbox, 0);
  const { lobby } = hub;
  hub.append({
    log: lobby.log,
    kind: 'join',
    from: session.nick,
    follower: session,
    onCommit: ({ seq }) => {
      if (!hub.directory.has(session)) return;
      if (session.outlet !== outlet) {
        // It was gone before it learned its token: nobody can come back to this session.
        hub.leave(session, 'gone before it was welcome', '');
        return;
      }
      const shownFrom = outlet.resumable
        ? seq - 1
        : Math.max(lobby.log.first - 1, seq - 1 - hub.settings.plainBacklog);
      session.follow(lobby.log, shownFrom);
      welcome(session, outlet, null);
    },
    onShown: () => {
      if (session.outlet !== outlet || !hub.directory.has(session)) return;
      outlet.reply({ type: 'arrived' });
      if (foldName(session.nick) !== foldName(hello.nick)) {
        outlet.reply({ type: 'info', text: `you are called ${session.nick} here` });
      }
    },
    onRefused: (error) => {
      if (!hub.directory.has(session)) return;
      outlet.reply(errorReply(error));
      hub.dismiss(session, bye('shutdown', error.message, true));
      hub.forget(session, 'the store refused');
    },
  });
  session.outlet = outlet;
  lobby.members.add(session);
  session.rooms.add(lobby);
  hub.directory.add(session);
  hub.setup.tell({
    type: 'joined',
    nick: session.nick,
    session: id,
    address: outlet.address,
    dialect: outlet.dialect,
  });
  return session;
}

function resume(session: Session, hub: Hub, outlet: Outlet, { after }: Resume): Session {
  // The old connection may be half dead and look alive: whoever has the token is the session.
  hub.dismiss(session, bye('replaced', 'this session goes on over another connection', false));
  const losses = session.rewind(after);
  session.outlet = outlet;
  session.activeAt = hub.now();
  hub.setup.tell({ type: 'resumed', nick: session.nick, session: session.id, address: outlet.address });
  welcome(session, outlet, losses);
  return session;
}

/** A session as the store has kept it, waiting for its peer. */
export function restore(hub: Hub, record: SessionRecord, heads: ReadonlyMap<string, LogHead>): Session {
  const { id, token, nick, client, account, since } = record;
  const inboxName = `@${id.slice(1)}`;
  const place = record.places.find(({ log }) => log === inboxName);
  const head = heads.get(inboxName);
  const inbox =
    head !== undefined ? hub.directory.keptLog(head) : hub.directory.newLog(inboxName, place?.epoch);
  const session = new Session({
    id,
    token,
    nick,
    client,
    account,
    inbox,
    resumable: true,
    since,
    ...reading(hub),
  });
  session.awaySince = hub.now();
  session.follow(inbox, place?.seq ?? 0);
  for (const { log, epoch, seq } of record.places) {
    if (log === inboxName) continue;
    const room = hub.directory.rooms.get(log);
    if (room?.log.epoch !== epoch) session.lost(log);
    if (room === undefined) continue;
    session.follow(room.log, room.log.epoch === epoch ? seq : room.log.last);
    session.rooms.add(room);
    room.members.add(session);
  }
  hub.directory.add(session);
  return session;
}

function reading(hub: Hub): Pick<SessionSetup, 'readPage' | 'onLost'> {
  return {
    readPage: (log, seq, limit) => hub.setup.store.page(log.name, { after: seq }, limit),
    onLost: (session, error) => giveUp(hub, session, error),
  };
}

/** `losses`: what a session that was resumed will not get; null for a new one. */
function welcome(session: Session, outlet: Outlet, losses: readonly Loss[] | null): void {
  outlet.reply({
    type: 'welcome',
    nick: session.nick,
    session: session.id,
    token: session.token,
    resumed: losses !== null,
    recovered: losses?.length === 0,
    losses: losses ?? [],
    logs: session.logs(),
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
