// Banning and muting, and taking that back: who is meant by a target, whom that hits, and what becomes of them.

import type { AccountRecord } from './account.ts';
import type { Actor, Answer } from './actor.ts';
import { parseAddress, parsePrefix, prefixOf } from './address.ts';
import { type Ban, type BanAct, type Person, isFor, type Trait, traitOf, traitText } from './ban.ts';
import type { Command } from './command.ts';
import { isAtLeast } from './commands.ts';
import { durationText } from './duration.ts';
import { ChatError } from './errors.ts';
import type { Hub } from './hub.ts';
import { LIMITS } from './limits.ts';
import { foldName } from './names.ts';
import type { Outlet } from './outlet.ts';
import { expel } from './removals.ts';
import { type BanInfo, bye, errorReply } from './reply.ts';
import type { Session } from './session.ts';
import { lineText } from './text.ts';

type Of<T extends Command['type']> = Extract<Command, { type: T }>;

export function ban(hub: Hub, by: Actor, command: Of<'ban'>, answer: Answer): void {
  const act: BanAct = command.mute ? 'mute' : 'ban';
  const traits = traitsOf(hub, command.target);
  const now = hub.now();
  const made: Ban = {
    id: `${act}-${hub.setup.random(3)}`,
    act,
    traits,
    until: command.forMs === null ? null : now + command.forMs,
    reason: lineText(command.reason, LIMITS.reasonChars, 'a reason'),
    note: lineText(command.note, LIMITS.reasonChars, 'a note'),
    by: by.name,
    at: now,
  };
  const hits = [...hub.directory.sessions()].filter((session) => isFor(made, personOf(hub, session)));
  assertHarmless(hub, by, made, hits, command.force);
  const reply = {
    type: 'banned',
    ban: banInfo(made),
    hits: [...new Set(hits.map(({ nick }) => nick))],
    done: !command.dryRun,
  } as const;
  if (command.dryRun) {
    answer(reply);
    return;
  }
  hub.gate.bans.add(made, (error) => answer(error === null ? reply : errorReply(error)));
  hub.setup.tell({ type: 'banned', id: made.id, target: targetText(made), by: by.name, hits: hits.length });
  if (act === 'mute') return;
  const goodbye = bye('banned', banText(made, now), false);
  for (const session of hits)
    if (hub.directory.has(session)) expel(hub, by, hub.directory.devices(session), made.reason, goodbye);
}

export function unban(hub: Hub, by: Actor, command: Of<'unban'>, answer: Answer): void {
  const act: BanAct = command.mute ? 'mute' : 'ban';
  const named = hub.accounts.named(command.target);
  const written = [
    command.target,
    // As `ban` has understood the same words.
    traitText(traitOf(command.target) ?? { by: 'name', pattern: foldName(command.target) }),
    ...(named === undefined ? [] : [`account:${named.name}`]),
  ];
  const matched = hub.gate.bans.remove(act, written, (error) =>
    answer(error === null ? { type: 'unbanned', matched } : errorReply(error)),
  );
  if (matched === 0) answer({ type: 'unbanned', matched });
  else hub.setup.tell({ type: 'unbanned', target: command.target, by: by.name, matched });
}

export function bans(hub: Hub, _by: Actor, _command: Of<'bans'>, answer: Answer): void {
  const all = hub.gate.bans.all(hub.now()).map(banInfo);
  for (let i = 0; i === 0 || i < all.length; i += LIMITS.bansPerAnswer) {
    const part = all.slice(i, i + LIMITS.bansPerAnswer);
    answer({ type: 'bans', bans: part, more: i + LIMITS.bansPerAnswer < all.length });
  }
}

/** @throws ChatError `banned`, told with its reason and its end. */
export function refuseBanned(hub: Hub, person: Person): void {
  const hitting = hub.gate.bans.hitting('ban', () => person, hub.now());
  if (hitting !== undefined) throw new ChatError('banned', banText(hitting, hub.now()));
}

/** The same for an address alone, before anything else is known. @throws ChatError `banned` */
export function refuseBannedAddress(hub: Hub, address: string): void {
  const parsed = parseAddress(address);
  const hitting = parsed === null ? undefined : hub.gate.bans.hittingAddress(parsed, hub.now());
  if (hitting !== undefined) throw new ChatError('banned', banText(hitting, hub.now()));
}

