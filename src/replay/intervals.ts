import { setImmediate } from "node:timers/promises";
import type { SwitchConfig } from "../configs/resolve.js";
import { TraplineError } from "../errors.js";
import type { Assignment } from "../model/assignment.js";
import { createInterpreter, type CountTables } from "../model/reference.js";
import { traceEvents } from "../trace/events.js";
import type { TraceHeader } from "../trace/header.js";
import { Kind } from "../trace/kinds.js";
import { openTrace } from "../trace/reader.js";
import { assign, type ConfigChoice } from "./config.js";
import { intervalGrid, windowEnd, type IntervalGrid, type IntervalLength } from "./interval-length.js";
import { definitionOf, type PolicyRef } from "./policy-ref.js";
import { namingOf } from "./prepare.js";

/** What happened in one interval, whatever the policy, and what each policy counted. */
export interface IntervalCounts {
  runs: number;
  guestEntries: number;
  guestExits: number;
  /** That retired: a trapped write that the recorded hypervisor made itself is none. */
  guestWrites: number;
  /** In the order of the policies. A register that counted nothing is not there. */
  readonly tables: readonly CountTables[];
}

export interface TraceIntervals {
  readonly path: string;
  readonly header: TraceHeader;
  readonly config: SwitchConfig;
  readonly assignments: readonly Assignment[];
  readonly grid: IntervalGrid;
  readonly intervals: readonly IntervalCounts[];
}

export interface IntervalOptions {
  readonly signal?: AbortSignal;
  /** Called now and then with events done and events in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Between two looks at the signal and at the size of the tables. */
const pauseEvents = 1 << 16;

/** Rows of registers that are kept: some gigabyte of memory, and as much of JSON as a string can hold. */
const maxRows = 2_000_000;

/**
 * The counts of one trace, interval by interval. Policies are stepped in the order of the trace, so that the
 * intervals sum to the counts of a replay; what an event counts goes to the interval of its time, which is its own
 * pCPU's where each has a clock. Importers put some events a little out of time: what lies before the first
 * interval or after the last counts for these.
 */
export async function countIntervals(
  path: string,
  policies: readonly PolicyRef[],
  choice: ConfigChoice,
  length: IntervalLength,
  { signal, onProgress }: IntervalOptions = {},
): Promise<TraceIntervals> {
  const trace = openTrace(path);
  try {
    const { header } = trace;
    const { config, assignments } = assign(header, policies.map(definitionOf), choice, path);
    const oracle = assignments.find(({ policy }) => policy.oracle !== undefined);
    if (oracle !== undefined) {
      // It chooses for the trace as a whole.
      throw new TraplineError(
        "unsupported",
        `--interval has no counts of the oracle "${oracle.policy.name}"`,
        { file: path },
        "Leave the policy out",
      );
    }
    const grid = intervalGrid(header, config.mode, length, path);
    const naming = namingOf(header);
    const interpreters = assignments.map((each) => createInterpreter(naming, each.policy, each.config));
    const intervals = Array.from({ length: grid.count }, () => emptyInterval(assignments.length));
    const byWindows = length.kind === "windows";
    const end = windowEnd(config.mode);
    const last = grid.count - 1;
    let windows = 0;
    let done = 0;
    for (const event of traceEvents(trace)) {
      const position = (byWindows ? windows : event.time) - grid.first;
      const own = intervals[Math.max(0, Math.min(last, Math.floor(position / grid.length)))];
      interpreters.forEach((interpreter, policy) => interpreter.step(event, own.tables[policy]));
      countGuest(own, event.kind);
      if (event.kind === end) windows++;
      if (++done % pauseEvents === 0) {
        onProgress?.(done, header.events);
        checkRows(intervals, path);
        await setImmediate();
        if (signal?.aborted === true) throw new TraplineError("interrupted", "interrupted");
      }
    }
    checkRows(intervals, path);
    return { path, header, config, assignments, grid, intervals };
  } finally {
    trace.close();
  }
}

const emptyInterval = (policies: number): IntervalCounts => ({
  runs: 0,
  guestEntries: 0,
  guestExits: 0,
  guestWrites: 0,
  tables: Array.from({ length: policies }, () => ({ guest: new Map(), host: new Map() })),
});

function countGuest(counts: IntervalCounts, kind: number): void {
  switch (kind) {
    case Kind.runStart:
      counts.runs++;
      break;
    case Kind.entry:
      counts.guestEntries++;
      break;
    case Kind.fullExit:
    case Kind.fastExit:
      counts.guestExits++;
      break;
    case Kind.guestWrite:
      counts.guestWrites++;
      break;
    default:
  }
}

function checkRows(intervals: readonly IntervalCounts[], file: string): void {
  let rows = 0;
  for (const { tables } of intervals) for (const { guest, host } of tables) rows += guest.size + host.size;
  if (rows <= maxRows) return;
  throw new TraplineError(
    "usage",
    `the intervals have more than ${maxRows} rows of registers`,
    { file },
    "Take longer intervals, fewer policies, or one trace at a time",
  );
}
