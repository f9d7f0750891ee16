import { setImmediate } from "node:timers/promises";
import type { Mode } from "../../../configs/points.js";
import { TraplineError } from "../../../errors.js";
import type { Assignment } from "../../../model/assignment.js";
import { windowEnd } from "../../../replay/interval-length.js";
import { absoluteTimes } from "../../../trace/events.js";
import { reasonName } from "../../../trace/exits.js";
import type { TraceHeader } from "../../../trace/header.js";
import { Kind } from "../../../trace/kinds.js";
import { modelledField } from "../../../trace/modelled.js";
import { openTrace } from "../../../trace/reader.js";
import { createCollector, hasOwnTime, seesWrites, type VcpuWindows } from "./collector.js";
import type { PackedColumn } from "./packed.js";

export interface Timeline {
  readonly trace: string;
  readonly unit: string;
  /**
   * Whether each vCPU has a time of its own: the pCPUs' clocks cannot be compared, so that a window on another pCPU
   * than the one before begins where that ended.
   */
  readonly ownTime: boolean;
  readonly windowIs: "load to put" | "run";
  readonly modelled?: string;
  /** What is counted in each window, beside its times: exits by reason, traps and saves by policy. */
  readonly columns: readonly PackedColumn[];
  readonly vcpus: readonly VcpuWindows[];
}

/** Reasons that have a column of their own: more colours nobody tells apart. */
const shownReasons = 6;
const otherReasons = "other";

export interface TimelineOptions {
  readonly signal?: AbortSignal;
  /** Called now and then with events done and events in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Goes over a trace once, and gives what each vCPU did and each policy counted in each window of its guest context.
 * What is counted between two windows belongs to the later one, so that all windows sum to the counts of a replay.
 * Oracles are left out: they choose for the trace as a whole. Memory is some eighty bytes a window.
 * @param assignments - Of a replay of the trace; none where it cannot be replayed
 */
export async function collectTimeline(
  path: string,
  name: string,
  mode: Mode | undefined,
  assignments: readonly Assignment[],
  { signal, onProgress }: TimelineOptions = {},
): Promise<Timeline> {
  const trace = openTrace(path);
  try {
    const { header } = trace;
    const stepped = assignments.filter(({ policy }) => policy.oracle === undefined);
    const reasons = commonReasons(header);
    const columns: PackedColumn[] = [
      { what: "runs", of: "" },
      ...reasons.map((reason) => ({ what: "exits" as const, of: reasonName(reason) })),
      { what: "exits", of: otherReasons },
      // What was not seen is not none.
      ...(seesWrites(header) ? [{ what: "writes" as const, of: "" }] : []),
      ...stepped.map(({ policy }) => ({ what: "traps" as const, of: policy.name })),
      ...stepped.map(({ policy }) => ({ what: "saves" as const, of: policy.name })),
    ];
    const end = endOf(header, mode);
    const begin = end === Kind.put ? Kind.load : Kind.runStart;
    const collector = createCollector(header, stepped, columns.length, reasons, { begin, end });
    let done = 0;
    for (let block = 0; block < trace.blocks.length; block++) {
      const events = trace.columns(block);
      collector.block(events, absoluteTimes(trace, block, events));
      onProgress?.((done += events.words.length), header.events);
      await setImmediate();
      if (signal?.aborted === true) throw new TraplineError("interrupted", "interrupted");
    }
    const vcpus = collector.finish();
    const firsts = vcpus.flatMap(({ starts, windows }) => (windows === 0 ? [] : [starts[0]]));
    const ownTime = hasOwnTime(header);
    for (const { starts, windows } of vcpus) {
      const first = ownTime ? (starts[0] ?? 0) : Math.min(...firsts);
      for (let at = 0; at < windows; at++) starts[at] -= first;
    }
    return {
      trace: name,
      unit: header.clock.unit,
      ownTime,
      windowIs: end === Kind.put ? "load to put" : "run",
      ...modelledField(header),
      columns,
      vcpus,
    };
  } finally {
    trace.close();
  }
}

/** A recording without loads and puts still shows runs. */
function endOf({ tally, mode: recorded }: TraceHeader, mode: Mode | undefined): number {
  const end = windowEnd(mode ?? (recorded === "none" ? "nvhe" : recorded));
  return tally.some(([kind]) => kind === end) ? end : Kind.runEnd;
}

/** The most frequent ones, most frequent first. */
function commonReasons({ exits }: TraceHeader): number[] {
  const sums = new Map<number, number>();
  for (const [, , reason, , , count] of exits) sums.set(reason, (sums.get(reason) ?? 0) + count);
  return [...sums]
    .toSorted((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, shownReasons)
    .map(([reason]) => reason);
}
