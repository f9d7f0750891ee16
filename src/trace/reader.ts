import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { crc32 } from "node:zlib";
import { TraplineError, messageOf, type Place } from "../errors.js";
import { Column, decodeBlockHead, decodeColumn, maxBlockHeadBytes, minBlockBytes } from "./block.js";
import type { BlockHead } from "./block.js";
import { corrupt } from "./corrupt.js";
import type { BlockRow, TraceHeader } from "./header.js";
import { checkHeader, checkIndex } from "./header-check.js";
import { decodePlain, type Plain } from "./msgpack.js";
import { decodePrelude, maxHeaderBytes, preludeLength } from "./prelude.js";
import { decodeDictionary } from "./windows/dictionary-block.js";
import { windowsOfEvents } from "./windows/of-events.js";
import type { TraceWindows } from "./windows/trace-windows.js";
import { restoreKinds } from "./windows/once.js";
import { accessKinds } from "./windows/step.js";
import { decodeWindowBlock, minWindowBlockBytes } from "./windows/window-block.js";
import { readWindowIndex, type WindowIndex } from "./windows/window-index.js";
import { countValues } from "./word-check.js";

/**
 * An open trace. Reads are by byte range, so that any number of readers can share a file. Every read checks what
 * it reads and throws TraplineError ("corrupt", with file, block and byte) if it is not as it was written.
 */
export interface Trace {
  readonly path: string;
  readonly header: TraceHeader;
  readonly blocks: readonly BlockRow[];
  /** Length of the file. */
  readonly bytes: number;
  /**
   * The packed words of a block: all that counting needs. Kinds, registers and places are in their tables.
   * Valid until the words of another block are asked for: a replay of many blocks reads them into the same memory.
   */
  words(block: number): Uint32Array;
  /** All columns of a block. */
  columns(block: number): BlockColumns;
  /** What policies can tell apart. A trace of version 1 does not hold it: it is then made of all events, once. */
  windows(): TraceWindows;
  /** Harmless when closed already; a closed trace throws RangeError when read. */
  close(): void;
}

export interface BlockColumns {
  readonly head: BlockHead;
  readonly words: Uint32Array;
  /** Clock units since the event before on the same pCPU; may be negative. */
  readonly times: Int32Array;
  readonly valuesLo: Uint32Array;
  readonly valuesHi: Uint32Array;
}

