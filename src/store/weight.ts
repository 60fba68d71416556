// What an entry counts as, when all together have a bound on what they take on disk. Its own size says how entries compare;
// what they really take, with their part of the index, the embedded store measures by the whole file.

/** What each costs besides its text: its numbers, two names, and its share of the page it lies on. */
export const ENTRY_BYTES = 64;

/** About how many bytes so many entries take whose texts, one after the other, are these. */
export function weightOf(texts: string, count = 1): number {
  return count * ENTRY_BYTES + Buffer.byteLength(texts);
}
