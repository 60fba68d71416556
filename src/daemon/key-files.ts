// The files of the hub's key and certificate: read with care, and written so that after a crash there is the old one or the new one.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError } from './config.ts';

const MAX_BYTES = 256 * 1024;

/** A file's text; null when there is no such file. @throws ConfigError when it cannot be read */
export function textOf(file: string): string | null {
  try {
    const bytes = readFileSync(file);
    if (bytes.length > MAX_BYTES) throw new ConfigError([`${file}: too large for a key or a certificate`]);
    return bytes.toString('latin1');
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = codeOf(error);
    if (code === 'ENOENT') return null;
    const reason = code === 'EACCES' ? 'permission denied: the hub must be able to read it' : code;
    throw new ConfigError([`${file}: ${reason}`]);
  }
}

/** @throws ConfigError for what is no private key, or one behind a passphrase, which nobody could be asked for */
export function privateKeyIn(file: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    const reason = pem.includes('ENCRYPTED')
      ? 'it is encrypted, and nobody can be asked for its passphrase: give the key without one'
      : `no private key in PEM is in it (${messageOf(error)})`;
    throw new ConfigError([`${file}: ${reason}`]);
  }
}

/** The first certificate of a file, which is the hub's own. @throws ConfigError */
export function certificateIn(file: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new ConfigError([`${file}: no certificate in PEM is in it (${messageOf(error)})`]);
  }
}

/** Writes a file that only its owner may read, in place of the one of this name. @throws as open(2), write(2) and rename(2) fail */
export function writeFile(file: string, text: string): void {
  const draft = `${file}.new`;
  const handle = openSync(draft, 'w', 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  moveFile(draft, file);
}

/** Gives a file another name, for good: also after the power fails. */
export function moveFile(from: string, to: string): void {
  renameSync(from, to);
  const directory = openSync(dirname(to), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : messageOf(error);
}
