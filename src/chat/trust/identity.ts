// A person's own key: an Ed25519 pair in a file that only they can read. Its public half owns their name at a hub.

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
} from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Ending } from '../ending.ts';
import { isNotThere } from './rewrite.ts';

export class Identity {
  /** The 32 bytes of the public key in base64url. */
  readonly key: string;
  readonly #privateKey: KeyObject;

  private constructor(privateKey: KeyObject) {
    this.#privateKey = privateKey;
    const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
    this.key = x;
  }

  /**
   * The key in `path` (PEM, PKCS #8).
   * @throws Ending with status 2 when there is none, or others can read it.
   */
  static read(path: string): Identity {
    const text = readText(path);
    if (text === null) {
      throw new Ending(
        2,
        `there is no ${path}: make a key by openssl genpkey -algorithm ed25519 -out ${path}`,
      );
    }
    return Identity.#of(text, path);
  }

  /**
   * The key in `path`, made now if there is none. Of two that make one at the same time, one is kept.
   * @throws Ending with status 2 when it cannot be read, or others can read it; what the file system throws when it
   *   cannot be made.
   */
  static readOrMake(path: string): Identity {
    const text = readText(path) ?? make(path);
    return Identity.#of(text, path);
  }

  static #of(text: string, path: string): Identity {
    const privateKey = keyIn(text);
    if (privateKey?.asymmetricKeyType !== 'ed25519') {
      throw new Ending(
        2,
        `${path} is no Ed25519 key in PKCS #8 without a passphrase (-----BEGIN PRIVATE KEY-----): name another by --identity`,
      );
    }
    return new Identity(privateKey);
  }

  /** The signature over UTF-8 `text`, in base64url. */
  sign(text: string): string {
    return sign(null, Buffer.from(text), this.#privateKey).toString('base64url');
  }
}

function keyIn(text: string): KeyObject | null {
  try {
    return createPrivateKey({ key: text, format: 'pem' });
  } catch {
    return null;
  }
}

/** null when there is no such file. */
function readText(path: string): string | null {
  try {
    if ((statSync(path).mode & 0o077) !== 0) {
      throw new Ending(2, `others can read the private key ${path}: chmod 600 ${path}`);
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Ending) throw error;
    if (isNotThere(error)) return null;
    const { code } = error as NodeJS.ErrnoException;
    throw new Ending(2, `the private key ${path} cannot be read (${code}): see to whom it belongs`);
  }
}

/** Makes a key; if another program was faster, its key is the one. */
function make(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const fresh = `${path}.${randomUUID()}`;
  try {
    writeFileSync(fresh, pem, { mode: 0o600, flag: 'wx', flush: true });
    // Unlike a rename it replaces nothing, and the file is whole when it gets its name.
    linkSync(fresh, path);
    return pem;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return readFileSync(path, 'utf8');
  } finally {
    rmSync(fresh, { force: true });
  }
}
