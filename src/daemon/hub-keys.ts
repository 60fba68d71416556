// The hub's key, its certificate, and the key that will come after it. People trust the key, so it changes only when the operator says so.

import { sign } from 'node:crypto';
import { join } from 'node:path';
import type { SecureContext } from 'node:tls';
import { messageOf, textOf, writeFile } from './key-files.ts';
import { fingerprint } from '../transport/secure.ts';
import { ConfigError } from './config.ts';
import {
  type KeyPair,
  makeKey,
  ownKey,
  ownPair,
  providedFiles,
  readProvided,
  RENEWED_BEFORE_MS,
} from './key-pair.ts';
import type { Log } from './logger.ts';
import type { Settings } from './settings.ts';

const DAY_MS = 86_400_000;
/** How long before a certificate of others ends the log begins to say so. */
const WARNED_BEFORE_MS = 30 * DAY_MS;

export interface HubKeysSetup {
  readonly settings: Settings;
  readonly credentials: string | null;
  readonly log: Log;
  readonly now: () => number;
}

/** A key that is announced, and the present key's word for it. */
export interface NextKey {
  readonly key: string;
  readonly signature: string;
}

export class HubKeys {
  readonly #setup: HubKeysSetup;
  #settings: Settings;
  #pair: KeyPair;
  next: NextKey | null;
  #warnedAt = -Infinity;

  private constructor(setup: HubKeysSetup, pair: KeyPair) {
    this.#setup = setup;
    this.#settings = setup.settings;
    this.#pair = pair;
    this.next = this.#readNext();
  }

  /** Reads what is there and makes what is not. @throws ConfigError */
  static open(setup: HubKeysSetup): HubKeys {
    const keys = new HubKeys(setup, readPair(setup, setup.settings));
    keys.#tell('the key people can check');
    keys.check();
    return keys;
  }

  /** For whoever connects now. */
  get context(): SecureContext {
    return this.#pair.context;
  }

  get pair(): KeyPair {
    return this.#pair;
  }

  /**
   * What `settings` and the files now say. Nothing is in force before `take`.
   * @throws ConfigError; then all stays as it is
   */
  read(settings: Settings): KeyPair {
    return readPair(this.#setup, settings);
  }

  /** Goes on with what `read` has found; those who are connected stay as they are. Returns whether it is another. */
  take(settings: Settings, pair: KeyPair): boolean {
    const before = this.#pair;
    this.#settings = settings;
    this.#pair = pair;
    this.next = this.#readNext();
    const isOther = before.keyText !== pair.keyText || before.certificateText !== pair.certificateText;
    if (isOther) this.#tell('key and certificate read again');
    this.#warnedAt = -Infinity;
    this.check();
    return isOther;
  }

  /** Renews the hub's own certificate in time, and warns of the end of any other; called now and then. */
  check(): void {
    const now = this.#setup.now();
    const { certificate, from } = this.#pair;
    const until = certificate.validToDate.getTime();
    if (from !== 'the hub itself') {
      if (until - now > WARNED_BEFORE_MS || now - this.#warnedAt < DAY_MS) return;
      this.#warnedAt = now;
      this.#setup.log.warn(until < now ? 'the certificate has expired' : 'the certificate expires soon', {
        until: certificate.validToDate.toISOString(),
        next: 'put a new one into its place and run chatctl reload',
      });
    } else if (until - now <= RENEWED_BEFORE_MS) {
      const { key, keyText } = this.#pair;
      this.#pair = ownPair(key, keyText, null, this.#settings.hubName, now);
      keepCertificate(this.#setup, this.#settings, this.#pair);
      this.#tell('certificate renewed, for the same key');
    }
  }

  #tell(text: string): void {
    const { fingerprint: key, certificate, from } = this.#pair;
    this.#setup.log.info(text, { key, until: certificate.validToDate.toISOString(), from });
  }

  #readNext(): NextKey | null {
    if (this.#pair.from !== 'the hub itself') return null;
    const file = nextKeyFile(this.#settings);
    const text = textOf(file);
    if (text === null) return null;
    const key = fingerprint(ownKey(file, text));
    const signature = sign('sha256', Buffer.from(`chatroom next key\n${key}`), this.#pair.key);
    return { key, signature: signature.toString('base64url') };
  }
}

function keyFile({ stateDir }: Settings): string {
  return join(stateDir, 'tls.key');
}

function certificateFile({ stateDir }: Settings): string {
  return join(stateDir, 'tls.crt');
}

function nextKeyFile({ stateDir }: Settings): string {
  return join(stateDir, 'tls.next.key');
}

function readPair(setup: HubKeysSetup, settings: Settings): KeyPair {
  const provided = providedFiles(settings, setup.credentials);
  if (provided !== null) return readProvided(provided);
  const file = keyFile(settings);
  let keyText = textOf(file);
  if (keyText === null) {
    keyText = makeKey();
    keep(setup, settings, file, keyText);
  }
  const certificateText = textOf(certificateFile(settings));
  const pair = ownPair(ownKey(file, keyText), keyText, certificateText, settings.hubName, setup.now());
  if (pair.certificateText !== certificateText) keepCertificate(setup, settings, pair);
  return pair;
}

function keepCertificate(setup: HubKeysSetup, settings: Settings, { certificateText }: KeyPair): void {
  try {
    writeFile(certificateFile(settings), certificateText);
  } catch (error) {
    // It is made again at the next start.
    setup.log.warn('the certificate could not be kept', { error: messageOf(error) });
  }
}

/** @throws ConfigError, unless the hub shall go on without what it cannot keep */
function keep(setup: HubKeysSetup, settings: Settings, file: string, text: string): void {
  try {
    writeFile(file, text);
  } catch (error) {
    if (settings.storeFailure === 'refuse')
      throw new ConfigError([`${file}: the hub's key cannot be kept: ${messageOf(error)}`]);
    setup.log.error(
      'the key of the hub could not be kept: after a restart people will be warned of another',
      {
        error: messageOf(error),
      },
    );
  }
}
