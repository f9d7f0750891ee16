import { TraplineError } from "../errors.js";
import { statSync } from "node:fs";
import type { Assignment } from "../model/assignment.js";
import type { WindowSource } from "../model/carry-groups.js";
import type { Naming } from "../model/counts.js";
import { planGroups, type GroupPlan } from "../model/group-plan.js";
import type { SwitchConfig } from "../configs/resolve.js";
import { registerName } from "../registers/lookup.js";
import type { TraceHeader } from "../trace/header.js";
import { openTrace, type Trace } from "../trace/reader.js";
import { segmentations } from "../trace/windows/segmentation.js";
import { assign, type ConfigChoice } from "./config.js";
import { definitionOf, type PolicyRef } from "./policy-ref.js";

/** A trace with everything that running a shard of it, or merging its shards, needs. */
export interface PreparedTrace {
  readonly trace: Trace;
  readonly naming: Naming;
  readonly config: SwitchConfig;
  /** In the order of the policies. */
  readonly assignments: readonly Assignment[];
  /** Those of oracles, and the rest, whose groups are counted by windows. */
  readonly oracles: readonly Assignment[];
  readonly counted: readonly Assignment[];
  readonly groups: GroupPlan;
}

export function namingOf(header: TraceHeader): Naming {
  return {
    registers: header.registers.map((encoding) => (encoding < 0 ? "" : registerName(encoding))),
    places: header.places,
    vcpus: header.vcpus.length,
    pcpus: header.pcpus.length,
  };
}

/** Whether a policy needs all events: it knows the future, and windows do not. */
export const isOracle = ({ policy }: Assignment): boolean => policy.oracle !== undefined;

/** Opens a trace; whoever asked closes it. Refuses what the trace cannot answer. */
export function prepareTrace(
  path: string,
  policies: readonly PolicyRef[],
  choice: ConfigChoice,
  check?: (trace: Trace) => void,
): PreparedTrace {
  const trace = openTrace(path);
  try {
    check?.(trace);
    const { assignments, config } = assign(trace.header, policies.map(definitionOf), choice, path);
    const naming = namingOf(trace.header);
    checkCells(trace);
    const counted = assignments.filter((each) => !isOracle(each));
    return {
      trace,
      naming,
      config,
      assignments,
      oracles: assignments.filter(isOracle),
      counted,
      groups: planGroups(naming, trace.windows(), counted),
    };
  } catch (error) {
    trace.close();
    throw error;
  }
}

/** The last that was borrowed: planning, counting and merging one trace in a thread have it in common. */
let last: { readonly key: string; readonly stamp: string; readonly prepared: PreparedTrace } | undefined;

/**
 * The same, worked out once for whoever asks next for the same trace, policies and choice. It stays open until another
 * is borrowed or `returnTrace` is called: who needs to read it later does not borrow it.
 */
export function borrowTrace(
  path: string,
  policies: readonly PolicyRef[],
  choice: ConfigChoice,
  check?: (trace: Trace) => void,
): PreparedTrace {
  const known = borrowed(path, policies, choice);
  if (known !== undefined) {
    check?.(known.trace);
    return known;
  }
  returnTrace();
  const prepared = prepareTrace(path, policies, choice, check);
  last = { key: keyOf(path, policies, choice), stamp: stampOf(path), prepared };
  return prepared;
}

/** What was borrowed last, if it is that and the file is still the same. */
export function borrowed(
  path: string,
  policies: readonly PolicyRef[],
  choice: ConfigChoice,
): PreparedTrace | undefined {
  if (last?.prepared.trace.path !== path) return undefined;
  const isSame = last.key === keyOf(path, policies, choice) && last.stamp === stampOf(path);
  return isSame ? last.prepared : undefined;
}

export function returnTrace(): void {
  last?.prepared.trace.close();
  last = undefined;
}

const keyOf = (...asked: readonly unknown[]): string => JSON.stringify(asked);

/** A trace is written under another name and renamed: one that was made anew is another file. */
function stampOf(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? "" : [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join();
}

/**
 * Windows are counted in a table of vCPUs by windows of the dictionary. One that is much larger than what is counted in
 * it is no recording's, and could be made to take any memory by a file of a few kilobytes.
 */
function checkCells(trace: Trace): void {
  const { dictionaries } = trace.windows();
  const vcpus = trace.header.vcpus.length;
  allWindows(trace).forEach((windows, segmentation) => {
    const { size } = dictionaries[segmentation];
    if (size * vcpus <= Math.max(leastCells, mostCellsEach * windows)) return;
    throw new TraplineError(
      "unsupported",
      `has ${vcpus} vCPUs and a dictionary of ${size} windows, and no more than ${windows} windows in all`,
      { file: trace.path },
    );
  });
}

const leastCells = 1 << 24;
const mostCellsEach = 256;

/** By segmentation: how many windows there are. */
export function allWindows(trace: Trace): number[] {
  const counts = segmentations.map(() => 0);
  for (const { segmentation, windows } of trace.windows().blocks) counts[segmentation] += windows;
  return counts;
}

/** By segmentation: how many windows are to be counted by number; none where no group asks. */
export function countedWindows({ trace, groups }: PreparedTrace): number[] {
  return allWindows(trace).map((count, at) => (groups.settled[at].length === 0 ? 0 : count));
}

export function windowSource({ trace, naming }: PreparedTrace): WindowSource {
  const { path } = trace;
  return { path, windows: trace.windows(), registers: naming.registers.length, vcpus: naming.vcpus };
}
