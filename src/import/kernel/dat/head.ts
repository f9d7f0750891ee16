import { TraplineError } from "../../../errors.js";
import type { Bytes } from "./bytes.js";
import { createCursor, type Cursor } from "./cursor.js";
import { type Compression, isCompression } from "./decompress.js";
import { datMagic } from "./magic.js";

/** What every trace.dat begins with. */
export interface DatHead {
  readonly version: 6 | 7;
  readonly little: boolean;
  /** Bytes of a page of the recorded machine. */
  readonly pageSize: number;
  readonly compression: Compression;
  /** Stands behind the head: at the header information in version 6, at the place of the options in 7. */
  readonly next: Cursor;
}

/** @throws TraplineError "unsupported" for a version or a compression that it does not know */
export function readHead(file: Bytes): DatHead {
  const preamble = createCursor(file, datMagic.length, true);
  const version = preamble.string();
  if (version !== "6" && version !== "7") {
    throw unsupported(
      file,
      `its version is ${shown(version)}, not 6 or 7`,
      "Convert it with trace-cmd convert --file-version 7",
    );
  }
  const order = preamble.u8();
  if (order > 1) throw preamble.damaged(`its byte order is ${order}, not 0 or 1`);
  const little = order === 0;
  const next = createCursor(file, preamble.at, little);
  const long = next.u8();
  if (long !== 4 && long !== 8) throw next.damaged(`a long of ${long} bytes`);
  const pageSize = checkPageSize(next.u32(), next);
  if (version === "6") return { version: 6, little, pageSize, compression: "none", next };
  const compression = next.string();
  next.string(); // the version of the program that compressed it
  if (isCompression(compression)) return { version: 7, little, pageSize, compression, next };
  throw unsupported(
    file,
    `it is compressed with ${shown(compression)}`,
    "Convert it with trace-cmd convert --compression none",
  );
}

/** What the kernel's counter within a page reaches (RB_WRITE_MASK of kernel/trace/ring_buffer.c), and the least. */
const pageMost = 1 << 20;
const pageLeast = 64;

export function checkPageSize(size: number, cursor: Cursor): number {
  if (size >= pageLeast && size <= pageMost && size % 4 === 0) return size;
  throw cursor.damaged(`a page of ${size} bytes`);
}

export function unsupported(file: Bytes, what: string, remedy: string): TraplineError {
  return new TraplineError("unsupported", what, { file: file.name }, remedy);
}

/** Of a damaged file it may be anything, and long. */
const shown = (text: string): string => JSON.stringify(text.slice(0, 20).replace(/[^\x20-\x7e]/g, "?"));
