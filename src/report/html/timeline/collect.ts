import { setImmediate } from "node:timers/promises";
import type { Mode } from "../../../configs/points.js";
import { TraplineError } from "../../../errors.js";
import type { Assignment } from "../../../model/assignment.js";
import type { Naming } from "../../../model/counts.js";
import { pointOfKind } from "../../../model/points.js";
import { createInterpreter, type Counts, type Interpreter } from "../../../model/reference.js";
import { windowEnd } from "../../../replay/interval-length.js";
import type { Policy } from "../../../policies/policy.js";
import { namingOf } from "../../../replay/prepare.js";
import { traceEvents } from "../../../trace/events.js";
import { Reason, exitReason, reasonName } from "../../../trace/exits.js";
import type { TraceHeader, Vcpu } from "../../../trace/header.js";
import { Kind, kindCount } from "../../../trace/kinds.js";
import { modelledField } from "../../../trace/modelled.js";
import { openTrace, type Trace } from "../../../trace/reader.js";
import { createGrowing, type Growing } from "./growing.js";
import type { PackedColumn } from "./packed.js";

/** The windows of one vCPU in order: a row each of `counts`, by column. */
export interface VcpuWindows {
  readonly vcpu: Vcpu;
  readonly windows: number;
  /** Clock units since the first event of the trace, or of the vCPU's own time; see `Timeline.ownTime`. */
  readonly starts: Float64Array;
  readonly lengths: Float64Array;
  readonly counts: readonly Uint32Array[];
}

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

