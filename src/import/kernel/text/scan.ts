import { TraplineError } from "../../../errors.js";
import { isDigit, isSpace, toText } from "../../tarmac/text.js";
import { HostKind } from "../event-table.js";
import { createHostEvent, type HostSink } from "../host-event.js";
import { createTextClock } from "./clock.js";
import { readFields } from "./fields.js";
import { createHead, isNoName, readHead, readNumber } from "./head.js";
import { createLineReader, longestLine } from "./lines.js";
import { createEventNames } from "./names.js";
import { readNote } from "./notes.js";

/** What a reading of lines found out beside the events. */
export interface KernelTextSummary {
  readonly dialect: string;
  readonly unit: string;
  readonly origin: number;
  readonly lines: number;
  readonly bytes: number;
  readonly malformed: number;
  readonly passedOver: Readonly<Record<string, number>>;
  /** Events overwritten in the buffer before the first line. */
  readonly overwritten: number;
}

export interface KernelTextOptions {
  /** File name for messages. */
  readonly name: string;
  readonly onError: "fail" | "skip";
}

export interface KernelTextScanner {
  /** The next bytes of the text; lines may be cut anywhere. */
  feed(chunk: Uint8Array): void;
  finish(): KernelTextSummary;
}

const hash = 0x23;
/** An event that was meant to be one, in a line that is none. */
const eventName = /\b(?:kvm_\w+|sched_switch):/;

/**
 * Reads what a kernel's tracing prints, in the forms of tracefs (`trace`, `trace_pipe`), `trace-cmd report` and
 * `perf script`, line by line from bytes, and tells a `HostSink` of the events that say something about vCPUs.
 */
export function createKernelTextScanner(sink: HostSink, options: KernelTextOptions): KernelTextScanner {
  const head = createHead();
  const clock = createTextClock();
  const names = createEventNames();
  const note = { ftrace: false, traceCmd: false, perf: false, padded: false, overwritten: 0 };
  let malformed = 0;
  let line: Uint8Array = new Uint8Array(0);
  const event = createHostEvent(() =>
    isNoName(line, head.commFrom, head.commTo) ? "" : printable(line, head.commFrom, head.commTo),
  );

  function bad(
    what: string,
    bytes: Uint8Array,
    from: number,
    to: number,
    number: number,
    offset: number,
  ): void {
    malformed++;
    if (options.onError === "skip") return;
    throw new TraplineError(
      "input",
      `${what}: "${printable(bytes, from, Math.min(to, from + 60))}"`,
      { file: options.name, line: number, offset },
      "Mend the line, or go on past it with --on-error skip",
    );
  }

  function onLine(bytes: Uint8Array, from: number, to: number, number: number, offset: number): void {
    if (to === from || bytes[from] === hash || !readHead(bytes, from, to, head)) {
      if (readNote(bytes, from, to, note, sink)) return;
      if (to - from > 0 && eventName.test(toText(bytes, from, to))) {
        return bad("is no line of a kernel's tracing", bytes, from, to, number, offset);
      }
      return names.pass("other line");
    }
    if (head.hasSystem) note.perf = true;
    if (!head.hasColon) {
      if (isLoss(bytes, head.nameFrom, head.nameTo)) {
        return sink.lost(head.cpu, lastNumber(bytes, head.textFrom, to));
      }
      return names.pass("line of another tracer");
    }
    const kind = names.find(bytes, head.nameFrom, head.nameTo);
    if (kind < 0) return;
    const time = clock.read(bytes, head);
    if (Number.isNaN(time))
      return bad("its time is of another clock than the first", bytes, from, to, number, offset);
    if (head.pid < 0) return names.pass("event of an unknown thread");
    if (kind === HostKind.exit && to - head.textFrom > 2 && isSpace(bytes[head.textFrom + 1]))
      note.padded = true;
    line = bytes;
    event.kind = kind;
    event.time = time;
    event.cpu = head.cpu;
    event.pid = head.pid;
    event.tgid = head.tgid;
    if (!readFields(event, bytes, head.textFrom, to)) {
      return bad("is not as KVM on arm64 prints it", bytes, from, to, number, offset);
    }
    sink.event(event);
  }

  const reader = createLineReader({
    onLine,
    onLong: (bytes, from, to, number, offset) =>
      bad(`is longer than ${longestLine} bytes`, bytes, from, to, number, offset),
    onRest: (bytes, from, to, number, offset) =>
      bad("the recording ends in the middle of a line", bytes, from, to, number, offset),
  });

  return {
    feed: (chunk) => reader.feed(chunk),
    finish() {
      const { lines, bytes } = reader.finish();
      const { ftrace, traceCmd, perf, padded, overwritten } = note;
      const dialect = perf
        ? "perf script"
        : ftrace
          ? "tracefs trace"
          : traceCmd || padded
            ? "trace-cmd report"
            : "tracefs trace_pipe";
      return {
        dialect,
        unit: clock.unit(),
        origin: clock.origin(),
        lines,
        bytes,
        malformed,
        passedOver: names.passedOver(),
        overwritten,
      };
    },
  };
}

const lossName = Buffer.from("PERF_RECORD_LOST", "latin1");

/** `PERF_RECORD_LOST` and `PERF_RECORD_LOST_SAMPLES`. */
function isLoss(bytes: Uint8Array, from: number, to: number): boolean {
  return to - from >= lossName.length && lossName.every((byte, at) => bytes[from + at] === byte);
}

/** The number at the end of a line, 0 if there is none. */
function lastNumber(bytes: Uint8Array, from: number, to: number): number {
  let digits = to;
  while (digits > from && isDigit(bytes[digits - 1])) digits--;
  const number = readNumber(bytes, digits, to);
  return Number.isSafeInteger(number) ? number : 0;
}

const printable = (bytes: Uint8Array, from: number, to: number): string =>
  toText(bytes, from, to).replace(/[^\x20-\x7e]/g, "?");
