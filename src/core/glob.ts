// Patterns of names: `*` for any characters, `?` for one. Each matches in time proportional to pattern times name, however
// many stars it has.

/** Whether all of `text` is as `pattern` says. Both are folded by the caller. */
export function globMatches(pattern: string, text: string): boolean {
  const wanted = Array.from(pattern);
  const given = Array.from(text);
  let at = 0;
  let star = -1;
  let starAt = 0;
  for (let i = 0; i < given.length;) {
    const next = wanted[at];
    if (next === '*') {
      star = at++;
      starAt = i;
    } else if (next !== undefined && (next === '?' || next === given[i])) {
      at++;
      i++;
    } else if (star >= 0) {
      // What stood after the last star did not fit: that star takes one more.
      at = star + 1;
      i = ++starAt;
    } else {
      return false;
    }
  }
  while (wanted[at] === '*') at++;
  return at === wanted.length;
}
