// The hub's key, its certificate, and the key that will come after it. People trust the key, so it changes only when the operator says so.

import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sign } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import type { Keys, KeyStep } from '../control/protocol.ts';
import { ChatError } from '../core/errors.ts';
import type { NextKey } from '../transport/host.ts';
import { fingerprint } from '../transport/secure.ts';
import { ConfigError } from './config.ts';
import { messageOf, moveFile, textOf, writeFile } from './key-files.ts';
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
/** How long before the end of a certificate that others make the log begins to say so, once a day. */
const WARNED_BEFORE_MS = 30 * DAY_MS;

export interface HubKeysSetup {
  readonly settings: Settings;
  /** The directory of secrets that systemd hands over; null for none. */
  readonly credentials: string | null;
  readonly log: Log;
  readonly now: () => number;
}

export class HubKeys {
  readonly #setup: HubKeysSetup;
  #settings: Settings;
  #pair: KeyPair;
  /** What is announced; null for nothing. */
  next: NextKey | null;
  #warnedAt = -Infinity;

  private constructor(setup: HubKeysSetup) {
    this.#setup = setup;
    this.#settings = setup.settings;
    this.#pair = readPair(setup, setup.settings, null);
    this.next = readNext(this.#pair, nextKeyFile(this.#settings));
  }

  /** Reads what is there and makes what is not. @throws ConfigError for files that cannot be used */
  static open(setup: HubKeysSetup): HubKeys {
    const keys = new HubKeys(setup);
    keys.#tell('the key of this hub');
    keys.check();
    return keys;
  }

  /** For whoever connects now. */
  get context(): SecureContext {
    return this.#pair.context;
  }

  get fingerprint(): string {
    return this.#pair.fingerprint;
  }

  /** What the operator may know. */
  about(): Keys {
    const { fingerprint: key, from, certificate } = this.#pair;
    const file = nextKeyFile(this.#settings);
    const since = this.next === null ? undefined : statSync(file, { throwIfNoEntry: false })?.mtimeMs;
    const next = this.next === null ? null : { key: this.next.key, since: Math.floor(since ?? 0) };
    return { key, from, certificate: { until: certificate.validToDate.getTime() }, next };
  }

  /**
   * What `settings` and the files say now. Nothing of it is in force before `take`.
   * @throws ConfigError for files that cannot be used
   */
  read(settings: Settings): KeyPair {
    const pair = readPair(this.#setup, settings, this.#pair);
    readNext(pair, nextKeyFile(settings));
    return pair;
  }

  /** Goes on with what `read` has found; those who are connected stay as they are. Returns whether it is another. */
  take(settings: Settings, pair: KeyPair): boolean {
    const before = this.#pair;
    const isOther = before.keyText !== pair.keyText || before.certificateText !== pair.certificateText;
    this.#settings = settings;
    this.next = readNext(pair, nextKeyFile(settings));
    if (!isOther) return false;
    this.#pair = pair;
    this.#warnedAt = -Infinity;
    this.#tell('key and certificate read again');
    if (before.fingerprint !== pair.fingerprint)
      this.#setup.log.warn('the key of this hub is another now: who knows the old one is warned');
    this.check();
    return true;
  }

  /** @throws ChatError `bad-request` for what cannot be done now, `store-failed` when it cannot be kept */
  change(step: KeyStep): void {
    if (this.#pair.from !== 'own')
      throw new ChatError(
        'bad-request',
        "the key is not of the hub's making: change it where it comes from, and run chatctl reload",
      );
    if (step === 'next' && this.next !== null)
      throw new ChatError(
        'bad-request',
        'a key is announced already: chatctl key switch, or chatctl key drop',
      );
    if (step !== 'next' && this.next === null)
      throw new ChatError('bad-request', 'no key is announced: chatctl key next makes one');
    try {
      this.#step(step);
    } catch (error) {
      throw new ChatError('store-failed', `the key could not be kept: ${messageOf(error)}`);
    }
  }

  /** Renews the hub's own certificate in time, and warns of the end of any other; called now and then. */
  check(): void {
    const now = this.#setup.now();
    const { certificate, from, key, keyText } = this.#pair;
    const left = certificate.validToDate.getTime() - now;
    if (from === 'own') {
      if (left > RENEWED_BEFORE_MS) return;
      this.#pair = ownPair(key, keyText, null, this.#settings.hubName, now);
      keepCertificate(this.#setup, this.#settings, this.#pair);
      this.#tell('certificate renewed, for the same key');
    } else if (left <= WARNED_BEFORE_MS && now - this.#warnedAt >= DAY_MS) {
      this.#warnedAt = now;
      this.#setup.log.warn(left < 0 ? 'the certificate has expired' : 'the certificate expires soon', {
        until: certificate.validTo,
        next: 'put a new one into its place and run chatctl reload',
      });
    }
  }

  #step(step: KeyStep): void {
    const file = nextKeyFile(this.#settings);
    switch (step) {
      case 'next':
        writeFile(file, makeKey());
        this.next = readNext(this.#pair, file);
        return;
      case 'switch':
        // The certificate that is left beside it is of the old key; also after a crash just here, a new one is made.
        moveFile(file, keyFile(this.#settings));
        this.#pair = readPair(this.#setup, this.#settings, null);
        this.next = null;
        this.#tell('this hub has the key now that was announced');
        return;
      case 'drop':
        rmSync(file, { force: true });
        this.next = null;
    }
  }

  #tell(text: string): void {
    const { fingerprint: key, certificate, from } = this.#pair;
    this.#setup.log.info(text, { key, from, until: certificate.validToDate.toISOString() });
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

/** `present`: the pair in use, whose key is not lost with its file. */
function readPair(setup: HubKeysSetup, settings: Settings, present: KeyPair | null): KeyPair {
  const provided = providedFiles(settings, setup.credentials);
  if (provided !== null) return readProvided(provided);
  const file = keyFile(settings);
  let keyText = textOf(file);
  if (keyText === null) {
    keyText = present?.from === 'own' ? present.keyText : makeKey();
    keepKey(setup, settings, keyText);
  }
  const certificateText = textOf(certificateFile(settings));
  const pair = ownPair(ownKey(file, keyText), keyText, certificateText, settings.hubName, setup.now());
  if (pair.certificateText !== certificateText) keepCertificate(setup, settings, pair);
  return pair;
}

function readNext(pair: KeyPair, file: string): NextKey | null {
  const text = pair.from === 'own' ? textOf(file) : null;
  if (text === null) return null;
  const key = fingerprint(ownKey(file, text));
  const signature = sign('sha256', Buffer.from(`chatroom next key\n${key}`), pair.key);
  return { key, signature: signature.toString('base64url') };
}

/** One that cannot be kept is made again at the next start. */
function keepCertificate(setup: HubKeysSetup, settings: Settings, { certificateText }: KeyPair): void {
  try {
    writeFile(certificateFile(settings), certificateText);
  } catch (error) {
    setup.log.warn('the certificate could not be kept', { error: messageOf(error) });
  }
}

/** @throws ConfigError, unless the hub shall go on without what it cannot keep */
function keepKey(setup: HubKeysSetup, settings: Settings, text: string): void {
  const file = keyFile(settings);
  try {
    writeFile(file, text);
  } catch (error) {
    if (settings.storeFailure === 'refuse')
      throw new ConfigError([`${file}: the key of the hub cannot be kept there: ${messageOf(error)}`]);
    setup.log.error(
      'the key of the hub could not be kept: after a restart, who knows it is warned of another',
      {
        error: messageOf(error),
      },
    );
  }
}
