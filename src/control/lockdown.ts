// What is done for the calls about lockdown.

import { ChatError } from '../core/errors.ts';
import { isLockdownLevel, LOCKDOWN } from '../core/lockdown.ts';
import { audited, type Parts } from './parts.ts';
import type { LockedDown } from './protocol.ts';

export function lockdownNow({ hub }: Parts): LockedDown {
  const { level } = hub.gate.lockdown;
  return { level, means: LOCKDOWN[level] };
}

/** @throws ChatError `store-failed`: it is in force all the same, until the hub ends. */
export function lockDown(parts: Parts, level: number): Promise<LockedDown & { readonly was: number }> {
  const { lockdown } = parts.hub.gate;
  const was = lockdown.level;
  if (!isLockdownLevel(level)) throw new ChatError('bad-request', `there is no lockdown ${level}`);
  return audited(parts, 'lockdown', { level, was }, async () => {
    await new Promise<void>((resolve, reject) => {
      lockdown.set(level, (error) => (error === null ? resolve() : reject(unkept(level, error))));
    });
    return { ...lockdownNow(parts), was };
  });
}

function unkept(level: number, { message }: ChatError): ChatError {
  return new ChatError(
    'store-failed',
    `lockdown ${level} is in force, but would be forgotten if the hub ended now: ${message}`,
  );
}
