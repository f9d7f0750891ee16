import { Column, decodeBlockHead, decodeColumn, maxBlockHeadBytes, minBlockBytes } from "./block.js";
import type { BlockHead } from "./block.js";
import { corrupt } from "./corrupt.js";
import type { BlockRow, TraceHeader } from "./header.js";
import type { Table } from "./table.js";
import { countValues } from "./word-check.js";

export interface BlockColumns {
  readonly head: BlockHead;
  readonly words: Uint32Array;
  /** Clock units since the event before on the same pCPU; may be negative. */
  readonly times: Int32Array;
  readonly valuesLo: Uint32Array;
  readonly valuesHi: Uint32Array;
}

/** Reads and checks blocks of events; see `Trace`. */
export interface BlockReader {
  words(block: number): Uint32Array;
  columns(block: number): BlockColumns;
}

/** Bytes of a file from `offset`; `into` is memory for them, and `block` for messages. */
export type ReadAt = (offset: number, length: number, block?: number, into?: Uint8Array) => Uint8Array;

/** @param path - For messages. */
export function createBlockReader(
  path: string,
  header: Pick<TraceHeader, "pcpus" | "registers" | "places">,
  blocks: Table<BlockRow>,
  readAt: ReadAt,
): BlockReader {
  /** CRC of the words of each block that were held against the tables: once is enough. */
  const heldAgainst: number[] = [];

  /** What `words` reads into: fresh memory for each block would cost more than the reading. */
  let reused = Buffer.allocUnsafeSlow(0);
  const memory = (length: number): Uint8Array => {
    if (reused.length < length) reused = Buffer.allocUnsafeSlow(length);
    return reused.subarray(0, length);
  };

  function headOf(block: number, reuse = false): { head: BlockHead; start: Uint8Array } {
    const row = blocks.row(block);
    // One read brings the head and, words being first, the column that every replay wants.
    const likely = Math.min(row.bytes, 4 * row.events + 512);
    let start = readAt(row.offset, likely, block, reuse ? memory(likely) : undefined);
    const place = { file: path, block, offset: row.offset };
    const pcpus = new DataView(start.buffer).getUint32(12, true);
    const needed = Math.min(maxBlockHeadBytes, row.bytes, minBlockBytes + 12 * pcpus);
    if (start.length < needed) start = readAt(row.offset, needed, block);
    const head = decodeBlockHead(start, row.bytes, place);
    if (head.events !== row.events || (row.crc ?? head.crc) !== head.crc)
      throw corrupt("the block and the index differ", place);
    const based = new Set(head.bases.map(({ pcpu }) => pcpu));
    if (based.size !== head.bases.length || head.bases.some(({ pcpu }) => pcpu >= header.pcpus.length)) {
      throw corrupt("the block has a pCPU twice, or one too many", place);
    }
    return { head, start };
  }

  function columnOf(block: number, head: BlockHead, start: Uint8Array, column: number): Uint32Array {
    const from = head.columns.slice(0, column).reduce((sum, { stored }) => sum + stored, head.bytes);
    const { stored } = head.columns[column];
    const offset = blocks.row(block).offset + from;
    const bytes =
      from + stored <= start.length ? start.subarray(from, from + stored) : readAt(offset, stored, block);
    return decodeColumn(bytes, head.columns[column], { file: path, block, offset });
  }

  function wordsOf(block: number, head: BlockHead, start: Uint8Array): Uint32Array {
    const words = columnOf(block, head, start, Column.words);
    const { crc } = head.columns[Column.words];
    if (heldAgainst[block] !== crc) {
      const values = countValues(words, header.registers.length, header.places.length / 2);
      const place = { file: path, block, offset: blocks.row(block).offset + head.bytes };
      if (values < 0) throw corrupt("an event has a kind, register or place that there is not", place);
      if (values !== head.values) throw corrupt("events and values differ in number", place);
      heldAgainst[block] = crc;
    }
    return words;
  }

  return {
    words(block) {
      const { head, start } = headOf(block, true);
      return wordsOf(block, head, start);
    },
    columns(block) {
      const { head, start } = headOf(block);
      const column = (at: number): Uint32Array => columnOf(block, head, start, at);
      const times = column(Column.time);
      return {
        head,
        words: wordsOf(block, head, start),
        times: new Int32Array(times.buffer, times.byteOffset, times.length),
        valuesLo: column(Column.valueLo),
        valuesHi: column(Column.valueHi),
      };
    },
  };
}
