import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import { unpack } from "msgpackr";
import { TraplineError, messageOf } from "../errors.js";
import { Column, decodeBlockHead, decodeColumn, maxBlockEvents, maxBlockHeadBytes } from "./block.js";
import type { BlockHead } from "./block.js";
import type { BlockRow, TraceHeader } from "./header.js";
import { decodePrelude, preludeLength } from "./prelude.js";

/** An open trace. Reads are by byte range, so that any number of readers can share a file. */
export interface Trace {
  readonly path: string;
  readonly header: TraceHeader;
  readonly blocks: readonly BlockRow[];
  /** Length of the file. */
  readonly bytes: number;
  /** The packed words of a block: all that counting needs. */
  words(block: number): Uint32Array;
  /** All columns of a block. */
  columns(block: number): BlockColumns;
  close(): void;
}

export interface BlockColumns {
  readonly head: BlockHead;
  readonly words: Uint32Array;
  readonly times: Uint32Array;
  readonly valuesLo: Uint32Array;
  readonly valuesHi: Uint32Array;
}

const cutOff = "Import the recording again";

export function openTrace(path: string): Trace {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    throw new TraplineError("input", `cannot be opened: ${messageOf(error)}`, { file: path });
  }

  function readAt(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      let got: number;
      try {
        got = readSync(file, bytes, done, length - done, offset + done);
      } catch (error) {
        throw new TraplineError("input", `cannot be read: ${messageOf(error)}`, { file: path, offset });
      }
      if (got === 0)
        throw new TraplineError("corrupt", "the trace is cut off", { file: path, offset }, cutOff);
      done += got;
    }
    return bytes;
  }

  function structure(what: string, offset: number, length: number, crc: number): unknown {
    const bytes = readAt(offset, length);
    const place = { file: path, offset };
    if (crc32(bytes) !== crc) {
      throw new TraplineError("corrupt", `the checksum of the ${what} does not hold`, place, cutOff);
    }
    try {
      return unpack(bytes);
    } catch (error) {
      throw new TraplineError("corrupt", `the ${what} cannot be read (${messageOf(error)})`, place, cutOff);
    }
  }

  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new TraplineError("input", "is not a file", { file: path });
    const prelude = decodePrelude(readAt(0, Math.min(preludeLength, stat.size)), stat.size, path);
    const header = structure(
      "header",
      prelude.headerOffset,
      prelude.headerLength,
      prelude.headerCrc,
    ) as TraceHeader;
    const rows = structure("index", prelude.indexOffset, prelude.indexLength, prelude.indexCrc) as number[][];
    const blocks = rows.map(([offset, bytes, events]): BlockRow => ({ offset, bytes, events }));
    checkIndex(blocks, prelude.headerOffset, header.events, path);

    const headOf = (block: number): { head: BlockHead; start: Uint8Array } => {
      const row = blocks[block];
      // One read brings the head and, words being first, the column that every replay wants.
      const likely = Math.min(row.bytes, 4 * row.events + 512);
      let start = readAt(row.offset, likely);
      const place = { file: path, block, offset: row.offset };
      const pcpus = start.length >= 16 ? new DataView(start.buffer, start.byteOffset).getUint32(12, true) : 0;
      const needed = Math.min(maxBlockHeadBytes, row.bytes, 4 * (21 + 3 * pcpus));
      if (start.length < needed) start = readAt(row.offset, needed);
      const head = decodeBlockHead(start, row.bytes, place);
      if (head.events !== row.events)
        throw new TraplineError("corrupt", "block and index differ", place, cutOff);
      return { head, start };
    };

    const columnOf = (block: number, head: BlockHead, start: Uint8Array, column: number): Uint32Array => {
      const row = blocks[block];
      const from = head.columns.slice(0, column).reduce((sum, { stored }) => sum + stored, head.bytes);
      const { stored } = head.columns[column];
      const bytes =
        from + stored <= start.length
          ? start.subarray(from, from + stored)
          : readAt(row.offset + from, stored);
      return decodeColumn(bytes, head.columns[column], { file: path, block, offset: row.offset + from });
    };

    return {
      path,
      header,
      blocks,
      bytes: stat.size,
      words(block) {
        const { head, start } = headOf(block);
        return columnOf(block, head, start, Column.words);
      },
      columns(block) {
        const { head, start } = headOf(block);
        const column = (at: number): Uint32Array => columnOf(block, head, start, at);
        return {
          head,
          words: column(Column.words),
          times: column(Column.time),
          valuesLo: column(Column.valueLo),
          valuesHi: column(Column.valueHi),
        };
      },
      close: () => closeSync(file),
    };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** Blocks lie one after the other and hold all events: what an index says is held against the file first. */
function checkIndex(blocks: readonly BlockRow[], end: number, events: number, file: string): void {
  let offset = preludeLength;
  let total = 0;
  for (const [block, row] of blocks.entries()) {
    if (row.offset !== offset || row.bytes <= 0 || row.events <= 0 || row.events > maxBlockEvents) {
      throw new TraplineError("corrupt", "the index is wrong about a block", { file, block }, cutOff);
    }
    offset += row.bytes;
    total += row.events;
  }
  if (offset !== end || total !== events) {
    throw new TraplineError("corrupt", "the index does not cover the trace", { file }, cutOff);
  }
}
