import { TraplineError } from "../../errors.js";
import type { World } from "../machine/world.js";
import { Complaint, complaints, longestLine } from "./complaints.js";
import { createParser } from "./parser.js";
import { addSeen, passedOverOf } from "./parts/parse-part.js";
import { Field, Rest, type Slot } from "./parts/slot.js";
import { clearRecords, createRecords, isFull } from "./records.js";
import { replayRecords } from "./replay-records.js";
import { createRetirement } from "./retire.js";
import { textOf, toText, type Text } from "./text.js";

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
  /** The next part, which begins with a line; `recorded` if its records are made. */
  take(slot: Slot, recorded: boolean): void;
  /** The unit of time, `""` while it is not known. */
  unit(): string;
  /** Gives away the start of a line that `feed` was left with; undefined while that is longer than any line. */
  release(): Uint8Array | undefined;
  finish(): TarmacSummary;
}

/** Words of records between the two steps: they stay in the second level of the caches. */
const recordWords = 1 << 14;

const newline = 0x0a;

/**
 * Reads Tarmac text in the dialects of Fast Models (with and without `cpuN`), of the Cycle Models and their ES
 * lines, and of gem5, line by line from bytes, and tells a `World` what retired. Lines of other kinds are
 * counted. Shapes: the Tarmac reference of Fast Models, tarmac-trace-utilities' parser, gem5's tarmac_record.cc.
 */
export function createTarmacScanner(world: World, options: TarmacOptions): TarmacScanner {
  const retirement = createRetirement(world);
  const records = createRecords(new Int32Array(recordWords));
  const parser = createParser(records, { general: options.general });
  let ordinary = 0;
  let system = 0;
  let malformed = 0;
  /** Lines of parts of which others made the records. */
  let recordedLines = 0;
  /** Bytes of the text before the chunk at hand, and before the line that it goes on with. */
  let before = 0;
  /** The start of a line whose end has not come; what exceeds the longest line is not kept. */
  let carried: Uint8Array | undefined;
  let carriedLength = 0;

  function bad(
    complaint: number,
    line: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    offset: number,
  ): void {
    malformed++;
    if (options.onError === "skip") return;
    const shown = toText(bytes, at, Math.min(end, at + 60)).replace(/[^\x20-\x7e]/g, "?");
    throw new TraplineError(
      "input",
      `${complaints[complaint]}: "${shown}"`,
      { file: options.name, line, offset },
      "Mend the line, or go on past it with --on-error skip",
    );
  }

  /** Tells what was taken down, of bytes that begin at `offset` of the text. */
  function replay(bytes: Uint8Array, offset: number): void {
    replayRecords(records.words, records.length, retirement, (complaint, line, at, end) =>
      bad(complaint, recordedLines + line, bytes, at, end, offset + at),
    );
    ordinary += records.ordinary;
    system += records.system;
    clearRecords(records);
  }

  /** All whole lines from `from` to `to`, of bytes that begin at `offset`; returns where the last one ended. */
  function wholeLines(text: Text, from: number, to: number, offset: number): number {
    for (let at = from; ;) {
      at = parser.read(text, at, to);
      const full = isFull(records);
      replay(text.bytes, offset);
      if (!full) return at;
    }
  }

  /** The records of a part, and what its lines leave to those behind them. */
  function replayPart({ head, sizes, text, records: words }: Slot, offset: number): void {
    const linesBefore = recordedLines + parser.lines();
    const length = head[Field.words];
    replayRecords(words, length, retirement, (complaint, line, at, end) =>
      bad(complaint, linesBefore + line, text.bytes, at, end, offset + at),
    );
    recordedLines += head[Field.lines];
    ordinary += head[Field.ordinary];
    system += head[Field.system];
    const { seen, last, clock, passedOver } = parser;
    addSeen(seen, head[Field.seen]);
    last.cpu = head[Field.lastCpu];
    last.inMemory = head[Field.inMemory] === 1;
    clock.set(sizes[1]);
    for (const [kind, count] of passedOverOf(words, length, head[Field.passedOver])) {
      passedOver.count(kind, count);
    }
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
    parser.longLine(joined, 0, joined.length, carriedLength);
    replay(joined, offset);
    return end + 1;
  }

  return {
    feed(chunk) {
      let from = 0;
      if (carried !== undefined) from = finishCarried(carried, chunk);
      if (from >= 0) {
        const done = wholeLines(textOf(chunk), from, chunk.length, before);
        if (done < chunk.length) {
          carriedLength = chunk.length - done;
          carried = Uint8Array.from(chunk.subarray(done, Math.min(chunk.length, done + longestLine)));
        }
      }
      before += chunk.length;
    },

    take(slot, recorded) {
      const { head, sizes, text } = slot;
      const [start, end, restEnd] = [head[Field.start], head[Field.end], head[Field.restEnd]];
      const offset = before - start;
      if (recorded && head[Field.recordedTo] > head[Field.recordedFrom]) {
        wholeLines(text, start, head[Field.recordedFrom], offset);
        replayPart(slot, offset);
        wholeLines(text, head[Field.recordedTo], end, offset);
      } else {
        wholeLines(text, start, end, offset);
      }
      const [length] = sizes;
      if (head[Field.rest] === Rest.long) {
        parser.longLine(text.bytes, end, restEnd, length - 1);
        replay(text.bytes, offset);
      } else if (head[Field.rest] === Rest.cut) {
        carried = text.bytes.slice(end, restEnd);
        carriedLength = length;
      }
      before += end - start + (head[Field.rest] === Rest.none ? 0 : length);
    },

    unit: () => parser.clock.unit(),

    release() {
      if (carried !== undefined && carriedLength > longestLine) return undefined;
      const released = carried ?? new Uint8Array(0);
      carried = undefined;
      before -= released.length;
      return released;
    },

    finish() {
      if (carried !== undefined) {
        bad(
          Complaint.cutOff,
          recordedLines + parser.lines() + 1,
          carried,
          0,
          carried.length,
          before - carriedLength,
        );
      }
      retirement.finish();
      const { seen, clock, passedOver } = parser;
      const style = seen.es ? "ES" : seen.gem5 ? "gem5" : "Fast Models";
      const { values } = retirement.counts;
      if (system > 0) passedOver.count("system instruction", system);
      return {
        dialect: seen.cpu ? `${style}, cpuN` : style,
        unit: clock.unit(),
        // A Fast Model counts the instructions of each CPU; gem5 writes its one clock with the same word.
        perCpu: clock.unit() === "clk" && !seen.gem5,
        lines: recordedLines + parser.lines() + (carried === undefined ? 0 : 1),
        bytes: before,
        passedOver: passedOver.counts(),
        malformed,
        ordinary,
        values: values > 0,
      };
    },
  };
}
