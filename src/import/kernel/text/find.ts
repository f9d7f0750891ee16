/** Searches for short texts within a line, without making a view of it. */

/** Where `text` ends at its first place; -1 if it is not there. */
export function behind(bytes: Uint8Array, from: number, to: number, text: Uint8Array): number {
  const [first] = text;
  const last = to - text.length;
  for (let at = from; at <= last; at++) {
    if (bytes[at] !== first) continue;
    let each = 1;
    while (each < text.length && bytes[at + each] === text[each]) each++;
    if (each === text.length) return at + text.length;
  }
  return -1;
}

/** The same for its last place. */
export function behindLast(bytes: Uint8Array, from: number, to: number, text: Uint8Array): number {
  for (let at = to - text.length; at >= from; at--) {
    let each = 0;
    while (each < text.length && bytes[at + each] === text[each]) each++;
    if (each === text.length) return at + text.length;
  }
  return -1;
}
