// Who a newcomer is, once its key or password is known: the owner of an account, one who makes an account now, or nobody.

import type { AccountRecord } from './account.ts';
import { type Identity, yieldName } from './admission.ts';
import type { Auth, Hello } from './command.ts';
import { isAtLeast, type Role } from './commands.ts';
import { ChatError } from './errors.ts';
import type { Hub } from './hub.ts';
import type { Invite } from './invites.ts';
import { LIMITS } from './limits.ts';
import { foldName } from './names.ts';
import { nickname } from './nicknames.ts';
import type { Outlet } from './outlet.ts';
import { accountsOnly, nameOwned, nickTaken, readsLike } from './ownership.ts';
import { checkedPassword } from './passwords.ts';

/** null: nobody in particular; `note` is told to the one who came in so. */
export interface SignedIn {
  readonly identity: Identity | null;
  readonly note?: string;
}

/**
 * Who has proved to have `key`.
 * @throws ChatError `auth-failed`, `name-owned`, `nick-taken`, `look-alike`, `accounts-only` or `busy`.
 */
export async function byKey(
  hub: Hub,
  outlet: Outlet,
  hello: Hello,
  { key, invite }: Extract<Auth, { kind: 'key' }>,
): Promise<SignedIn> {
  const known = hub.accounts.named(hello.nick);
  if (known?.keys.includes(key) === true) return { identity: owner(hub, known, goodInvite(hub, invite)) };
  const name = nickname(hello.nick);
  const { ask } = hub.setup.proofs;
  if (invite === '' && ask !== null) {
    const verdict = await ask({ name, key, address: outlet.address });
    if (!verdict.ok)
      throw new ChatError('auth-failed', verdict.text ?? 'that key opens nothing here: ask the operator');
    return { identity: vouched(hub, name, verdict.role ?? 'user', [key]) };
  }
  const good = goodInvite(hub, invite);
  if (good === null && hub.settings.access === 'closed')
    throw accountsOnly([...hub.accounts.withKey(key)].map((account) => account.name));
  assertFree(hub, name);
  if (good !== null)
    return { identity: made(hub, fresh(hub, name, { keys: [key], origin: 'invite' }), good) };
  if (hub.accounts.withKey(key).size >= LIMITS.namesPerKey)
    return {
      identity: null,
      note: `your key has ${LIMITS.namesPerKey} names already: this one is not kept for you`,
    };
  if (hub.gate.lockdown.level > 0)
    return { identity: null, note: 'no new accounts are made for now: your name is not kept for you' };
  if (hub.accounts.size >= hub.settings.maxAccounts)
    return {
      identity: null,
      note: 'the hub has as many accounts as it may have: your name is not kept for you',
    };
  if (!hub.gate.newcomers.take(outlet.address, hub.settings.claimsPerAddress, hub.now()))
    return {
      identity: null,
      note: 'your address has claimed many names already: this one is not kept for you',
    };
  const account = fresh(hub, name, { keys: [key], origin: 'claim' });
  const onIn = (): void =>
    hub.setup.tell({ type: 'account', act: 'claimed', account: name, address: outlet.address });
  return { identity: { account, isNew: true, onIn } };
}

/**
 * Whose password it is that came with a name. It was made sure that nobody else could read it.
 * @throws ChatError `auth-failed`, `name-owned`, `nick-taken`, `look-alike` or `busy`.
 */
