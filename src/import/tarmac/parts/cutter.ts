import { longestLine } from "../complaints.js";
import { Field, Rest, type Slot } from "./slot.js";

/** Cuts a text that comes in pieces into parts that begin and end with lines. */
export interface Cutter {
  /** Adds bytes of the piece from `at` to the part; returns where it stopped because the part is full. */
  add(piece: Uint8Array, at: number): number;
  /** Ends a full part, and begins the next with what it left. */
  next(slot: Slot): void;
  /** Ends the last part. */
  end(): void;
}

const newline = 0x0a;

export function createCutter(first: Slot): Cutter {
  let slot = first;
  let filled = 0;
  /** Behind the last whole line. */
  let end = 0;
  /** Bytes of a line that is longer than any, 0 while there is none; the slot has only its beginning. */
  let long = 0;
  let full = false;

  function finish(rest: number, restLength: number, last: boolean): void {
    const { head, sizes } = slot;
    head[Field.start] = 0;
    head[Field.end] = end;
    head[Field.restEnd] = end + Math.min(restLength, longestLine);
    head[Field.rest] = rest;
    head[Field.last] = last ? 1 : 0;
    sizes[0] = restLength;
  }

  function addLong(piece: Uint8Array, at: number): number {
    const found = piece.indexOf(newline, at);
    const to = found < 0 ? piece.length : found + 1;
    long += to - at;
    if (found >= 0) {
      finish(Rest.long, long, false);
      filled = end;
      full = true;
    }
    return to;
  }

  function copy(piece: Uint8Array, at: number, to: number): number {
    slot.text.bytes.set(piece.subarray(at, to), filled);
    filled += to - at;
    return to;
  }

  return {
    add(piece, at) {
      while (at < piece.length && !full) {
        if (long > 0) {
          at = addLong(piece, at);
          continue;
        }
        const { partBytes } = slot;
        if (filled < partBytes) at = copy(piece, at, Math.min(piece.length, at + partBytes - filled));
        if (filled < partBytes) continue;
        end = slot.text.bytes.lastIndexOf(newline, filled - 1) + 1;
        if (end === 0 && at < piece.length && filled <= longestLine) {
          // Not even one line yet: on to its end.
          const found = piece.indexOf(newline, at);
          const to = found < 0 ? piece.length : found + 1;
          at = copy(piece, at, Math.min(to, at + longestLine + 1 - filled));
          if (slot.text.bytes[filled - 1] === newline) end = filled;
        }
        if (filled - end > longestLine) {
          long = filled - end;
        } else if (end > 0) {
          finish(Rest.none, 0, false);
          full = true;
        }
      }
      return at;
    },
    next(following) {
      following.text.bytes.set(slot.text.bytes.subarray(end, filled));
      filled -= end;
      slot = following;
      end = 0;
      long = 0;
      full = false;
    },
    end() {
      if (full && long > 0) {
        // Its line end was the text's last byte.
        slot.head[Field.last] = 1;
        return;
      }
      if (long === 0) end = filled === 0 ? 0 : slot.text.bytes.lastIndexOf(newline, filled - 1) + 1;
      const length = long === 0 ? filled - end : long;
      finish(length > 0 ? Rest.cut : Rest.none, length, true);
    },
  };
}
