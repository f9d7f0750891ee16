import type { TraplineError } from "../../../errors.js";
import type { Bytes } from "./bytes.js";

/** Reads numbers in the file's byte order and strings, one after the other. None lies beyond the end. */
export interface Cursor {
  /** Where the next one begins. */
  at: number;
  u8(): number;
  u16(): number;
  u32(): number;
  /** @throws TraplineError "input" when it is no size or place in a file: 2^53 or more */
  u64(): number;
  bigint(): bigint;
  /** Up to a NUL byte, which is passed. */
  string(): string;
  bytes(length: number): Uint8Array;
  left(): number;
  damaged(what: string): TraplineError;
}

/** No name of an event, a clock or a command comes near it; a path may. */
const longestString = 4096;

export function createCursor(source: Bytes, start: number, little: boolean): Cursor {
  const view = (length: number): DataView => {
    const bytes = source.read(cursor.at, length);
    cursor.at += length;
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  };
  const cursor: Cursor = {
    at: start,
    u8: () => view(1).getUint8(0),
    u16: () => view(2).getUint16(0, little),
    u32: () => view(4).getUint32(0, little),
    u64() {
      const value = Number(cursor.bigint());
      if (Number.isSafeInteger(value)) return value;
      cursor.at -= 8;
      throw cursor.damaged(`${value} is no size and no place in a file`);
    },
    bigint: () => view(8).getBigUint64(0, little),
    string() {
      const bytes = source.read(cursor.at, Math.min(longestString, cursor.left()));
      const length = bytes.indexOf(0);
      if (length < 0) throw cursor.damaged("a name has no end");
      cursor.at += length + 1;
      return textOf(bytes.subarray(0, length));
    },
    bytes(length) {
      const bytes = source.read(cursor.at, length);
      cursor.at += length;
      return bytes;
    },
    left: () => source.size - cursor.at,
    damaged: (what) => source.damaged(what, cursor.at),
  };
  return cursor;
}

/** Names are the user's own, mostly ASCII and sometimes UTF-8. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
}
