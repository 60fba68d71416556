// A process of its own that appends to a store until it is killed, and says what it was promised: a line `kept SEQ` when
// everything up to SEQ is durable, `failed TEXT` when the store refuses. After a refusal it tries the same again as soon as
// it is sent a line. The first entry of every batch answers the request `r` and its seq.

import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { SqliteStore } from '../../src/store/sqlite.ts';
import { commit, run, session } from './parts.ts';

const [file, batch = '47'] = process.argv.slice(2);
assert(file !== undefined, 'usage: appender FILE [ENTRIES]');

// A write over the limit on a file's size is to come back as an error (setrlimit(2)). Node sees to that by itself, but a
// test runner's hooks may end the process at this signal unless somebody else listens.
process.on('SIGXFSZ', () => {});

/** Writes at once, so that what was said before a kill was heard. */
function say(line: string): void {
  writeSync(1, `${line.replaceAll('\n', ' ')}\n`);
}

try {
  const store = await SqliteStore.open(file);
  let last = (await store.heads())[0]?.last ?? 0;
  if (last === 0) await store.append(commit(['#a'], [], { sessions: [session('+a')] }));
  say(`kept ${last}`);
  for (;;) {
    // Batches of uneven sizes (ENTRIES is best a prime), so that a kill meets every stage of a commit.
    const count = 1 + ((last * 7919) % Number(batch));
    const requests = [{ session: '+a', id: `r${last + 1}`, entry: 0 }];
    const sessions = [session('+a', { since: last + count })];
    try {
      await store.append(commit([], run('#a', last + 1, last + count), { requests, sessions }));
      last += count;
      say(`kept ${last}`);
    } catch (error) {
      say(`failed ${error instanceof Error ? error.message : String(error)}`);
      await once(process.stdin, 'data');
    }
  }
} catch (error) {
  say(`failed ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
