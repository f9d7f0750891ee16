import { hexDigit } from "./text.js";

/** The value of two hexadecimal digits by their 16 bits of text, read with the first in the low byte; -1 for others. */
const pairs = new Int16Array(1 << 16).fill(-1);
for (let first = 0; first < 128; first++) {
  for (let second = 0; second < 128; second++) {
    const value = (hexDigit[first] << 4) | hexDigit[second];
    if (value <= 255 && hexDigit[first] <= 15 && hexDigit[second] <= 15) pairs[first | (second << 8)] = value;
  }
}

/**
 * Four hexadecimal digits, negative if one of them is none. By pairs because digit by digit takes half as long
 * again, and this is most of the work; the parts of the table that are used are 2 KiB.
 */
export function hex4(view: DataView, at: number): number {
  const four = view.getUint32(at, true);
  const table = pairs;
  return (table[four & 0xffff] << 8) | table[four >>> 16];
}
