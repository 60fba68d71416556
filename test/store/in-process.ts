// The embedded store's logic as a store, without its thread; and chance that is the same each time.

import type { Entry } from '../../src/core/entry.ts';
import type { Store } from '../../src/core/store.ts';
import { Database } from '../../src/store/database.ts';
import type { SearchSlice } from '../../src/store/messages.ts';
import { packCommit, unpackPage } from '../../src/store/packing.ts';

/** Numbers from 0 to 1 that are the same each time. */
export function prand(): () => number {
  let state = 3040;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The logic without its thread. */
export function inProcess(file: string, database = new Database(file)): Store {
  return {
    heads: async () => database.heads(),
    sessions: async () => database.sessions(),
    facts: async () => database.facts(),
    append: async (commit) => database.append(packCommit(commit)),
    page: async (log, ...args) => unpackPage(file, log, database.page(log, ...args)),
    search: async (log, query, before, limit) => {
      const found: Entry[] = [];
      let rest: Pick<SearchSlice, 'before' | 'blocks'> = { before, blocks: [] };
      do {
        const slice = database.search(log, query, rest.before, limit - found.length, rest.blocks);
        found.push(...unpackPage(file, log, slice.page).toReversed());
        rest = slice;
      } while (rest.before > 0 && found.length < limit);
      return found;
    },
    prune: async (...args) => database.prune(...args),
    drop: async (...args) => database.drop(...args),
    ping: async () => database.ping(),
    stats: async () => database.stats(),
    backup: async (path) => database.backup(path).then(() => 0),
    close: async () => database.close(),
  };
}
