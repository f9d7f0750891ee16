/**
 * Text by four bytes at a time: which of them is the first of a kind is told by the lowest bit that is set in a
 * word that has 0x80 for each of that kind (bits above the first may be wrong). All return -1 for none before `to`;
 * nothing is read from `to` on.
 */

const ones = 0x01010101;
const highs = 0x80808080;
const newlines = 0x0a0a0a0a;
const angles = 0x3c3c3c3c;
const zeros = 0x30303030;

const firstOf = (marks: number): number => (31 - Math.clz32(marks & -marks)) >>> 3;

/** The first newline from `at`. */
export function findNewline(view: DataView, at: number, to: number): number {
  for (const last = to - 4; at <= last; at += 4) {
    const word = view.getUint32(at, true) ^ newlines;
    const marks = (word - ones) & ~word & highs;
    if (marks !== 0) return at + firstOf(marks);
  }
  return -1;
}

/** The end of a name: the first byte below `0`, which a blank and `(` are; -1 too if `<` comes before or soon after. */
export function findNameEnd(view: DataView, at: number, to: number): number {
  for (const last = to - 4; at <= last; at += 4) {
    const word = view.getUint32(at, true);
    const angle = word ^ angles;
    if (((angle - ones) & ~angle & highs) !== 0) return -1;
    const marks = (word - zeros) & ~word & highs;
    if (marks !== 0) return at + firstOf(marks);
  }
  return -1;
}

/** Whether `length` bytes, four to eight, stand at `a` and again at `b`. */
export function isSame8(view: DataView, a: number, b: number, length: number): boolean {
  const last = length - 4;
  return (
    view.getUint32(a, true) === view.getUint32(b, true) &&
    view.getUint32(a + last, true) === view.getUint32(b + last, true)
  );
}

/**
 * Whether `length` bytes of text, at least eight, stand at `a` and again at `b`. Eight at a time are compared as the
 * bits of a floating-point number: unequal bits are unequal numbers unless both are zero, and text at `a` is not; a
 * number that is none, as bytes beyond ASCII may be, is equal to nothing.
 */
export function isSame(view: DataView, a: number, b: number, length: number): boolean {
  const last = length - 8;
  for (let at = 0; at < last; at += 8) {
    if (view.getFloat64(a + at, true) !== view.getFloat64(b + at, true)) return false;
  }
  return view.getFloat64(a + last, true) === view.getFloat64(b + last, true);
}
