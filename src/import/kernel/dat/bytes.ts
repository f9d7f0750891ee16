import { readSync } from "node:fs";
import { TraplineError } from "../../../errors.js";
import { systemError } from "../../../system-error.js";
import type { OpenFile } from "../../input/source.js";

/** Bytes that can be read anywhere: a file, or a section of it that was decompressed. */
export interface Bytes {
  readonly size: number;
  /** For messages about what is in them. */
  readonly name: string;
  /**
   * They stay as they are: a later read does not overwrite them.
   * @throws TraplineError "input" for a range that does not lie within, before any memory is taken for it
   */
  read(offset: number, length: number): Uint8Array;
  /** An error about what stands at an offset. */
  damaged(what: string, offset: number): TraplineError;
}

/** Small reads share one of this size: tables are read number by number. */
const ahead = 1 << 16;

/** A file, read where it is asked for. */
export function fileBytes({ descriptor, name, size }: OpenFile): Bytes {
  let held: Uint8Array = new Uint8Array(0);
  let heldAt = 0;
  const damaged = (what: string, offset: number): TraplineError =>
    new TraplineError("input", what, { file: name, offset }, "Copy or record the file again");

  function load(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let have = 0;
    while (have < length) {
      let count: number;
      try {
        count = readSync(descriptor, bytes, have, length - have, offset + have);
      } catch (error) {
        throw systemError(error, name);
      }
      if (count === 0) throw damaged("the file became shorter while it was read", offset + have);
      have += count;
    }
    return bytes;
  }

  return {
    size,
    name,
    damaged,
    read(offset, length) {
      checkRange(size, offset, length, damaged);
      if (offset >= heldAt && offset + length <= heldAt + held.length) {
        return held.subarray(offset - heldAt, offset - heldAt + length);
      }
      if (length >= ahead) return load(offset, length);
      held = load(offset, Math.min(ahead, size - offset));
      heldAt = offset;
      return held.subarray(0, length);
    },
  };
}

/** A section's content; its place in the file is all that a message can name. */
export function memoryBytes(content: Uint8Array, file: Bytes, at: number): Bytes {
  const damaged = (what: string): TraplineError => file.damaged(`${what}, in the section`, at);
  return {
    size: content.length,
    name: file.name,
    damaged,
    read(offset, length) {
      checkRange(content.length, offset, length, damaged);
      return content.subarray(offset, offset + length);
    },
  };
}

function checkRange(size: number, offset: number, length: number, damaged: Bytes["damaged"]): void {
  if (offset >= 0 && length >= 0 && offset <= size && length <= size - offset) return;
  throw damaged(
    `it is cut off or damaged: ${length} bytes are said to be at ${offset}, and there are ${size} in all`,
    Math.min(offset, size),
  );
}
