import { createLineClock, type LineClock } from "./clock.js";
import { Complaint, longestLine } from "./complaints.js";
import { createExceptionNames } from "./exception-name.js";
import { readFastLines, type FastLines } from "./fast-line.js";
import { createLineReader, type LineReader } from "./line.js";
import { createPassedOver, type PassedOver } from "./passed-over.js";
import { isFull, putPlace, Type, type Records } from "./records.js";
import { isDigit, skipSpaces, type Text } from "./text.js";
import { warmUp } from "./warm-up.js";

/** Makes records of lines. It needs to know next to nothing of the lines before: see `findTimed`. */
export interface Parser extends Pick<LineReader, "seen" | "last"> {
  readonly clock: LineClock;
  readonly passedOver: PassedOver;
  /** Lines read so far, malformed ones and blank ones too. */
  lines(): number;
  /**
   * Reads whole lines of `text` from `at` until `to`, or until the records are full. Returns where it stopped,
   * behind a line's end.
   */
  read(text: Text, at: number, to: number): number;
  /** A line of `length` bytes of which `bytes` has those from `at` to `end`, cut at the longest line. */
  longLine(bytes: Uint8Array, at: number, end: number, length: number): void;
  /**
   * The first line from `at` that bears a time, `to` if none does: it says all by itself, and so do those behind
   * it. What others mean may depend on lines before them.
   */
  findTimed(bytes: Uint8Array, at: number, to: number): number;
}

export interface ParserOptions {
  /** Every line the general way, to hold the fast one against it. */
  readonly general?: boolean | undefined;
  /** The unit of time, where it is known already. */
  readonly unit?: string;
  /** How many kinds of lines are counted apart. */
  readonly mostKinds?: number;
}

const newline = 0x0a;

export function createParser(records: Records, { general, unit, mostKinds }: ParserOptions = {}): Parser {
  const clock = createLineClock(unit);
  const passedOver = createPassedOver(mostKinds);
  const names = createExceptionNames();
  const reader = createLineReader(records, clock, passedOver, names);
  const fast: FastLines = { records, clock, names, reader, lines: 0 };
  let lines = 0;
  warmUp();

  function line(bytes: Uint8Array, at: number, end: number, length: number): void {
    lines++;
    const number = lines + fast.lines;
    if (length > longestLine) putPlace(records, Type.bad, 0, Complaint.tooLong, number, at, end);
    else if (!reader.read(bytes, at, end, number)) {
      putPlace(records, Type.bad, 0, Complaint.noTarmac, number, at, end);
    }
  }

  return {
    clock,
    passedOver,
    seen: reader.seen,
    last: reader.last,
    lines: () => lines + fast.lines,

    read(text, from, to) {
      const { bytes } = text;
      let at = from;
      while (at < to && !isFull(records)) {
        // The fast way knows one unit; which one it is, the first line tells.
        if (clock.unit() === "clk" && general !== true) at = readFastLines(fast, text, at, to);
        if (isFull(records)) break;
        const end = bytes.indexOf(newline, at);
        if (end < 0 || end >= to) break;
        line(bytes, at, end, end - at);
        at = end + 1;
      }
      return at;
    },

    longLine: line,

    findTimed(bytes, from, to) {
      for (let at = from; at < to;) {
        const end = bytes.indexOf(newline, at);
        if (end < 0 || end >= to) break;
        const time = skipSpaces(bytes, at, end);
        if (isDigit(bytes[time]) && clock.read(bytes, time, end) >= 0) return at;
        at = end + 1;
      }
      return to;
    },
  };
}
