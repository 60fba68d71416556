// What `chatroomd --restore` does and says.

import { ChatError } from '../core/errors.ts';
import { restore } from '../store/restore.ts';
import { storeFile } from './backup.ts';

export interface Said {
  readonly text: string;
  readonly exitCode: 0 | 1;
}

/** Puts `backup` in the place of the store in `stateDir`; what kept it from that, the store's or the disk's doing, is said. */
export async function restoreStore(backup: string, stateDir: string): Promise<Said> {
  const file = storeFile(stateDir);
  try {
    const { before } = await restore(backup, file, new Date());
    const old = before === null ? 'there was none before' : `the one that was there is ${before}`;
    return { text: `chatroomd: ${file} holds what ${backup} held; ${old}\n`, exitCode: 0 };
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    return { text: `chatroomd: ${error.message}\n`, exitCode: 1 };
  }
}
