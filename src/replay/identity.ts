import { closeSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import { TraplineError } from "../errors.js";
import { systemError } from "../system-error.js";
import { minBlockBytes } from "../trace/block.js";
import { localFile } from "../trace/copies.js";
import { preludeLength } from "../trace/prelude.js";
import { openTrace } from "../trace/reader.js";

/**
 * Changes with a trace's content: the prelude holds the checksums of header and index and the file's length, the
 * index those of the blocks' heads, and these those of their columns. In version 1 the index does not, and the heads
 * are read. A few reads, where the whole file may be gigabytes.
 */
export function traceIdentity(path: string): string {
  const trace = openTrace(path);
  trace.close();
  const old = trace.version === 1 ? trace.blocks : [];
  try {
    const file = openSync(localFile(path), "r");
    try {
      const prelude = new Uint8Array(preludeLength);
      readSync(file, prelude, 0, prelude.length, 0);
      const head = new Uint8Array(minBlockBytes);
      // Without its own CRC at the end: over both it would be the same for every prelude.
      let crc = crc32(prelude.subarray(0, preludeLength - 4));
      for (const { offset } of old) {
        readSync(file, head, 0, head.length, offset);
        crc = crc32(head, crc);
      }
      return `${trace.bytes}-${crc.toString(16).padStart(8, "0")}`;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw systemError(error, path);
  }
}

/** Refuses a trace that is not the one that was planned. */
export function checkIdentity(path: string, identity: string): void {
  if (traceIdentity(path) === identity) return;
  throw new TraplineError("input", "has changed since the replay was planned", { file: path }, "Start again");
}
