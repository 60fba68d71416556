// What a million kept entries cost, as ratios to a store of a thousand: a page anywhere, a search, a start.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entry } from '../../src/core/entry.ts';
import { SqliteStore } from '../../src/store/sqlite.ts';

const BATCH = 4_000;
const LOOKS = 200;
const WORDS = ['river', 'stone', 'cloud', 'window', 'garden', 'copper', 'violet', 'harbour'];

interface Figures {
  readonly openMs: number;
  readonly pageMs: number;
  readonly searchMs: number;
}

function entryAt(seq: number): Entry {
  const words = WORDS.filter((_, i) => (seq >> i) & 1).join(' ');
  const text = seq % 997 === 0 ? `needle ${words}` : `${words} and what follows number ${seq}`;
  return { log: '#lobby', seq, at: seq, kind: 'message', from: `speaker-${seq % 50}`, to: '', text };
}

async function filled(file: string, count: number): Promise<void> {
  const store = await SqliteStore.open(file);
  const rest = { requests: [], sessions: [], ended: [], facts: [] };
  await store.append({ logs: [{ name: '#lobby', epoch: 'e', topic: '' }], entries: [], ...rest });
  for (let seq = 1; seq <= count; seq += BATCH) {
    const length = Math.min(BATCH, count - seq + 1);
    await store.append({ logs: [], entries: Array.from({ length }, (_, i) => entryAt(seq + i)), ...rest });
  }
  // The index of words follows in its own time: until it is level a search has a rest to look through.
  for (let level = false; !level;) {
    const started = performance.now();
    await store.search('#lobby', 'needle', count + 1, 20);
    await store.ping();
    level = performance.now() - started < 20;
    if (!level) await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await store.close();
}

async function meanMs(run: (i: number) => Promise<unknown>): Promise<number> {
  const started = performance.now();
  for (let i = 0; i < LOOKS; i++) await run(i);
  return (performance.now() - started) / LOOKS;
}

async function figures(count: number): Promise<Figures> {
  const dir = mkdtempSync(join(tmpdir(), 'chatroom-bench-'));
  const file = join(dir, 'store.db');
  await filled(file, count);
  const started = performance.now();
  const store = await SqliteStore.open(file);
  await store.heads();
  const openMs = performance.now() - started;
  const pageMs = await meanMs((i) =>
    store.page('#lobby', { before: 1 + Math.floor((i / LOOKS) * count) }, 50),
  );
  const searchMs = await meanMs(() => store.search('#lobby', 'needle', count + 1, 20));
  await store.close();
  rmSync(dir, { recursive: true });
  return { openMs, pageMs, searchMs };
}

/** Measures both stores and prints the ratios. Takes about half a minute. */
export async function million(): Promise<void> {
  const small = await figures(1_000);
  const large = await figures(1_000_000);
  const ratio = (name: keyof Figures): string => (large[name] / small[name]).toFixed(2);
  console.log(
    `a million entries beside a thousand: start ${ratio('openMs')}, a page at any depth ${ratio('pageMs')}, ` +
      `a search for a rare word ${ratio('searchMs')} times as long`,
  );
}