export async function byPassword(
  hub: Hub,
  outlet: Outlet,
  hello: Hello,
  { password, invite }: Extract<Auth, { kind: 'password' }>,
): Promise<SignedIn> {
  const { address } = outlet;
  const { proofs } = hub.setup;
  const nick = foldName(hello.nick);
  hub.gate.failures.begin(address, nick, hub.now());
  const known = hub.accounts.named(hello.nick);
  if (known === undefined && invite !== '') {
    const good = goodInvite(hub, invite);
    const name = nickname(hello.nick);
    const kept = await proofs.keep(checkedPassword(password));
    assertFree(hub, name);
    hub.gate.failures.forgive(address, nick);
    return {
      identity: made(
        hub,
        fresh(hub, name, { password: kept, origin: 'invite' }),
        good ?? goodInvite(hub, invite),
      ),
    };
  }
  if (
    proofs.ask !== null &&
    (known === undefined || (known.origin === 'external' && known.password === null))
  ) {
    const name = nickname(hello.nick);
    const verdict = await proofs.ask({ name, password, address });
    if (!verdict.ok) throw new ChatError('auth-failed', verdict.text ?? WRONG);
    hub.gate.failures.forgive(address, nick);
    return { identity: vouched(hub, name, verdict.role ?? 'user', []) };
  }
  const right = await proofs.matches(password, known?.password ?? null);
  // It may have been renamed, changed or removed while its password was checked.
  const now = known === undefined ? undefined : hub.accounts.withId(known.id);
  if (!right || now === undefined || now.password !== known?.password)
    throw new ChatError('auth-failed', WRONG);
  hub.gate.failures.forgive(address, nick);
  return { identity: owner(hub, now, goodInvite(hub, invite)) };
}

const WRONG = 'that is not the name and password of anybody: try again';

function goodInvite(hub: Hub, token: string): Invite | null {
  return token === '' ? null : hub.gate.invites.good(hub.setup.proofs.digest(token), hub.now());
}

/** Somebody who has an account already; an invite can only raise what they may. */
function owner(hub: Hub, account: AccountRecord, invite: Invite | null): Identity {
  if (account.disabled)
    throw new ChatError('auth-failed', `the account ${account.name} is disabled: ask the operator`);
  if (invite === null || isAtLeast(account.role, invite.role)) return { account, isNew: false };
  return {
    account,
    isNew: false,
    onIn: () => {
      hub.accounts.change(account, { role: invite.role });
      hub.gate.invites.use(invite);
      hub.setup.tell({ type: 'account', act: 'role', account: account.name });
    },
  };
}

function made(hub: Hub, account: AccountRecord, invite: Invite | null): Identity {
  return {
    account: { ...account, role: invite?.role ?? account.role },
    isNew: true,
    onIn: () => {
      if (invite !== null) hub.gate.invites.use(invite);
      hub.setup.tell({ type: 'account', act: 'invited', account: account.name });
    },
  };
}

/** Somebody of the operator's own user database, who gets an account here when they come for the first time. */
function vouched(hub: Hub, name: string, role: Role, keys: readonly string[]): Identity {
  const known = hub.accounts.named(name);
  if (known === undefined) {
    assertUnheld(hub, name);
    const onIn = (): void => hub.setup.tell({ type: 'account', act: 'vouched', account: name });
    return { account: { ...fresh(hub, name, { keys, origin: 'external' }), role }, isNew: true, onIn };
  }
  if (known.origin !== 'external') throw nameOwned(name);
  if (known.disabled) return owner(hub, known, null);
  const changes = { role, keys: [...new Set([...known.keys, ...keys])] };
  return { account: known, isNew: false, onIn: () => void hub.accounts.change(known, changes) };
}

function fresh(
  hub: Hub,
  name: string,
  { keys = [], password = null, origin }: Partial<AccountRecord> & Pick<AccountRecord, 'origin'>,
): AccountRecord {
  const now = hub.now();
  const id = hub.setup.random(9);
  return {
    id,
    name,
    keys,
    password,
    role: 'user',
    origin,
    disabled: false,
    createdAt: now,
    seenAt: now,
    read: 0,
  };
}

/** @throws ChatError `name-owned`, `nick-taken` or `look-alike` */
function assertFree(hub: Hub, name: string): void {
  if (hub.accounts.named(name) !== undefined) throw nameOwned(name);
  assertUnheld(hub, name);
  const [other] = [...hub.accounts.lookAlikes(name, null), ...hub.directory.lookAlikes(name, null)];
  if (other !== undefined) throw readsLike(name, other);
}

function assertUnheld(hub: Hub, name: string): void {
  yieldName(hub, name);
  if (hub.directory.named(name) !== undefined) throw nickTaken(name);
}
