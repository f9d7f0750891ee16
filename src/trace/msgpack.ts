/**
 * A reader of plain MessagePack: maps with string keys, arrays, strings, numbers, booleans, nil.
 *
 * The library that writes headers reads more than that: extension types that build regular expressions, sets,
 * references and compiled record readers, and arrays allocated by the length they claim. None of it belongs in
 * a file from somewhere else, so what is read is limited here to what is written.
 */
export type Plain = null | boolean | number | string | readonly Plain[] | PlainMap;
type PlainMap = { readonly [key: string]: Plain };

/** Header and index nest three deep. */
const maxDepth = 8;

/** Reads value after value; what is not as it should be is thrown as a RangeError with the byte at which reading stopped. */
export interface PlainReader {
  /** Whatever comes next. */
  value(): Plain;
  /** A list: how many elements are next, each of which takes `bytesEach` or more. */
  list(bytesEach: number): number;
  /** A whole number, 0 to 2^53 - 1. */
  count(): number;
  /** There is to be nothing more. */
  end(): void;
  wrong(what: string): RangeError;
}

/**
 * Reads one value that fills `bytes`. `maxItems` bounds the elements of all arrays and maps together, so that a
 * short text cannot ask for much memory. Throws RangeError, with the byte at which reading stopped.
 */
export function decodePlain(bytes: Uint8Array, maxItems: number): Plain {
  const reader = createPlainReader(bytes, maxItems);
  const value = reader.value();
  reader.end();
  return value;
}

export function createPlainReader(bytes: Uint8Array, maxItems: number): PlainReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let at = 0;
  let items = 0;

  const wrong = (what: string): RangeError => new RangeError(`${what} at its byte ${at}`);

  /** Moves over the next bytes and returns where they began. */
  function take(length: number): number {
    if (length > bytes.length - at) throw wrong("it ends early");
    const start = at;
    at += length;
    return start;
  }

  const unsigned = (width: 1 | 2 | 4): number => {
    const start = take(width);
    return width === 1 ? bytes[start] : width === 2 ? view.getUint16(start) : view.getUint32(start);
  };

  function whole(wide: bigint): number {
    const number = Number(wide);
    if (!Number.isSafeInteger(number)) throw wrong("a number beyond 53 bits");
    return number;
  }

  function text(length: number): string {
    const start = take(length);
    try {
      return utf8.decode(bytes.subarray(start, at));
    } catch {
      throw wrong("text that is not UTF-8");
    }
  }

  /** Counts the elements of an array or map before there is any memory for them. */
  function claim(count: number, bytesEach: number): number {
    items += count;
    if (count * bytesEach > bytes.length - at || items > maxItems) throw wrong("too long a list");
    return count;
  }

  function array(length: number, depth: number): Plain[] {
    const list: Plain[] = [];
    for (let left = claim(length, 1); left > 0; left--) list.push(value(depth + 1));
    return list;
  }

  function map(length: number, depth: number): PlainMap {
    const entries = new Map<string, Plain>();
    for (let left = claim(length, 2); left > 0; left--) {
      const key = value(depth + 1);
      if (typeof key !== "string" || key === "__proto__" || entries.has(key)) throw wrong("a bad key");
      entries.set(key, value(depth + 1));
    }
    return Object.fromEntries(entries);
  }

  function value(depth: number): Plain {
    if (depth > maxDepth) throw wrong("too deep a structure");
    const tag = bytes[take(1)];
    if (tag < 0x80) return tag;
    if (tag >= 0xe0) return tag - 0x100;
    if (tag < 0x90) return map(tag & 0x0f, depth);
    if (tag < 0xa0) return array(tag & 0x0f, depth);
    if (tag < 0xc0) return text(tag & 0x1f);
    switch (tag) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xcb:
        return view.getFloat64(take(8));
      case 0xcc:
        return unsigned(1);
      case 0xcd:
        return unsigned(2);
      case 0xce:
        return unsigned(4);
      case 0xcf:
        return whole(view.getBigUint64(take(8)));
      case 0xd0:
        return view.getInt8(take(1));
      case 0xd1:
        return view.getInt16(take(2));
      case 0xd2:
        return view.getInt32(take(4));
      case 0xd3:
        return whole(view.getBigInt64(take(8)));
      case 0xd9:
        return text(unsigned(1));
      case 0xda:
        return text(unsigned(2));
      case 0xdb:
        return text(unsigned(4));
      case 0xdc:
        return array(unsigned(2), depth);
      case 0xdd:
        return array(unsigned(4), depth);
      case 0xde:
        return map(unsigned(2), depth);
      case 0xdf:
        return map(unsigned(4), depth);
      default:
        throw wrong(`a value of the unknown type 0x${tag.toString(16)}`);
    }
  }

  return {
    value: () => value(0),
    list(bytesEach) {
      const tag = bytes[take(1)];
      if (tag >= 0x90 && tag < 0xa0) return claim(tag & 0x0f, bytesEach);
      if (tag !== 0xdc && tag !== 0xdd) throw wrong("no list");
      return claim(unsigned(tag === 0xdc ? 2 : 4), bytesEach);
    },
    count() {
      const number = at < bytes.length && bytes[at] < 0x80 ? bytes[at++] : value(0);
      if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 0) {
        throw wrong("no whole number");
      }
      return number;
    },
    end() {
      if (at !== bytes.length) throw wrong("more than one value");
    },
    wrong,
  };
}
