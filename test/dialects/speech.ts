// What the tests of the dialects share: a setup with a clock to turn, entries of every kind, and bytes cut at every place.

import type { Hello } from '../../src/core/command.ts';
import { Batch, type Entry, type EntryKind } from '../../src/core/entry.ts';
import type { Dialect, DialectSetup, Request } from '../../src/dialects/dialect.ts';

export class Clock {
  now = 1_700_000_000_000;

  setup(here: readonly string[] = []): DialectSetup {
    return {
      hubName: 'testhub',
      version: '9.9.9',
      resumeGraceMs: 120_000,
      idlePingMs: 60_000,
      now: () => this.now,
      isPresent: (name) => here.includes(name.toLowerCase()),
    };
  }
}

/** A request in few words, to compare whole conversations by. */
export function inWords(request: Request): string {
  switch (request.kind) {
    case 'hello': {
      const { nick, client, onTaken }: Hello = request.hello;
      return `hello ${JSON.stringify(nick)} ${client} ${onTaken}`;
    }
    case 'command':
      return JSON.stringify(request.command);
    case 'auth':
      return `auth ${request.signature}`;
    case 'password':
      return `password ${request.password}`;
    case 'bad':
      return `${request.fatal ? 'fatal' : 'bad'} ${request.error.code}`;
    case 'alive':
      return 'alive';
  }
}

export function decodeAll(dialect: Dialect, chunks: readonly (string | Buffer)[]): Request[] {
  // As a hub that lets everybody in at once.
  return chunks.flatMap((chunk) => {
    const requests = dialect.decode(Buffer.from(chunk));
    return requests.some(({ kind }) => kind === 'hello') ? [...requests, ...dialect.proceed('in')] : requests;
  });
}

/** Every way to cut `bytes` once, and all of them one by one. */
export function* cuts(bytes: Buffer): Generator<Buffer[]> {
  for (let at = 1; at < bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)];
  yield Array.from(bytes, (byte) => Buffer.of(byte));
}

export function entry(kind: EntryKind, more: Partial<Entry> = {}): Entry {
  return { log: '#lobby', seq: 7, at: 1_700_000_000_000, kind, from: 'LO', to: '', text: '', ...more };
}

/** One entry of each kind, as the hub makes them. */
export const KINDS: readonly Entry[] = [
  entry('message', { text: 'hello' }),
  entry('action', { text: 'waves' }),
  entry('join'),
  entry('leave', { text: 'bye' }),
  entry('rename', { to: 'LORY' }),
  entry('topic', { text: 'cats' }),
  entry('notice', { from: 'server', text: 'soon' }),
  entry('kick', { from: 'server', to: 'LO', text: 'spam' }),
  entry('private', { log: '@abc', to: 'ER', text: 'psst' }),
];

export function batch(...entries: Entry[]): Batch {
  return new Batch(entries);
}
