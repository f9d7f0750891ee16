import { longestLine } from "../complaints.js";
import { textOf, type Text } from "../text.js";

/**
 * Memory that threads share while they read one text. A part of the text lies in a slot, with the records that were
 * made of it; parts are numbered, and part `n` is in slot `n % slots`.
 */
export interface Shared {
  /** Bytes of the text that a part has the beginnings of lines of. */
  readonly partBytes: number;
  readonly control: SharedArrayBuffer;
  readonly slots: readonly SharedArrayBuffer[];
}

const headBytes = 128;

/** What is at the end of a part, behind its whole lines. */
export const Rest = {
  none: 0,
  /** A line longer than any, of which the slot has only the beginning. */
  long: 1,
  /** A line that the text ends in. */
  cut: 2,
} as const;

/** Words of a slot's head. */
export const Field = {
  /** One more than the number of the part that is ready; 0 for none. */
  ready: 0,
  /** Where whole lines start and end in the slot's text, and where the bytes of the rest end. */
  start: 1,
  end: 2,
  restEnd: 3,
  rest: 4,
  /** The text ends with this part. */
  last: 5,
  /** Lines from here to there are in the records; those before and behind are not. */
  recordedFrom: 6,
  recordedTo: 7,
  /** Words of records; bytes of text behind them: the kinds of lines that were passed over. */
  words: 8,
  passedOver: 9,
  lines: 10,
  ordinary: 11,
  system: 12,
  /** Bits of `seen`. */
  seen: 13,
  /** Of the last line. */
  lastCpu: 14,
  inMemory: 15,
} as const;

export interface Slot {
  readonly partBytes: number;
  readonly head: Int32Array;
  /** Length of the rest in bytes, its line end included where it has one; and the time of the last line. */
  readonly sizes: Float64Array;
  readonly text: Text;
  readonly records: Int32Array;
}

/** Words of the control block. */
export const Control = {
  /** The number of the next part that nobody works on. */
  next: 0,
  /** Parts below this number may be worked on. */
  limit: 1,
  /** Changes when there may be more to do. */
  wake: 2,
  closed: 3,
  /** The unit of time, an index in `units`. */
  unit: 4,
} as const;

/** With the byte before it, and the end of its last line. */
const textBytes = (partBytes: number): number => partBytes + longestLine + 64;

/** @param partBytes - A multiple of 8. An ordinary log has half as many bytes of records, for which there is as much. */
export function createShared(slots: number, partBytes: number): Shared {
  const bytes = headBytes + textBytes(partBytes) + partBytes;
  return {
    partBytes,
    control: new SharedArrayBuffer(64),
    slots: Array.from({ length: slots }, () => new SharedArrayBuffer(bytes)),
  };
}

/** The slots of shared memory, for one thread. */
export function viewSlots({ slots, partBytes }: Shared): Slot[] {
  const recordsAt = headBytes + textBytes(partBytes);
  return slots.map((memory) => ({
    partBytes,
    head: new Int32Array(memory, 0, 24),
    sizes: new Float64Array(memory, 96, 2),
    text: textOf(new Uint8Array(memory, headBytes, textBytes(partBytes))),
    records: new Int32Array(memory, recordsAt, partBytes / 4),
  }));
}

/** Takes the next part that may be worked on; -1 if there is none. */
export function claim(control: Int32Array): number {
  for (;;) {
    const part = Atomics.load(control, Control.next);
    if (Atomics.load(control, Control.closed) === 1 || part >= Atomics.load(control, Control.limit))
      return -1;
    if (Atomics.compareExchange(control, Control.next, part, part + 1) === part) return part;
  }
}

/** Tells whoever waits that there may be more to do. */
export function wake(control: Int32Array): void {
  Atomics.add(control, Control.wake, 1);
  Atomics.notify(control, Control.wake);
}
