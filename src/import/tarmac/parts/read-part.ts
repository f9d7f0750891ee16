import { readSync } from "node:fs";
import { systemError } from "../../../system-error.js";
import type { OpenFile } from "../../input/source.js";
import { longestLine } from "../complaints.js";
import { Field, Rest, type Slot } from "./slot.js";

const newline = 0x0a;

/** Reads until the buffer is full or the file ends; returns how many bytes there are. */
function fill({ descriptor, name }: OpenFile, buffer: Uint8Array, position: number): number {
  let length = 0;
  try {
    while (length < buffer.length) {
      const read = readSync(descriptor, buffer, length, buffer.length - length, position + length);
      if (read === 0) break;
      length += read;
    }
  } catch (error) {
    throw systemError(error, name);
  }
  return length;
}

/**
 * Reads part `part` of a file: the lines that begin in its share of the bytes, to their ends. Which lines these are
 * does not depend on other parts.
 * @throws TraplineError "input" when the system cannot read it
 */
export function readPart(file: OpenFile, part: number, slot: Slot): void {
  const { partBytes, head, sizes } = slot;
  const { bytes } = slot.text;
  const before = part === 0 ? 0 : 1;
  const position = part * partBytes - before;
  const share = before + partBytes;
  const buffer = bytes.subarray(0, share + longestLine + 1);
  const length = fill(file, buffer, position);
  const last = length < buffer.length;
  // A line begins in the share if the byte before it is in the share or just before.
  const start = part === 0 ? 0 : lineEnd(buffer, 0, length);
  let end = start;
  let rest: number = Rest.none;
  let restEnd = start;
  let restLength = 0;
  if (start >= 0 && start < Math.min(share, length)) {
    // The lines that begin here end with the first line end from the last byte of the share on.
    end = lineEnd(buffer, share - 1, length);
    restEnd = end;
    if (end < 0) {
      end = buffer.lastIndexOf(newline, length - 1) + 1;
      if (end < start) end = start;
      restEnd = Math.min(length, end + longestLine);
      restLength = length - end;
      if (!last) {
        const more = lengthOfLine(file, position + length);
        rest = more.ends ? Rest.long : Rest.cut;
        restLength += more.length;
      } else if (restLength > 0) {
        rest = Rest.cut;
      }
    }
  } else {
    end = 0;
    restEnd = 0;
  }
  head[Field.start] = end === 0 ? 0 : start;
  head[Field.end] = end;
  head[Field.restEnd] = restEnd;
  head[Field.rest] = rest;
  head[Field.last] = length < share || rest === Rest.cut ? 1 : 0;
  sizes[0] = restLength;
}

/** Behind the first line end from `at`, -1 if there is none before `to`. */
function lineEnd(bytes: Uint8Array, at: number, to: number): number {
  const end = bytes.indexOf(newline, at);
  return end < 0 || end >= to ? -1 : end + 1;
}

/** The length of what is left of a line, its end included, and whether it ends before the file does. */
function lengthOfLine(file: OpenFile, from: number): { readonly length: number; readonly ends: boolean } {
  const buffer = new Uint8Array(1 << 20);
  for (let length = 0; ;) {
    const read = fill(file, buffer, from + length);
    const end = lineEnd(buffer, 0, read);
    if (end >= 0) return { length: length + end, ends: true };
    length += read;
    if (read < buffer.length) return { length, ends: false };
  }
}
