import { TraplineError } from "../errors.js";
import { statSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import type { Assignment } from "../model/assignment.js";
import type { WindowSource } from "../model/carry-groups.js";
import type { Naming } from "../model/counts.js";
import { planGroups, type GroupPlan } from "../model/group-plan.js";
import type { SwitchConfig } from "../configs/resolve.js";
import { registerName } from "../registers/lookup.js";
import type { TraceHeader } from "../trace/header.js";
import { copyNumber } from "../trace/copies.js";
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

interface Borrowed {
  readonly key: string;
  readonly stamp: string;
  readonly prepared: PreparedTrace;
}

/** Those that were borrowed last, the latest behind. */
const borrowed: Borrowed[] = [];

/** Where shards are merged the next trace begins before the last one ends; a worker has one at a time. */
const mostBorrowed = isMainThread ? 2 : 1;

/**
 * The same, worked out once for whoever asks for the same trace, policies and choice: planning, counting and merging
 * have it in common. It stays open until others are borrowed or `returnTraces` is called.
 */
export function borrowTrace(
  path: string,
  policies: readonly PolicyRef[],
  choice: ConfigChoice,
  check?: (trace: Trace) => void,
): PreparedTrace {
  const key = keyOf(path, policies, choice);
  const stamp = stampOf(path);
  const known = borrowed.findIndex((each) => each.key === key && each.stamp === stamp);
  if (known >= 0) {
    const [found] = borrowed.splice(known, 1);
    borrowed.push(found);
    check?.(found.prepared.trace);
    return found.prepared;
  }
  while (borrowed.length >= mostBorrowed) borrowed.shift()?.prepared.trace.close();
  const prepared = prepareTrace(path, policies, choice, check);
  borrowed.push({ key, stamp, prepared });
  return prepared;
}

export function returnTraces(): void {
  for (const { prepared } of borrowed.splice(0)) prepared.trace.close();
}

const keyOf = (...asked: readonly unknown[]): string => JSON.stringify(asked);

/** A trace is written under another name and renamed: one that was made anew is another file. */
function stampOf(path: string): string {
  const copy = copyNumber(path);
  if (copy !== undefined) return `copy ${copy}`;
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

export function windowSource({ trace, naming }: Pick<PreparedTrace, "trace" | "naming">): WindowSource {
  const { path } = trace;
  return { path, windows: trace.windows(), registers: naming.registers.length, vcpus: naming.vcpus };
}
