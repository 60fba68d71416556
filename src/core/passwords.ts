// What a password must be, and the owner's own way to change it.

import type { Actor, Answer } from './actor.ts';
import type { Command } from './command.ts';
import { ChatError } from './errors.ts';
import type { Hub } from './hub.ts';
import { LIMITS } from './limits.ts';
import { participantOnly } from './moves.ts';
import type { Outlet } from './outlet.ts';
import { errorReply } from './reply.ts';
import { charCount } from './text.ts';

/** @throws ChatError `bad-request` for one that is too short or too long. */
export function checkedPassword(password: string): string {
  const chars = charCount(password);
  if (chars < LIMITS.passwordLeastChars || chars > LIMITS.passwordChars) {
    const { passwordLeastChars: least, passwordChars: most } = LIMITS;
    throw new ChatError('bad-request', `a password has ${least} to ${most} characters: choose another`);
  }
  return password;
}

/** @throws ChatError `not-secure` where anybody on the way could read a password. */
export function assertPrivate(outlet: Outlet | null): void {
  if (outlet?.channel.kind === 'open')
    throw new ChatError(
      'not-secure',
      'a password is not taken over plain text: connect over TLS and try again',
    );
}

/** Sets the password of one's own account; who has one already gives it too. */
export function passwd(
  hub: Hub,
  by: Actor,
  { old, password }: Extract<Command, { type: 'passwd' }>,
  answer: Answer,
): void {
  const session = participantOnly(by);
  assertPrivate(session.outlet);
  const account = hub.accounts.withId(session.account);
  if (account === undefined)
    throw new ChatError(
      'not-allowed',
      'only who is signed in to an account can set its password: ask the operator',
    );
  checkedPassword(password);
  const address = session.outlet?.address ?? '';
  const { proofs } = hub.setup;
  const change = async (): Promise<void> => {
    if (account.password !== null) {
      hub.gate.failures.begin(address, account.id, hub.now());
      if (!(await proofs.matches(old ?? '', account.password)))
        throw new ChatError('auth-failed', 'the old password is another one: give the old one, then the new');
      hub.gate.failures.forgive(address, account.id);
    }
    const kept = await proofs.keep(password);
    const known = hub.accounts.withId(account.id);
    if (known === undefined || known.password !== account.password)
      throw new ChatError('auth-failed', 'the account was changed meanwhile: try again');
    hub.accounts.change(known, { password: kept }, (refused) =>
      answer(refused === null ? { type: 'ok' } : errorReply(refused)),
    );
    hub.setup.tell({ type: 'account', act: 'password', account: known.name, address });
  };
  change().catch((error: unknown) => {
    if (!(error instanceof ChatError)) throw error;
    answer(errorReply(error));
  });
}