/** Between two looks at the signal. */
const pauseEvents = 1 << 16;

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
    const collector = createCollector(trace, stepped, columns, reasons, { begin, end });
    let done = 0;
    for (const event of traceEvents(trace)) {
      collector.step(event);
      if (++done % pauseEvents !== 0) continue;
      onProgress?.(done, header.events);
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

/** With one pCPU there is one clock. */
const hasOwnTime = ({ clock, pcpus }: TraceHeader): boolean => clock.perCpu && pcpus.length > 1;

/** A recording without loads and puts still shows runs. */
function endOf({ tally, mode: recorded }: TraceHeader, mode: Mode | undefined): number {
  const end = windowEnd(mode ?? (recorded === "none" ? "nvhe" : recorded));
  return tally.some(([kind]) => kind === end) ? end : Kind.runEnd;
}

const seesWrites = ({ capabilities }: TraceHeader): boolean => capabilities.guestWrites === "all";

/** The most frequent ones, most frequent first. */
function commonReasons({ exits }: TraceHeader): number[] {
  const sums = new Map<number, number>();
  for (const [, , reason, , , count] of exits) sums.set(reason, (sums.get(reason) ?? 0) + count);
  return [...sums]
    .toSorted((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, shownReasons)
    .map(([reason]) => reason);
}

/** By kind and register, whether an event is anything to the interpreter of a policy: most of a recording is not. */
function seenEvents(policy: Policy, { registers }: Naming): Uint8Array {
  const named = new Set(policy.groups.flatMap((group) => group.registers));
  return Uint8Array.from({ length: kindCount * registers.length }, (_, at) => {
    const kind = Math.floor(at / registers.length);
    const name = registers[at % registers.length];
    // Values of SCTLR_EL1 end the traps of policies that hold until the caches are on.
    return pointOfKind.has(kind) || named.has(name) || name === "SCTLR_EL1" ? 1 : 0;
  });
}

interface Collector {
  step(event: {
    kind: number;
    register: number;
    place: number;
    time: number;
    hasValue: boolean;
    lo: number;
    hi: number;
  }): void;
  finish(): VcpuWindows[];
}

/** A vCPU as far as it has come. */
interface Open {
  readonly starts: Growing<Float64Array>;
  readonly lengths: Growing<Float64Array>;
  readonly columns: readonly Growing<Uint32Array>[];
  readonly now: Float64Array;
  /** Per policy: what it counted since the last window ended. */
  readonly tables: readonly { readonly guest: Counts; readonly host: Counts }[];
  begun: number;
  /** Of the last event, and the time of its vCPU; NaN before any. */
  pcpu: number;
  clock: number;
  time: number;
}

function createCollector(
  { header }: Trace,
  assignments: readonly Assignment[],
  columns: readonly PackedColumn[],
  reasons: readonly number[],
  { begin, end }: { readonly begin: number; readonly end: number },
): Collector {
  const naming = namingOf(header);
  const interpreters = assignments.map(({ policy, config }): Interpreter =>
    createInterpreter(naming, policy, config),
  );
  const registers = header.registers.length;
  const isSeen = assignments.map(({ policy }) => seenEvents(policy, naming));
  const ownTime = hasOwnTime(header);
  const columnOfReason = new Map(reasons.map((reason, at) => [reason, 1 + at]));
  const other = 1 + reasons.length;
  const hasWrites = seesWrites(header);
  const writes = other + 1;
  const traps = writes + (hasWrites ? 1 : 0);
  const saves = traps + assignments.length;
  const open = header.vcpus.map((): Open => ({
    starts: createGrowing((length) => new Float64Array(length)),
    lengths: createGrowing((length) => new Float64Array(length)),
    columns: columns.map(() => createGrowing((length) => new Uint32Array(length))),
    now: new Float64Array(columns.length),
    tables: assignments.map(() => ({ guest: new Map(), host: new Map() })),
    begun: Number.NaN,
    pcpu: -1,
    clock: 0,
    time: 0,
  }));

  function close(vcpu: Open): void {
    vcpu.tables.forEach(({ guest }, policy) => {
      for (const counts of guest.values()) {
        vcpu.now[traps + policy] += counts.traps;
        vcpu.now[saves + policy] += counts.saves;
        counts.traps = 0;
        counts.saves = 0;
      }
    });
    const begun = Number.isNaN(vcpu.begun) ? vcpu.time : vcpu.begun;
    vcpu.starts.push(begun);
    vcpu.lengths.push(Math.max(0, vcpu.time - begun));
    vcpu.columns.forEach((column, at) => column.push(vcpu.now[at]));
    vcpu.now.fill(0);
    vcpu.begun = Number.NaN;
  }

  return {
    step(event) {
      const pcpu = header.places[2 * event.place];
      const at = header.places[2 * event.place + 1];
      if (at < 0) return;
      const vcpu = open[at];
      if (!ownTime) vcpu.time = Math.max(event.time, vcpu.time);
      // On another clock nothing is known of what passed since; importers may put events a little out of time.
      else if (vcpu.pcpu === pcpu) vcpu.time += Math.max(0, event.time - vcpu.clock);
      vcpu.pcpu = pcpu;
      vcpu.clock = event.time;
      const { kind } = event;
      for (let policy = 0; policy < interpreters.length; policy++) {
        if (isSeen[policy][kind * registers + event.register] === 1) {
          interpreters[policy].step(event, vcpu.tables[policy]);
        }
      }
      if (kind === begin && Number.isNaN(vcpu.begun)) vcpu.begun = vcpu.time;
      if (kind === Kind.runStart) vcpu.now[0]++;
      else if (kind === Kind.guestWrite) {
        if (hasWrites) vcpu.now[writes]++;
      } else if (kind === Kind.fullExit || kind === Kind.fastExit) {
        const reason = Math.min(exitReason(event.hasValue, event.lo, event.hi), Reason.unknown);
        vcpu.now[columnOfReason.get(reason) ?? other]++;
      }
      if (kind === end) close(vcpu);
    },
    finish() {
      return open.map((vcpu, at): VcpuWindows => {
        const isLeft =
          vcpu.now.some((count) => count > 0) ||
          vcpu.tables.some(({ guest }) => [...guest.values()].some((row) => row.traps + row.saves > 0));
        // The recording ended inside a window.
        if (isLeft) close(vcpu);
        return {
          vcpu: header.vcpus[at],
          windows: vcpu.starts.length(),
          starts: vcpu.starts.finish(),
          lengths: vcpu.lengths.finish(),
          counts: vcpu.columns.map((column) => column.finish()),
        };
      });
    },
  };
}
