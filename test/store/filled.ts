// Stores with something in them, and how to damage one.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SqliteStore } from '../../src/store/sqlite.ts';
import { commit, run, session } from './parts.ts';

/** A directory of its own in `dir`, and an open store in it with `count` entries in #a. */
export async function filled(
  dir: string,
  name: string,
  count: number,
): Promise<{ place: string; file: string; store: SqliteStore }> {
  const place = join(dir, name);
  const file = join(place, 'chatroom.db');
  const store = await SqliteStore.open(file);
  const requests = [{ session: '+a', id: '1', entry: count - 1 }];
  await store.append(commit(['#a', '@b'], run('#a', 1, count), { sessions: [session('+a')], requests }));
  return { place, file, store };
}

/** Damages a file where its data are. */
export function overwriteMiddle(file: string): void {
  const bytes = readFileSync(file);
  bytes.fill(
    0xa5,
    Math.floor(bytes.length / 8_192) * 4_096,
    Math.floor(bytes.length / 8_192) * 4_096 + 4_096,
  );
  writeFileSync(file, bytes);
}
