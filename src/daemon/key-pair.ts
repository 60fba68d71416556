// Where the hub's key and certificate come from: the settings, systemd's credentials, or the hub itself, which makes its own.

import { createPublicKey, generateKeyPairSync, type KeyObject, type X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { SecureContext } from 'node:tls';
import type { Keys } from '../control/protocol.ts';
import { makeCertificate } from '../transport/certificate.ts';
import { fingerprint, secureContext } from '../transport/secure.ts';
import { ConfigError } from './config.ts';
import { certificateIn, messageOf, privateKeyIn, textOf } from './key-files.ts';
import type { Settings } from './settings.ts';

const DAY_MS = 86_400_000;
/** No longer than what programs that look at certificates find normal. */
const GOOD_FOR_MS = 365 * DAY_MS;
/** Others' clocks may be behind. */
const BACKDATED_MS = DAY_MS;
/** Made again when less than this is left. */
export const RENEWED_BEFORE_MS = 60 * DAY_MS;

export interface KeyPair {
  /** The hub itself, the settings, or systemd's credentials. */
  readonly from: Keys['from'];
  readonly key: KeyObject;
  /** `sha256-…`, what people compare and pin. */
  readonly fingerprint: string;
  readonly certificate: X509Certificate;
  readonly context: SecureContext;
  /** What is in the files, to tell whether they have changed. */
  readonly keyText: string;
  readonly certificateText: string;
}

/** The files that the operator or systemd provides; null when the hub is to make its own. */
export interface Provided {
  readonly from: Exclude<Keys['from'], 'own'>;
  readonly keyFile: string;
  readonly certificateFile: string;
}

export function providedFiles(settings: Settings, credentials: string | null): Provided | null {
  const { tlsCertificate, tlsKey } = settings;
  if (tlsCertificate !== 'auto' && tlsKey !== 'auto')
    return { from: 'settings', keyFile: tlsKey, certificateFile: tlsCertificate };
  if (credentials === null) return null;
  const keyFile = join(credentials, 'chatroom.tls.key');
  const certificateFile = join(credentials, 'chatroom.tls.crt');
  const nothing = textOf(keyFile) === null && textOf(certificateFile) === null;
  return nothing ? null : { from: 'credentials', keyFile, certificateFile };
}

/** @throws ConfigError when a file is missing, is not what it should be, or the two do not belong together */
export function readProvided({ from, keyFile, certificateFile }: Provided): KeyPair {
  const keyText = existing(keyFile);
  const certificateText = existing(certificateFile);
  const key = privateKeyIn(keyFile, keyText);
  const certificate = certificateIn(certificateFile, certificateText);
  if (!certificate.checkPrivateKey(key))
    throw new ConfigError([
      `${certificateFile}: the certificate is of another key than the one in ${keyFile}`,
    ]);
  try {
    return pairOf(from, key, keyText, certificate, certificateText);
  } catch (error) {
    throw new ConfigError([`${certificateFile}: TLS does not take it: ${messageOf(error)}`]);
  }
}

/** A key of the hub's own, as PEM. */
export function makeKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
}

/** A key that the hub has made. @throws ConfigError for any other */
export function ownKey(file: string, pem: string): KeyObject {
  const key = privateKeyIn(file, pem);
  if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  throw new ConfigError([
    `${file}: the hub makes keys of the curve P-256 only: name any other by tls-key and tls-certificate`,
  ]);
}

/** The hub's own key with the certificate it has for it, if it has a sound one, else with one made now. */
export function ownPair(
  key: KeyObject,
  keyText: string,
  certificateText: string | null,
  name: string,
  now: number,
): KeyPair {
  const kept = certificateText === null ? null : soundOne(certificateText, key, now);
  if (kept !== null && certificateText !== null) return pairOf('own', key, keyText, kept, certificateText);
  const hosts = [...new Set([isHostName(name) ? name : 'chatroom', 'localhost'])];
  const made = makeCertificate({
    key,
    name,
    hosts,
    from: now - BACKDATED_MS,
    until: now - BACKDATED_MS + GOOD_FOR_MS,
  });
  return pairOf('own', key, keyText, certificateIn('the certificate made', made), made);
}

function pairOf(
  from: KeyPair['from'],
  key: KeyObject,
  keyText: string,
  certificate: X509Certificate,
  certificateText: string,
): KeyPair {
  const context = secureContext(keyText, certificateText);
  return {
    from,
    key,
    keyText,
    fingerprint: fingerprint(createPublicKey(key)),
    certificate,
    certificateText,
    context,
  };
}

/** What cannot be read or is not for this key is as good as none: nobody's trust hangs on it. */
function soundOne(text: string, key: KeyObject, now: number): X509Certificate | null {
  try {
    const certificate = certificateIn('', text);
    const { validFromDate } = certificate;
    const isSound = certificate.checkPrivateKey(key) && validFromDate.getTime() <= now;
    return isSound ? certificate : null;
  } catch {
    return null;
  }
}

function existing(file: string): string {
  const text = textOf(file);
  if (text === null) throw new ConfigError([`${file}: there is no such file`]);
  return text;
}

function isHostName(name: string): boolean {
  return (
    name.length <= 253 &&
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i.test(name)
  );
}
