// The closed list of what can go wrong between a peer and the hub. A code is for programs, its text for people;
// chatroom-protocol(7) lists them all.

export const ERROR_CODES = [
  'bad-json',
  'bad-request',
  'unknown-type',
  'too-long',
  'hello-first',
  'already-welcome',
  'bad-nick',
  'nick-taken',
  'look-alike',
  'locked-down',
  'bad-room',
  'no-such-room',
  'not-in-room',
  'too-many-rooms',
  'no-such-user',
  'empty-text',
  'rate-limited',
  'busy',
  'not-allowed',
  'store-failed',
  'banned',
  'muted',
  'too-many-connections',
  'not-spoken',
  'not-secure',
  'auth-failed',
  'name-owned',
  'accounts-only',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Why a connection ends: the `code` of a `bye`. */
export const BYE_CODES = [
  'quit',
  'kicked',
  'banned',
  'shutdown',
  'timeout',
  'stuck',
  'replaced',
  'bad-input',
  'too-many-connections',
  'not-secure',
] as const;

export type ByeCode = (typeof BYE_CODES)[number];

/** An operating error: the peer's or the world's doing, never a bug. Its text says the next step. */
export class ChatError extends Error {
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, text: string, retryAfterMs?: number) {
    super(text);
    this.name = 'ChatError';
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}
