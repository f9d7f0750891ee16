import { type Bytes, memoryBytes } from "./bytes.js";
import { createCursor, type Cursor } from "./cursor.js";
import type { Decompress } from "./decompress.js";

/** Ids of version 7's sections (trace-cmd.dat.v7(5)); an option of the same number says where each begins. */
export const Section = {
  options: 0,
  buffer: 3,
  headerInfo: 16,
  ftraceFormats: 17,
  eventFormats: 18,
  commands: 21,
  bufferText: 22,
} as const;

const compressedFlag = 1;

export interface SectionHead {
  readonly id: number;
  readonly compressed: boolean;
  /** Where its content begins in the file. */
  readonly at: number;
}

/** @throws TraplineError "input" when another section stands there */
export function readSectionHead(file: Bytes, at: number, little: boolean, id: number): SectionHead {
  const cursor = createCursor(file, at, little);
  const found = cursor.u16();
  const flags = cursor.u16();
  cursor.u32(); // its description, for people
  cursor.u64(); // its size, which the reading of its content does not need
  if (found !== id) throw file.damaged(`section ${found} stands where section ${id} is said to be`, at);
  return { id, compressed: (flags & compressedFlag) !== 0, at: cursor.at };
}

/** A section's content from its beginning; where it ends, its own numbers tell. */
export function openSection(
  file: Bytes,
  at: number,
  little: boolean,
  id: number,
  decompress: Decompress,
): Cursor {
  const head = readSectionHead(file, at, little, id);
  const cursor = createCursor(file, head.at, little);
  if (!head.compressed) return cursor;
  const packed = cursor.u32();
  const size = cursor.u32();
  const content = decompress(cursor.bytes(packed), size, at);
  return createCursor(memoryBytes(content, file, at), 0, little);
}