/** @throws ChatError `muted` */
export function refuseMuted(hub: Hub, session: Session): void {
  const hitting = hub.gate.bans.hitting('mute', () => personOf(hub, session), hub.now());
  if (hitting !== undefined) throw new ChatError('muted', banText(hitting, hub.now()));
}

/** How bans see somebody at the door. */
export function personAt(outlet: Outlet, nick: string, account: AccountRecord | null): Person {
  return {
    nick,
    address: parseAddress(outlet.address),
    account: account?.id ?? '',
    keys: account?.keys ?? [],
  };
}

/** How bans see a session that is here. */
export function personOf(hub: Hub, { nick, outlet, account }: Session): Person {
  const keys = hub.accounts.withId(account)?.keys ?? [];
  return { nick, address: parseAddress(outlet?.address ?? ''), account, keys };
}

/** What the one it hits is told. */
function banText({ act, reason, until }: Ban, now: number): string {
  const what = act === 'ban' ? 'you are banned' : 'you are muted';
  const end = until === null ? '' : ` for another ${durationText(until - now)}`;
  return `${what}${end}${reason === '' ? '' : `: ${reason}`}`;
}

function banInfo(made: Ban): BanInfo {
  const { id, act, until, reason, note, by, at } = made;
  return { id, act, target: targetText(made), until, reason, note, by, at };
}

function targetText({ traits }: Ban): string {
  return traits.map(traitText).join(' ');
}

/** Whom a target means. A name that is here means its account, or, without one, the name and where it comes from. */
function traitsOf(hub: Hub, target: string): Trait[] {
  const trait = traitOf(target);
  if (trait !== null) return [trait];
  const name = target.replace(/^account:/, '');
  const session = name === target ? hub.directory.target(target) : undefined;
  const account = session === undefined ? hub.accounts.named(name) : hub.accounts.withId(session.account);
  if (account !== undefined) return [{ by: 'account', account: account.id, name: account.name }];
  if (session === undefined) {
    throw new ChatError(
      'no-such-user',
      `nobody is called ${name.slice(0, LIMITS.nickChars)}: name:${name.slice(0, LIMITS.nickChars)} bans a name that is not here`,
    );
  }
  const traits: Trait[] = [{ by: 'name', pattern: foldName(session.nick) }];
  const prefix = parsePrefix(prefixOf(session.outlet?.address ?? ''));
  // Whoever is on the hub's own machine has its address.
  if (prefix !== null && session.outlet?.channel.kind !== 'local') traits.push({ by: 'address', prefix });
  return traits;
}

/** @throws ChatError `not-allowed` when it hits the one who asks, somebody above them, or more than can be meant. */
function assertHarmless(hub: Hub, by: Actor, made: Ban, hits: readonly Session[], force: boolean): void {
  if (by.session === null) {
    if (force) return;
    const all = hub.directory.size;
    if (made.traits.some(isEverybodys) || (hits.length === all && all > 1))
      throw new ChatError(
        'not-allowed',
        `that hits everybody, ${all} who are here: add force (--force) if you mean it`,
      );
    const local = made.traits.find((trait) => trait.by === 'address' && isFor(made, LOCAL));
    if (local !== undefined)
      throw new ChatError(
        'not-allowed',
        `${traitText(local)} is this machine: add force (--force) if you mean it`,
      );
    return;
  }
  const me = personOf(hub, by.session);
  if (hits.includes(by.session) || isFor(made, me)) throw new ChatError('not-allowed', 'that hits yourself');
  for (const hit of hits) {
    if (isAtLeast(hub.accounts.roleOf(hit.account), by.role))
      throw new ChatError('not-allowed', `that hits ${hit.nick}, whom you may not ${made.act}`);
  }
}

function isEverybodys(trait: Trait): boolean {
  if (trait.by === 'name') return /^\*+$/.test(trait.pattern);
  return trait.by === 'address' && trait.prefix.bits === 0;
}

const LOCAL: Person = { nick: '', address: parseAddress('127.0.0.1'), account: '', keys: [] };
