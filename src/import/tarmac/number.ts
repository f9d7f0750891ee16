import { hexDigit, isSpace, skipHex } from "./text.js";

/**
 * What a reading found: halves of a 64-bit number as signed 32-bit ones, which V8 keeps without a heap object.
 * One object for all readings, valid until the next.
 */
export const found = {
  lo: 0,
  hi: 0,
  /** Every digit was given; models write `-` or `x` for bits that they do not know. */
  known: true,
};

/** Hexadecimal digits, the last sixteen of which count. Returns where they end: at `at` if there are none. */
export function readHex(bytes: Uint8Array, at: number, end: number): number {
  let lo = 0;
  let hi = 0;
  for (; at < end; at++) {
    const digit = hexDigit[bytes[at]];
    if (digit === 255) break;
    hi = (hi << 4) | (lo >>> 28);
    lo = (lo << 4) | digit;
  }
  found.lo = lo;
  found.hi = hi;
  return at;
}

/**
 * A register's value: digits with `_` between them, in one piece or as two of eight digits with a blank or colon
 * between. Text behind it is the model's comment. Returns whether there is one.
 */
export function readValue(bytes: Uint8Array, at: number, end: number): boolean {
  if (bytes[at] === 0x30 && at + 1 < end && (bytes[at + 1] | 0x20) === 0x78) at += 2; // 0x
  const from = at;
  let lo = 0;
  let hi = 0;
  let known = true;
  for (; at < end; at++) {
    const byte = bytes[at];
    const digit = hexDigit[byte];
    if (digit !== 255) {
      hi = (hi << 4) | (lo >>> 28);
      lo = (lo << 4) | digit;
    } else if (byte === 0x2d || (byte | 0x20) === 0x78) {
      known = false; // - or x
    } else if (byte !== 0x5f) {
      if ((isSpace(byte) || byte === 0x3a) && at - from === 8 && isLowHalf(bytes, at + 1, end)) continue;
      break;
    }
  }
  found.lo = lo;
  found.hi = hi;
  found.known = known;
  return at > from && (at === end || isSpace(bytes[at]));
}

function isLowHalf(bytes: Uint8Array, at: number, end: number): boolean {
  const to = skipHex(bytes, at, end);
  return to - at === 8 && (to === end || isSpace(bytes[to]));
}
