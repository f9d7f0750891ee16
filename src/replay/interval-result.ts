import { nameOrder } from "../registers/lookup.js";
import type { Counts } from "../model/reference.js";
import { incompleteField } from "../trace/damaged.js";
import { modelledField } from "../trace/modelled.js";
import type { TraceIntervals } from "./intervals.js";
import { notesOn, sumTotals, type RegisterTotals, type Totals } from "./result.js";

export interface PolicyInterval {
  readonly policy: string;
  readonly totals: Totals;
  /** Of all vCPUs or pCPUs; registers that counted nothing in the interval are left out. */
  readonly registers: readonly RegisterTotals[];
}

export interface Interval {
  readonly interval: number;
  /** In the unit of the trace's intervals; `end` is where the next one starts. */
  readonly start: number;
  readonly end: number;
  readonly runs: number;
  readonly guestEntries: number;
  readonly guestExits: number;
  /** That retired. */
  readonly guestWrites: number;
  readonly policies: readonly PolicyInterval[];
}

export interface TraceSeries {
  readonly path: string;
  readonly mode: string;
  readonly kernel: string;
  readonly features: readonly string[];
  /** What `length`, `start` and `end` count: the clock's unit, or `windows` that have ended before. */
  readonly unit: string;
  readonly length: number;
  /** An event is in the interval of its own pCPU's time. */
  readonly perCpu: boolean;
  /** False where events of the trace are missing; absent otherwise. */
  readonly complete?: false;
  /** What of the trace was not recorded but modelled; absent for a recording. */
  readonly modelled?: string;
  readonly intervals: readonly Interval[];
  /** Sums over the intervals, which are those of a replay. */
  readonly policies: readonly { readonly policy: string; readonly totals: Totals }[];
}

/** What `trapline replay --interval --json` prints. */
export interface IntervalResult {
  readonly schema: "trapline.intervals/1";
  readonly tool: string;
  /** As it was asked for. */
  readonly interval: string;
  /** False where events of some traces are missing. */
  readonly complete: boolean;
  readonly notes: readonly string[];
  readonly traces: readonly TraceSeries[];
}

export function makeIntervalResult(
  counted: readonly TraceIntervals[],
  interval: string,
  tool: string,
): IntervalResult {
  const notes = notesOn(counted);
  const traces = counted.map(series);
  if (traces.some(({ perCpu }) => perCpu)) {
    notes.push(
      "Each pCPU of these recordings has a clock of its own: an event is in the interval of its own pCPU's time, and what two pCPUs did in one interval need not have been at the same time.",
    );
  }
  return {
    schema: "trapline.intervals/1",
    tool,
    interval,
    complete: traces.every(isComplete),
    notes,
    traces,
  };
}

const isComplete = ({ complete }: TraceSeries): boolean => complete !== false;

function series({ path, header, config, assignments, grid, intervals }: TraceIntervals): TraceSeries {
  const { unit, length, first, end, count } = grid;
  const rows = intervals.map(({ tables, ...guest }, at): Interval => ({
    interval: at,
    start: first + at * length,
    end: at === count - 1 ? end : first + (at + 1) * length,
    ...guest,
    policies: assignments.map(({ policy }, number): PolicyInterval => {
      const registers = [
        ...registerRows("guest", tables[number].guest),
        ...registerRows("host", tables[number].host),
      ].toSorted(byRegister);
      return { policy: policy.name, totals: sumTotals(registers), registers };
    }),
  }));
  return {
    path,
    mode: config.mode,
    kernel: config.kernel,
    features: config.features,
    unit,
    length,
    perCpu: header.clock.perCpu && unit !== "windows",
    ...incompleteField(header),
    ...modelledField(header),
    intervals: rows,
    policies: assignments.map(({ policy }, number) => ({
      policy: policy.name,
      totals: sumTotals(rows.map(({ policies }) => policies[number].totals)),
    })),
  };
}

const registerRows = (context: "guest" | "host", counts: Counts): RegisterTotals[] =>
  Array.from(counts, ([register, totals]) => ({ register, context, ...totals }));

/** As the plain result has them: in table order, the guest's before the host's. */
const byRegister = (a: RegisterTotals, b: RegisterTotals): number =>
  nameOrder(a.register, b.register) || Number(a.context === "host") - Number(b.context === "host");
