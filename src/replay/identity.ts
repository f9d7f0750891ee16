import { crc32 } from "node:zlib";
import { TraplineError } from "../errors.js";
import { minBlockBytes } from "../trace/block.js";
import { decodePrelude, preludeLength } from "../trace/prelude.js";
import { openRanges } from "../trace/ranges.js";
import { openTrace } from "../trace/reader.js";

/**
 * Changes with a trace's content: the prelude holds the checksums of header and index and the file's length, the
 * index those of the blocks' heads, and these those of their columns. In version 1 the index does not, and the heads
 * are read. One read of a few bytes, where the whole file may be gigabytes.
 */
export function traceIdentity(path: string): string {
  const { size, readAt, close } = openRanges(path);
  try {
    const prelude = readAt(0, Math.min(preludeLength, size));
    const { version } = decodePrelude(prelude, size, path);
    // Without its own CRC at the end: over both it would be the same for every prelude.
    let crc = crc32(prelude.subarray(0, preludeLength - 4));
    for (const offset of version === 1 ? blockOffsets(path) : [])
      crc = crc32(readAt(offset, minBlockBytes), crc);
    return `${size}-${crc.toString(16).padStart(8, "0")}`;
  } finally {
    close();
  }
}

function blockOffsets(path: string): number[] {
  const trace = openTrace(path);
  trace.close();
  return [...trace.blocks].map(({ offset }) => offset);
}

/** Refuses a trace that is not the one that was planned. */
export function checkIdentity(path: string, identity: string): void {
  if (traceIdentity(path) === identity) return;
  throw new TraplineError("input", "has changed since the replay was planned", { file: path }, "Start again");
}
