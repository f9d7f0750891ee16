import { crc32 } from "node:zlib";
import { messageOf, type TraplineError } from "../errors.js";
import { minBlockBytes } from "./block.js";
import { createBlockReader, type BlockColumns } from "./block-reader.js";
import { corrupt } from "./corrupt.js";
import type { BlockRow, TraceHeader } from "./header.js";
import { checkHeader, checkIndex } from "./header-check.js";
import { othersOf, readIndex } from "./index-lists.js";
import { accessKinds } from "./kinds.js";
import { decodePlain } from "./msgpack.js";
import { decodePrelude, maxHeaderBytes, preludeLength } from "./prelude.js";
import { openRanges } from "./ranges.js";
import type { Table } from "./table.js";
import { decodeDictionary } from "./windows/dictionary-block.js";
import { windowsOfEvents } from "./windows/of-events.js";
import type { Dictionary } from "./windows/dictionary.js";
import type { TraceWindows } from "./windows/trace-windows.js";
import { restoreKinds } from "./windows/once.js";
import { decodeWindowBlock, minWindowBlockBytes } from "./windows/window-block.js";
import { windowIndexOf, type WindowIndex } from "./windows/window-index.js";

/**
 * An open trace. Reads are by byte range, so that any number of readers can share a file. Every read checks what
 * it reads and throws TraplineError ("corrupt", with file, block and byte) if it is not as it was written.
 */
export interface Trace {
  readonly path: string;
  readonly header: TraceHeader;
  readonly blocks: Table<BlockRow>;
  /** Length of the file. */
  readonly bytes: number;
  /** Of its format. */
  readonly version: number;
  /** Blocks of windows that the file holds; 0 in version 1. */
  readonly windowBlocks: number;
  /** Where windows and dictionaries are; undefined in version 1. */
  readonly windowIndex: WindowIndex | undefined;
  /**
   * The packed words of a block: all that counting needs. Kinds, registers and places are in their tables.
   * Valid until the words of another block are asked for: a replay of many blocks reads them into the same memory.
   */
  words(block: number): Uint32Array;
  /** All columns of a block. */
  columns(block: number): BlockColumns;
  /** What policies can tell apart. A trace of version 1 does not hold it: it is then made of all events, once. */
  windows(): TraceWindows;
  /** Reads and checks the dictionary of a segmentation, of version 2. */
  readDictionary(segmentation: number): Dictionary;
  /** Harmless when closed already; a closed trace throws RangeError when read. */
  close(): void;
}

/** Throws TraplineError: "input" for what is no readable trace, "unsupported" for a later version, "corrupt". */
export function openTrace(path: string): Trace {
  const { size, readAt, close } = openRanges(path);

  function structure<T>(
    what: string,
    offset: number,
    length: number,
    crc: number,
    decode: (bytes: Uint8Array) => T,
  ): T {
    const bytes = readAt(offset, length);
    const place = { file: path, offset };
    if (crc32(bytes) !== crc) throw corrupt(`the checksum of the ${what} does not hold`, place);
    try {
      return decode(bytes);
    } catch (error) {
      throw corrupt(`the ${what} cannot be read: ${messageOf(error)}`, place);
    }
  }

  try {
    const prelude = decodePrelude(readAt(0, Math.min(preludeLength, size)), size, path);
    const { headerOffset, headerLength, headerCrc, indexOffset, indexLength, indexCrc } = prelude;
    const header = checkHeader(
      structure("header", headerOffset, headerLength, headerCrc, (bytes) =>
        decodePlain(bytes, maxHeaderBytes),
      ),
      (what) => corrupt(what, { file: path, offset: headerOffset }),
    );
    const wrongIndex = (what: string, block?: number): TraplineError =>
      corrupt(what, { file: path, offset: indexOffset, ...(block === undefined ? {} : { block }) });
    const index = structure("index", indexOffset, indexLength, indexCrc, (bytes) =>
      readIndex(bytes, prelude.version, mostIndexItems(headerOffset, header)),
    );
    const windowIndex =
      index.windows === undefined ? undefined : windowIndexOf(index.windows, header, wrongIndex);
    const others = othersOf(index);
    const blocks = checkIndex(index.rows, preludeLength, headerOffset, header.events, wrongIndex, others);
    function readDictionary(segmentation: number): Dictionary {
      const row = windowIndex?.dictionaries[segmentation];
      if (row === undefined) throw new RangeError(`${path} has no dictionary ${segmentation}`);
      const { offset, bytes, crc } = row;
      const read = readAt(offset, bytes);
      return decodeDictionary(read, { segmentation, crc }, header.registers.length, { file: path, offset });
    }

    function storedWindows({ blocks: held, dictionaries, once }: WindowIndex): TraceWindows {
      let memory16: Uint8Array = new Uint8Array(0);
      return {
        once,
        blocks: held,
        dictionaries: dictionaries.map((_, segmentation) => readDictionary(segmentation)),
        read(block) {
          const { offset, bytes, segmentation, windows, literals, crc } = held.row(block);
          if (memory16.length < bytes) memory16 = new Uint8Array(new SharedArrayBuffer(bytes));
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
      version: prelude.version,
      windowBlocks: windowIndex?.blocks.length ?? 0,
      windowIndex,
      readDictionary,
      windows() {
        windows ??= windowIndex === undefined ? windowsOfEvents(trace) : storedWindows(windowIndex);
        return windows;
      },
      ...createBlockReader(path, header, blocks, readAt),
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
  return 16 + 5 * blocks + 5 * vcpus.length * (restoreKinds.length + accessKinds.size * registers.length);
}
