// Where a backup goes, and why it may not go there. The hub writes it itself, so what counts are the rights of the hub, not those of the
// operator who asks for it: the hardened service can write to its own directory and nowhere else.

import { constants } from 'node:fs';
import { access, mkdir, realpath } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { BackedUp } from '../control/protocol.ts';
import { ChatError } from '../core/errors.ts';
import type { Store } from '../core/store.ts';

/** The store's own files begin with it. */
const STORE_NAME = 'chatroom.db';
const OWN_PLACE = 'backups';

/** The store's file. */
export function storeFile(stateDir: string): string {
  return join(stateDir, STORE_NAME);
}

export class Backups {
  readonly #store: Store;
  readonly #stateDir: string;
  #underWay = false;

  constructor(store: Store, stateDir: string) {
    this.#store = store;
    this.#stateDir = stateDir;
  }

  /**
   * Writes one to `file`, a path that is not taken; null: to a file named for the time, below the state directory.
   * @throws ChatError `busy` while another is written, `bad-request` for a place that will not do, `store-failed`.
   */
  async write(file: string | null, now: number): Promise<BackedUp> {
    if (this.#underWay)
      throw new ChatError('busy', 'another backup is being written: wait until it is done', 1000);
    this.#underWay = true;
    try {
      const path = file ?? (await this.#ownFile(now));
      await this.#assertPlace(path);
      return { file: path, bytes: await this.#store.backup(path) };
    } finally {
      this.#underWay = false;
    }
  }

  async #ownFile(now: number): Promise<string> {
    const directory = join(this.#stateDir, OWN_PLACE);
    await mkdir(directory, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      throw this.#notThere(directory, error);
    });
    const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
    return join(directory, `chatroom-${time}.db`);
  }

  async #assertPlace(file: string): Promise<void> {
    const directory = dirname(file);
    try {
      await access(directory, constants.W_OK | constants.X_OK);
    } catch (error) {
      throw this.#notThere(directory, error);
    }
    if (
      basename(file).startsWith(STORE_NAME) &&
      (await realpath(directory)) === (await realpath(this.#stateDir))
    )
      throw new ChatError('bad-request', `${file} is a name for the store's own files: choose another`);
  }

  #notThere(directory: string, error: unknown): ChatError {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return new ChatError(
      'bad-request',
      `the hub cannot write to ${directory} (${why}). It writes as user ${userName()}, and as a service to ${this.#stateDir} alone: ` +
        `leave FILE out, or name one below ${this.#stateDir}, and copy it from there`,
    );
  }
}

/** The user id, where the list of users does not know it. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.geteuid?.());
  }
}
