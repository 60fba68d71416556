// The cryptography behind keys, passwords and tokens, as the core asks for it. Passwords are made slow to guess by Argon2id
// (RFC 9106), with the costs OWASP's password storage cheat sheet gives for it; few are checked at once, so that guessing can take
// neither the processor nor the memory.

import {
  argon2,
  type Argon2Parameters,
  createHash,
  createPublicKey,
  randomBytes,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { promisify } from 'node:util';
import { ChatError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { Proofs } from '../core/proofs.ts';
import { Turnstile } from '../core/turnstile.ts';

const hash = promisify(argon2);
/** memory in KiB, passes over it, lanes. */
const COSTS = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const TAG_BYTES = 32;
const SALT_BYTES = 16;
// The string format of the reference implementation: $argon2id$v=19$m=…,t=…,p=…$salt$tag, in base64 without padding.
const KEPT =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;
const NOBODYS = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

export function cryptoProofs(ask: Proofs['ask'] = null): Proofs {
  const turnstile = new Turnstile(LIMITS.passwordChecksAtOnce, {
    most: LIMITS.passwordChecksWaiting,
    full: () => new ChatError('busy', 'too many are signing in right now: try again in a few seconds', 3000),
  });
  return {
    signed,
    matches: (password, kept) => turnstile.pass(() => matches(password, kept)),
    keep: (password) => turnstile.pass(() => keep(password)),
    digest: (token) => createHash('sha256').update(token).digest('base64url'),
    ask,
  };
}

function signed(key: string, text: string, signature: string): boolean {
  try {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: key };
    const bytes = Buffer.from(signature, 'base64url');
    return verify(null, Buffer.from(text), createPublicKey({ key: jwk, format: 'jwk' }), bytes);
  } catch {
    // Not every 32 bytes are a key.
    return false;
  }
}

async function keep(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const tag = await tagOf(password, { ...COSTS, nonce: salt, tagLength: TAG_BYTES });
  const { memory, passes, parallelism } = COSTS;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(tag)}`;
}

async function matches(password: string, kept: string | null): Promise<boolean> {
  const [, memory, passes, parallelism, salt = '', wanted = ''] = KEPT.exec(kept ?? NOBODYS) ?? [];
  if (memory === undefined) return false;
  const expected = Buffer.from(wanted, 'base64');
  const tag = await tagOf(password, {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    nonce: Buffer.from(salt, 'base64'),
    tagLength: expected.length,
  });
  return timingSafeEqual(tag, expected) && kept !== null;
}

/** Two ways to type the same letters are one password. */
function tagOf(password: string, costs: Omit<Argon2Parameters, 'message'>): Promise<Buffer> {
  return hash('argon2id', { message: Buffer.from(password.normalize('NFKC')), ...costs });
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
