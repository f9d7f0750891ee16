import type { TraceWriter } from "../trace/writer.js";

/** Events of one window of one vCPU in the order of their times, to be written bit by bit. */
export interface EventBuffer {
  push(kind: number, register: number, time: number, hasValue: boolean, lo: number, hi: number): void;
  /** An event without register and value. */
  point(kind: number, time: number): void;
  /** Time of the first event that is not written; Infinity where none is left. */
  next(): number;
  /** Events in it, written or not. */
  length(): number;
  /** Time of the last event. */
  end(): number;
  /** Writes events up to the first one at `before` or later, and returns their number. */
  write(writer: TraceWriter, place: number, before: number): number;
  /** Empties it and gives it back. */
  free(): void;
}

export function createBuffer(giveBack: (buffer: EventBuffer) => void): EventBuffer {
  const kinds: number[] = [];
  const registers: number[] = [];
  const times: number[] = [];
  const valued: boolean[] = [];
  const los: number[] = [];
  const his: number[] = [];
  let length = 0;
  let written = 0;
  const buffer: EventBuffer = {
    push(kind, register, time, hasValue, lo, hi) {
      kinds[length] = kind;
      registers[length] = register;
      times[length] = time;
      valued[length] = hasValue;
      los[length] = lo;
      his[length++] = hi;
    },
    point: (kind, time) => buffer.push(kind, 0, time, false, 0, 0),
    next: () => (written < length ? times[written] : Infinity),
    length: () => length,
    end: () => times[length - 1],
    write(writer, place, before) {
      const first = written;
      while (written < length && times[written] < before) {
        const at = written++;
        writer.append(kinds[at], registers[at], place, times[at], valued[at], los[at], his[at]);
      }
      return written - first;
    },
    free() {
      length = 0;
      written = 0;
      giveBack(buffer);
    },
  };
  return buffer;
}
