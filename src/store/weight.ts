// What an entry takes, as the bound on all entries together counts it.

/**
 * What each costs besides its text: its numbers, two names, and its share of the page it lies on and of the index. With
 * this the sum is within a tenth or so of what SQLite's file grows by.
 */
export const ENTRY_BYTES = 64;

/** About how many bytes so many entries take on disk whose texts are these. */
export function weightOf(texts: string, count = 1): number {
  return count * ENTRY_BYTES + Buffer.byteLength(texts);
}
