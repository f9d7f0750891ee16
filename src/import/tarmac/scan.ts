import { TraplineError } from "../../errors.js";
import type { World } from "../machine/world.js";
import { createLineClock } from "./clock.js";
import { createFastLine } from "./fast-line.js";
import { createLineReader } from "./line.js";
import { createPassedOver } from "./passed-over.js";
import { createRetirement } from "./retire.js";
import { toText } from "./text.js";

/** What a reading of lines found out beside the events. */
export interface TarmacSummary {
  readonly dialect: string;
  readonly unit: string;
  /** Times of different CPUs cannot be compared. */
  readonly perCpu: boolean;
  readonly lines: number;
  readonly bytes: number;
  readonly passedOver: Readonly<Record<string, number>>;
  readonly malformed: number;
  /** Instructions that touch no system register: none means that the recorder left things out. */
  readonly ordinary: number;
  readonly values: boolean;
}

export interface TarmacOptions {
  /** File name for messages. */
  readonly name: string;
  readonly onError: "fail" | "skip";
  /** Every line the general way, to hold the fast one against it. */
  readonly general?: boolean;
}

export interface TarmacScanner {
  /** The next bytes of the text; lines may be cut anywhere. */
  feed(chunk: Uint8Array): void;
  finish(): TarmacSummary;
}

/** Longest line accepted; the longest in real logs, a vector register's, have a few hundred bytes. */
const longestLine = 1 << 16;

const newline = 0x0a;

/**
 * Reads Tarmac text in the dialects of Fast Models (with and without `cpuN`), of the Cycle Models and their ES
 * lines, and of gem5, line by line from bytes, and tells a `World` what retired. Lines of other kinds are
 * counted. Shapes: the Tarmac reference of Fast Models, tarmac-trace-utilities' parser, gem5's tarmac_record.cc.
 */
export function createTarmacScanner(world: World, options: TarmacOptions): TarmacScanner {
  const clock = createLineClock();
  const passedOver = createPassedOver();
  const retirement = createRetirement(world);
  const reader = createLineReader(retirement, clock, passedOver);
  const fastLine = createFastLine(retirement, reader.seen);
  let lines = 0;
  let malformed = 0;
  /** Bytes of the text before the chunk at hand, and before the line that it goes on with. */
  let before = 0;
  /** The start of a line whose end has not come; what exceeds the longest line is not kept. */
  let carried: Uint8Array | undefined;
  let carriedLength = 0;

  function bad(bytes: Uint8Array, at: number, end: number, offset: number, what: string): void {
    malformed++;
    if (options.onError === "skip") return;
    const shown = toText(bytes, at, Math.min(end, at + 60)).replace(/[^\x20-\x7e]/g, "?");
    throw new TraplineError(
      "input",
      `${what}: "${shown}"`,
      { file: options.name, line: lines, offset },
      "Mend the line, or go on past it with --on-error skip",
    );
  }

  /** A line from `at` to `end`, of `length` bytes at `offset` of the text. */
  function oneLine(bytes: Uint8Array, at: number, end: number, length: number, offset: number): void {
    lines++;
    if (length > longestLine) bad(bytes, at, end, offset, `is longer than ${longestLine} bytes`);
    else if (!reader.read(bytes, at, end)) bad(bytes, at, end, offset, "is not a Tarmac line");
  }

  /** All whole lines of a chunk from `from` on; returns where the last one ended. */
  function wholeLines(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length) {
      // The fast way knows one unit; which one it is, the first line tells.
      if (clock.unit() === "clk" && options.general !== true) {
        for (;;) {
          const next = fastLine(bytes, at, bytes.length);
          if (next === 0) break;
          lines++;
          at = next;
        }
      }
      const end = bytes.indexOf(newline, at);
      if (end < 0) return at;
      oneLine(bytes, at, end, end - at, before + at);
      at = end + 1;
    }
    return at;
  }

  /** The rest of a carried line; returns where in the chunk it ends, or -1 if it goes on. */
  function finishCarried(start: Uint8Array, chunk: Uint8Array): number {
    const end = chunk.indexOf(newline);
    const more = end < 0 ? chunk.length : end;
    const kept = Math.min(more, longestLine - start.length);
    const joined = new Uint8Array(start.length + kept);
    joined.set(start);
    joined.set(chunk.subarray(0, kept), start.length);
    const offset = before - carriedLength;
    carriedLength += more;
    if (end < 0) {
      carried = joined;
      return -1;
    }
    carried = undefined;
    oneLine(joined, 0, joined.length, carriedLength, offset);
    return end + 1;
  }

  return {
    feed(chunk) {
      let from = 0;
      if (carried !== undefined) from = finishCarried(carried, chunk);
      if (from >= 0) {
        const done = wholeLines(chunk, from);
        if (done < chunk.length) {
          carriedLength = chunk.length - done;
          carried = Uint8Array.from(chunk.subarray(done, Math.min(chunk.length, done + longestLine)));
        }
      }
      before += chunk.length;
    },

    finish() {
      if (carried !== undefined) {
        lines++;
        bad(carried, 0, carried.length, before - carriedLength, "the recording ends in the middle of a line");
      }
      retirement.finish();
      const { seen } = reader;
      const style = seen.es ? "ES" : seen.gem5 ? "gem5" : "Fast Models";
      const { ordinary, system, values } = retirement.counts;
      if (system > 0) passedOver.count("system instruction", system);
      return {
        dialect: seen.cpu ? `${style}, cpuN` : style,
        unit: clock.unit(),
        // A Fast Model counts the instructions of each CPU; gem5 writes its one clock with the same word.
        perCpu: clock.unit() === "clk" && !seen.gem5,
        lines,
        bytes: before,
        passedOver: passedOver.counts(),
        malformed,
        ordinary,
        values: values > 0,
      };
    },
  };
}
