import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";
import { messageOf, type Place } from "../errors.js";
import { corrupt } from "./corrupt.js";

/**
 * A block: a head of 32-bit little-endian words, then four columns.
 *
 *     0  magic "TBLK"          3  number of pCPUs with a base time (k)
 *     1  events (n)            4  4 columns x (encoding, stored bytes, raw bytes, CRC-32 of the stored bytes)
 *     2  values (m)           20  k x (pCPU index, low and high half of its base time)
 *                        20 + 3k  CRC-32 of all words before
 *
 * Columns: words (n x u32, see `word.ts`), time (n x i32: clock units since the pCPU's event before; 0 for its
 * first in the block, whose time is the base), and the values of the m events that have one, low halves and
 * high halves (m x u32 each). Steps are signed because importers learn late what an access was for: what they
 * held back comes a little out of time, some thousand times in a recording.
 */
export interface BlockHead {
  readonly events: number;
  readonly values: number;
  readonly columns: readonly ColumnHead[];
  readonly bases: readonly BaseTime[];
  /** Bytes of the head itself, and the CRC-32 at its end. */
  readonly bytes: number;
  readonly crc: number;
}

export interface ColumnHead {
  readonly encoding: number;
  readonly stored: number;
  readonly raw: number;
  readonly crc: number;
}

export interface BaseTime {
  readonly pcpu: number;
  readonly time: number;
}

export const Column = { words: 0, time: 1, valueLo: 2, valueHi: 3 } as const;
const columnCount = 4;

const Encoding = { raw: 0, deflate: 1 } as const;
const magic = 0x4b4c4254; // "TBLK"
const fixedWords = 4 + 4 * columnCount;
const two32 = 2 ** 32;

/** No honest block is larger; a writer cuts at a sixteenth of it. Checked before anything is allocated. */
export const maxBlockEvents = 1 << 20;
const maxBlockPcpus = 1 << 16;
export const maxBlockHeadBytes = 4 * (fixedWords + 3 * maxBlockPcpus + 1);
export const minBlockBytes = 4 * (fixedWords + 1);

/** What fits the time column. */
export const isStep = (delta: number): boolean => (delta | 0) === delta;

/** Level 1 to 9 of zlib; 0 stores columns as they are. Words stay raw: a replay reads nothing else. */
export function encodeBlock(
  columns: readonly (Uint32Array | Int32Array)[],
  bases: readonly BaseTime[],
  level: number,
): Uint8Array[] {
  const events = columns[Column.words].length;
  const values = columns[Column.valueLo].length;
  const head = new Uint32Array(fixedWords + 3 * bases.length + 1);
  head.set([magic, events, values, bases.length]);
  const payload: Uint8Array[] = [];
  columns.forEach((column, at) => {
    const raw = new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
    const asIs = level === 0 || at === Column.words || raw.length === 0;
    const packed = asIs ? raw : deflateRawSync(raw, { level });
    const encoding = packed.length < raw.length ? Encoding.deflate : Encoding.raw;
    const stored = encoding === Encoding.deflate ? packed : raw;
    head.set([encoding, stored.length, raw.length, crc32(stored)], 4 + 4 * at);
    payload.push(stored);
  });
  bases.forEach(({ pcpu, time }, at) => {
    head.set([pcpu, time % two32, Math.floor(time / two32)], fixedWords + 3 * at);
  });
  const headBytes = new Uint8Array(head.buffer);
  head[head.length - 1] = crc32(headBytes.subarray(0, headBytes.length - 4));
  return [headBytes, ...payload];
}

/** The CRC-32 at the end of a head. */
export const lastWord = (head: Uint8Array): number =>
  new DataView(head.buffer, head.byteOffset, head.length).getUint32(head.length - 4, true);

/** Reads a block's head from the block's first bytes. `block` is its length by the index, in bytes. */
export function decodeBlockHead(bytes: Uint8Array, block: number, place: Place): BlockHead {
  if (bytes.length < minBlockBytes) throw corrupt("the block is cut off", place);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (at: number): number => view.getUint32(4 * at, true);
  if (word(0) !== magic) throw corrupt("there is no block here", place);
  const [events, values, pcpus] = [word(1), word(2), word(3)];
  const headWords = fixedWords + 3 * pcpus + 1;
  if (pcpus > maxBlockPcpus || 4 * headWords > bytes.length)
    throw corrupt("the block's head does not fit in it", place);
  if (crc32(bytes.subarray(0, 4 * (headWords - 1))) !== word(headWords - 1)) {
    throw corrupt("the checksum of the block's head does not hold", place);
  }
  const columns = Array.from({ length: columnCount }, (_, at): ColumnHead => {
    const [encoding, stored, raw, crc] = [0, 1, 2, 3].map((part) => word(4 + 4 * at + part));
    return { encoding, stored, raw, crc };
  });
  const total = columns.reduce((sum, column) => sum + column.stored, 4 * headWords);
  const sizesHold = columns.every(
    (column, at) => column.raw === 4 * (at < Column.valueLo ? events : values) && column.encoding <= 1,
  );
  if (events > maxBlockEvents || values > events || total !== block || !sizesHold) {
    throw corrupt("the sizes in the block's head contradict each other", place);
  }
  const bases = Array.from({ length: pcpus }, (_, at): BaseTime => {
    const [pcpu, lo, hi] = [0, 1, 2].map((part) => word(fixedWords + 3 * at + part));
    const time = lo + hi * two32;
    if (!Number.isSafeInteger(time)) throw corrupt("a time in the block's head has more than 53 bits", place);
    return { pcpu, time };
  });
  return { events, values, columns, bases, bytes: 4 * headWords, crc: word(headWords - 1) };
}

/** Checks and unpacks one column into whole words, copying only where alignment asks for it. */
export function decodeColumn(stored: Uint8Array, head: ColumnHead, place: Place): Uint32Array {
  if (stored.length !== head.stored || crc32(stored) !== head.crc) {
    throw corrupt("the checksum of a column does not hold", place);
  }
  let raw = stored;
  if (head.encoding === Encoding.deflate) {
    try {
      raw = inflateRawSync(stored, { maxOutputLength: Math.max(head.raw, 1) });
    } catch (error) {
      throw corrupt(`a column does not unpack (${messageOf(error)})`, place);
    }
  }
  if (raw.length !== head.raw) throw corrupt("a column has the wrong length", place);
  // Not slice: of a Buffer that is a view.
  if (raw.byteOffset % 4 !== 0) raw = Uint8Array.from(raw);
  return new Uint32Array(raw.buffer, raw.byteOffset, raw.length / 4);
}
