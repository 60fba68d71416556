// What the setting `store` names, opened; and what the setting `store-failure` makes of a store that does not work.

import { ChatError } from '../core/errors.ts';
import type { Store } from '../core/store.ts';
import { liveOnFailure } from './live.ts';
import { MemoryStore } from './memory.ts';
import { SqliteStore } from './sqlite.ts';

export interface OpenStoreOptions {
  /** `refuse`: what cannot be kept is not said. `live`: talk goes on, from memory, until the hub is started again. */
  readonly onFailure: 'refuse' | 'live';
  /**
   * The store has failed for good; called at most once. With `refuse` every call rejects from now on, with `live`
   * nothing that is said from now on is kept.
   */
  readonly announce: (error: ChatError) => void;
}

/**
 * Opens the store that `place` names: `sqlite:PATH` or a bare path for the embedded one, `memory:` for none at all.
 * @throws ChatError `store-failed` for an unknown engine, and with `refuse` when the file cannot be used.
 */
export async function openStore(place: string, options: OpenStoreOptions): Promise<Store> {
  const { onFailure, announce } = options;
  const [, scheme = 'sqlite', path = ''] = /^(?:([a-z][a-z0-9+.-]*):(?:\/\/)?)?(.*)$/is.exec(place) ?? [];
  const engine = scheme.toLowerCase();
  if (engine === 'memory') return new MemoryStore();
  if (engine !== 'sqlite' || path === '') {
    throw new ChatError(
      'store-failed',
      `"${engine}:${path === '' ? '' : '…'}" names no store: give sqlite:PATH, or a path`,
    );
  }
  if (onFailure === 'refuse') return SqliteStore.open(path, { onFailure: announce });
  try {
    return liveOnFailure(await SqliteStore.open(path), announce);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    announce(error);
    return new MemoryStore();
  }
}