/** Throws TraplineError: "input" for what is no readable trace, "unsupported" for a later version, "corrupt". */
export function openTrace(path: string): Trace {
  let file: number;
  try {
    // Before it is opened: opening a pipe waits for its writer.
    if (!statSync(path).isFile()) throw new TraplineError("input", "is not a file", { file: path });
    file = openSync(path, "r");
  } catch (error) {
    if (error instanceof TraplineError) throw error;
    throw new TraplineError("input", `cannot be opened: ${messageOf(error)}`, { file: path });
  }
  let open = true;
  const close = (): void => {
    if (open) closeSync(file);
    open = false;
  };

  function readAt(offset: number, length: number, block?: number, into?: Uint8Array): Uint8Array {
    // The number of a closed file may be that of another one by now.
    if (!open) throw new RangeError(`${path} is closed`);
    const place: Place = { file: path, offset, ...(block === undefined ? {} : { block }) };
    // Not cleared: what is not read is not returned. Its own memory, so that columns can be views of it.
    const bytes = into ?? Buffer.allocUnsafeSlow(length);
    let done = 0;
    while (done < length) {
      let got: number;
      try {
        got = readSync(file, bytes, done, length - done, offset + done);
      } catch (error) {
        throw new TraplineError("input", `cannot be read: ${messageOf(error)}`, place);
      }
      if (got === 0) throw corrupt("the trace is cut off", place);
      done += got;
    }
    return bytes;
  }

  function structure(what: string, offset: number, length: number, crc: number, maxItems: number): Plain {
    const bytes = readAt(offset, length);
    const place = { file: path, offset };
    if (crc32(bytes) !== crc) throw corrupt(`the checksum of the ${what} does not hold`, place);
    try {
      return decodePlain(bytes, maxItems);
    } catch (error) {
      throw corrupt(`the ${what} cannot be read: ${messageOf(error)}`, place);
    }
  }

  try {
    const size = fstatSync(file).size;
    const prelude = decodePrelude(readAt(0, Math.min(preludeLength, size)), size, path);
    const { headerOffset, headerLength, headerCrc, indexOffset, indexLength, indexCrc } = prelude;
    const header = checkHeader(
      structure("header", headerOffset, headerLength, headerCrc, maxHeaderBytes),
      (what) => corrupt(what, { file: path, offset: headerOffset }),
    );
    const wrongIndex = (what: string, block?: number): TraplineError =>
      corrupt(what, { file: path, offset: indexOffset, ...(block === undefined ? {} : { block }) });
    const index = structure(
      "index",
      indexOffset,
      indexLength,
      indexCrc,
      mostIndexItems(headerOffset, header),
    );
    const { rows, windowIndex } = splitIndex(prelude.version, index, header, wrongIndex);
    const others = windowIndex === undefined ? [] : [...windowIndex.blocks, ...windowIndex.dictionaries];
    const width = prelude.version === 1 ? 3 : 4;
    const blocks = checkIndex(rows, preludeLength, headerOffset, header.events, wrongIndex, others, width);
    /** CRC of the words of each block that were held against the tables: once is enough. */
    const heldAgainst: number[] = [];

    /** What `words` reads into: fresh memory for each block would cost more than the reading. */
    let reused = Buffer.allocUnsafeSlow(0);
    const memory = (length: number): Uint8Array => {
      if (reused.length < length) reused = Buffer.allocUnsafeSlow(length);
      return reused.subarray(0, length);
    };

    function headOf(block: number, reuse = false): { head: BlockHead; start: Uint8Array } {
      const row = blocks[block];
      if (row === undefined) throw new RangeError(`${path} has no block ${block}`);
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
      const offset = blocks[block].offset + from;
      const bytes =
        from + stored <= start.length ? start.subarray(from, from + stored) : readAt(offset, stored, block);
      return decodeColumn(bytes, head.columns[column], { file: path, block, offset });
    }

    function wordsOf(block: number, head: BlockHead, start: Uint8Array): Uint32Array {
      const words = columnOf(block, head, start, Column.words);
      const { crc } = head.columns[Column.words];
      if (heldAgainst[block] !== crc) {
        const values = countValues(words, header.registers.length, header.places.length / 2);
        const place = { file: path, block, offset: blocks[block].offset + head.bytes };
        if (values < 0) throw corrupt("an event has a kind, register or place that there is not", place);
        if (values !== head.values) throw corrupt("events and values differ in number", place);
        heldAgainst[block] = crc;
      }
      return words;
    }

    function storedWindows({ blocks: held, dictionaries, once }: WindowIndex): TraceWindows {
      let memory16 = Buffer.allocUnsafeSlow(0);
      return {
        once,
        blocks: held,
        dictionaries: dictionaries.map(({ offset, bytes, crc }, segmentation) => {
          const place = { file: path, offset };
          const read = readAt(offset, bytes);
          return decodeDictionary(read, { segmentation, crc }, header.registers.length, place);
        }),
        read(block) {
          const { offset, bytes, segmentation, windows, literals, crc } = held[block];
          if (memory16.length < bytes) memory16 = Buffer.allocUnsafeSlow(bytes);
          const read = readAt(offset, bytes, undefined, memory16.subarray(0, bytes));
          const { chunks, crc: own } = decodeWindowBlock(read, header.vcpus.length, { file: path, offset });
          const counted = chunks.counts.reduce((sum, each) => sum + each, 0);
          const same =
            own === crc &&
            chunks.segmentation === segmentation &&
            chunks.literals === literals &&
            counted === windows;
          if (!same) {
            throw corrupt("a block of windows and the index differ", { file: path, offset });
          }
          return chunks;
        },
      };
    }
    let windows: TraceWindows | undefined;

    const trace: Trace = {
      path,
      header,
      blocks,
      bytes: size,
      windows() {
        windows ??= windowIndex === undefined ? windowsOfEvents(trace) : storedWindows(windowIndex);
        return windows;
      },
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
      close,
    };
    return trace;
  } catch (error) {
    close();
    throw error;
  }
}

/** No more rows than what they tell of has room for: rows of windows are the longest, with a list around each. */
function mostIndexItems(end: number, { registers, vcpus }: TraceHeader): number {
  const blocks = Math.floor((end - preludeLength) / Math.min(minBlockBytes, minWindowBlockBytes));
  return 16 + 5 * blocks + 5 * vcpus.length * (restoreKinds.length + accessKinds.length * registers.length);
}

/** The rows of blocks of events, and since version 2 what is said of windows. */
function splitIndex(
  version: number,
  index: Plain,
  header: TraceHeader,
  fail: (what: string) => Error,
): { readonly rows: unknown; readonly windowIndex: WindowIndex | undefined } {
  if (version === 1) return { rows: index, windowIndex: undefined };
  if (!Array.isArray(index) || index.length !== 5) throw fail("the index is not as one is written");
  const [rows, ...lists] = index as readonly unknown[];
  return { rows, windowIndex: readWindowIndex(lists, header, fail) };
}
