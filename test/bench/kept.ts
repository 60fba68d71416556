// Stores with so much in them, filled by the store's own code, and how long a look into one takes.

import { join } from 'node:path';
import type { Entry } from '../../src/core/entry.ts';
import { SqliteStore } from '../../src/store/sqlite.ts';

/** What the hub calls its store in its state directory. */
const STORE = 'chatroom.db';
const BATCH = 4_000;
const LOOKS = 200;
/** A search that looks only into the index takes half of this. */
const LEVEL_MS = 20;
const WORDS = ['river', 'stone', 'cloud', 'window', 'garden', 'copper', 'violet', 'harbour'];

function entryAt(seq: number, at: number): Entry {
  const words = WORDS.filter((_, i) => (seq >> i) & 1).join(' ');
  const text = seq % 997 === 0 ? `needle ${words}` : `${words} and what follows number ${seq}`;
  return { log: '#lobby', seq, at, kind: 'message', from: `speaker-${seq % 50}`, to: '', text };
}

/** Makes a hub's store in the state directory `dir` with `count` entries in the lobby. A million takes half a minute. */
export async function fill(dir: string, count: number): Promise<void> {
  const store = await SqliteStore.open(join(dir, STORE));
  const at = Date.now();
  const rest = { requests: [], sessions: [], ended: [], facts: [] };
  await store.append({ logs: [{ name: '#lobby', epoch: 'e', topic: '' }], entries: [], ...rest });
  for (let seq = 1; seq <= count; seq += BATCH) {
    const length = Math.min(BATCH, count - seq + 1);
    await store.append({
      logs: [],
      entries: Array.from({ length }, (_, i) => entryAt(seq + i, at)),
      ...rest,
    });
  }
  // The index of words follows in its own time: until it is level a search has a rest to look through.
  for (let level = false, tries = 0; !level && tries < LOOKS; tries++) {
    const started = performance.now();
    await store.search('#lobby', 'needle', count + 1, 20);
    await store.ping();
    level = performance.now() - started < LEVEL_MS;
    if (!level) await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await store.close();
}

async function meanMs(run: (i: number) => Promise<unknown>): Promise<number> {
  const started = performance.now();
  for (let i = 0; i < LOOKS; i++) await run(i);
  return (performance.now() - started) / LOOKS;
}

/** How long a page of 50 anywhere and a search take in a store that `fill` made; there is nothing to look for in an empty one. */
export async function looks(dir: string, count: number): Promise<{ pageMs: number; searchMs: number }> {
  if (count === 0) return { pageMs: Number.NaN, searchMs: Number.NaN };
  const store = await SqliteStore.open(join(dir, STORE));
  const pageMs = await meanMs((i) =>
    store.page('#lobby', { before: 1 + Math.floor((i / LOOKS) * count) }, 50),
  );
  const searchMs = await meanMs(() => store.search('#lobby', 'needle', count + 1, 20));
  await store.close();
  return { pageMs, searchMs };
}
