// How phrases become bytes for the two kinds of plain peer. What a batch sounds like is made once for all its readers.

import anyAscii from 'any-ascii';
import type { Batch } from '../core/entry.ts';
import { LIMITS } from '../core/limits.ts';
import { Encodings } from './encodings.ts';
import { entryPhrase } from './phrases.ts';

export interface Voice {
  batch(batch: Batch, now: number): Buffer;
  lines(phrases: readonly string[], now: number): Buffer;
}

const asLines = new Encodings((entry) => line(entryPhrase(entry)));
const asRaw = new WeakMap<Batch, Buffer>();
const asRawJoined = new WeakMap<Batch, Buffer>();

/** UTF-8, a newline after each phrase. */
export class LineVoice implements Voice {
  batch(batch: Batch): Buffer {
    return asLines.of(batch);
  }

  lines(phrases: readonly string[]): Buffer {
    return Buffer.from(phrases.map(line).join(''));
  }
}

/**
 * What the original client can take: ASCII, each phrase as the original server sent it. Its reads have no framing,
 * so a newline stands between phrases that may meet in one read, and nowhere else.
 */
export class RawVoice implements Voice {
  #spokeAt = -Infinity;

  batch(batch: Batch, now: number): Buffer {
    return this.#follows(now)
      ? cached(asRawJoined, batch, () => rawBytes(['', ...batch.entries.map(entryPhrase)]))
      : cached(asRaw, batch, () => rawBytes(batch.entries.map(entryPhrase)));
  }

  lines(phrases: readonly string[], now: number): Buffer {
    return rawBytes(this.#follows(now) ? ['', ...phrases] : phrases);
  }

  /** Whether what is said now may reach the peer in one read with what was said before. */
  #follows(now: number): boolean {
    const follows = now - this.#spokeAt < LIMITS.plainJoinLinesMs && now >= this.#spokeAt;
    this.#spokeAt = now;
    return follows;
  }
}

function cached(cache: WeakMap<Batch, Buffer>, batch: Batch, make: () => Buffer): Buffer {
  let bytes = cache.get(batch);
  if (bytes === undefined) {
    bytes = make();
    cache.set(batch, bytes);
  }
  return bytes;
}

/** A text's own newlines are indented, so that no part of it can pass for another's line. */
function oneLine(phrase: string): string {
  return phrase.replaceAll('\n', '\n  ');
}

function line(phrase: string): string {
  return `${oneLine(phrase)}\n`;
}

function rawBytes(phrases: readonly string[]): Buffer {
  const text = anyAscii(phrases.map(oneLine).join('\n')).replace(/[^\n -~]/g, '?');
  return Buffer.from(text, 'latin1');
}
