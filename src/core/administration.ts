// What the operator does to accounts and invites. Each resolves when it is durable.

import type { AccountRecord } from './account.ts';
import type { Role } from './commands.ts';
import { ChatError } from './errors.ts';
import type { Hub } from './hub.ts';
import type { Invite } from './invites.ts';
import { nickname } from './nicknames.ts';
import { takeOver } from './ownership.ts';
import { checkedPassword } from './passwords.ts';
import { bye } from './reply.ts';

/** An account as the operator may see it: nothing of its password. Times are Unix ms. */
export interface AccountInfo {
  readonly name: string;
  readonly role: Role;
  readonly origin: AccountRecord['origin'];
  readonly keys: readonly string[];
  readonly hasPassword: boolean;
  readonly disabled: boolean;
  readonly createdAt: number;
  readonly seenAt: number;
  /** How many of its devices are here. */
  readonly here: number;
}

export interface NewAccount {
  readonly name: string;
  readonly role: Role;
  readonly key: string | null;
  readonly password: string | null;
}

export interface AccountChanges {
  readonly role?: Role | undefined;
  readonly disabled?: boolean | undefined;
  readonly password?: string | undefined;
  readonly addKey?: string | undefined;
  readonly removeKey?: string | undefined;
}

/** An invite as the operator may see it: nothing of its token. */
export type InviteInfo = Omit<Invite, 'digest'>;

export function accountInfo(hub: Hub, account: AccountRecord): AccountInfo {
  const { name, role, origin, keys, password, disabled, createdAt, seenAt } = account;
  const here = [...hub.directory.signedIn(account.id)].filter(({ outlet }) => outlet !== null).length;
  return { name, role, origin, keys, hasPassword: password !== null, disabled, createdAt, seenAt, here };
}

/** @throws ChatError `bad-nick`, `name-owned`, `bad-request`, `busy` or `store-failed`. */
export async function addAccount(hub: Hub, { name, role, key, password }: NewAccount): Promise<AccountInfo> {
  const shown = nickname(name);
  const kept = password === null ? null : await hub.setup.proofs.keep(checkedPassword(password));
  const now = hub.now();
  const account: AccountRecord = {
    id: hub.setup.random(9),
    name: shown,
    keys: key === null ? [] : [key],
    password: kept,
    role,
    origin: 'operator',
    disabled: false,
    createdAt: now,
    seenAt: now,
    read: 0,
  };
  await durable((onKept) => {
    hub.accounts.add(account, onKept);
    // From now on the name means its owner, whoever had it until now.
    takeOver(hub, account);
  });
  return accountInfo(hub, account);
}

/** @throws ChatError `no-such-user`, `name-owned`, `bad-request`, `busy` or `store-failed`. */
export async function changeAccount(
  hub: Hub,
  name: string,
  { role, disabled, password, addKey, removeKey }: AccountChanges,
): Promise<AccountInfo> {
  const found = known(hub, name);
  const kept = password === undefined ? undefined : await hub.setup.proofs.keep(checkedPassword(password));
  const account = hub.accounts.withId(found.id) ?? known(hub, name);
  const keys = [
    ...account.keys.filter((each) => each !== removeKey),
    ...(addKey === undefined ? [] : [addKey]),
  ];
  if (removeKey !== undefined && !account.keys.includes(removeKey))
    throw new ChatError('bad-request', `${account.name} has no such key: chatctl user show lists its keys`);
  const changes = {
    ...(role === undefined ? {} : { role }),
    ...(disabled === undefined ? {} : { disabled }),
    ...(kept === undefined ? {} : { password: kept }),
    keys: [...new Set(keys)],
  };
  await durable((onKept) => {
    hub.accounts.change(account, changes, onKept);
    if (disabled === true) endSessions(hub, account, 'your account was disabled');
  });
  return accountInfo(hub, hub.accounts.withId(account.id) ?? account);
}

/** Forgets an account with all that was said to it privately. @throws ChatError `no-such-user` or `store-failed`. */
export async function removeAccount(hub: Hub, name: string): Promise<void> {
  const account = known(hub, name);
  await durable((onKept) => {
    endSessions(hub, account, 'your account was removed');
    const inbox = hub.accounts.remove(account, onKept);
    if (inbox !== null) hub.dropInbox(inbox);
  });
}

/** Makes an invite and resolves with its token, which is told once and not kept. @throws ChatError `busy` or `store-failed`. */
export async function addInvite(
  hub: Hub,
  { role, uses, expiresAt }: Pick<InviteInfo, 'role' | 'uses' | 'expiresAt'>,
): Promise<InviteInfo & { readonly token: string }> {
  const info = { id: hub.setup.random(6), role, uses, expiresAt, createdAt: hub.now() };
  const token = hub.setup.random(24);
  const digest = hub.setup.proofs.digest(token);
  await durable((onKept) => hub.gate.invites.add({ ...info, digest }, onKept));
  return { ...info, token };
}

/** Forgets an invite. Resolves with whether there was one of this id. @throws ChatError `store-failed`. */
export async function revokeInvite(hub: Hub, id: string): Promise<boolean> {
  const invite = hub.gate.invites.all(hub.now()).find((each) => each.id === id);
  if (invite === undefined) return false;
  await durable((onKept) => hub.gate.invites.revoke(invite, onKept));
  return true;
}

/** The account of that name. @throws ChatError `no-such-user`. */
export function known(hub: Hub, name: string): AccountRecord {
  const account = hub.accounts.named(name);
  if (account === undefined)
    throw new ChatError('no-such-user', `no account has the name ${name}: chatctl user list shows them all`);
  return account;
}

function endSessions(hub: Hub, { id }: AccountRecord, text: string): void {
  for (const session of hub.directory.signedIn(id)) {
    hub.dismiss(session, bye('kicked', text, false));
    hub.leave(session, text, '');
  }
}

function durable(change: (onKept: (error: ChatError | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    change((error) => (error === null ? resolve() : reject(error)));
  });
}
