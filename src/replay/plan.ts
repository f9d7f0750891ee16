import type { ConfigChoice } from "./config.js";
import type { PolicyRef } from "./policy-ref.js";

/** What a trace takes, in bytes. */
export interface TraceMemory {
  /** To hold it open and prepared, in a worker or for the merge. */
  readonly prepared: number;
  /** The counts of its largest shard. */
  readonly answer: number;
  /** Its counts while they are merged. */
  readonly merged: number;
}

export interface PlannedTrace {
  readonly path: string;
  readonly events: number;
  /** Changes with the file's content. */
  readonly identity: string;
  /** By segmentation: all windows, those of them to be counted, and groups to be taken from window to window. */
  readonly all: readonly number[];
  readonly windows: readonly number[];
  readonly groups: readonly number[];
  /** By segmentation: groups of a shard, which share one reading of the windows. */
  readonly together: readonly number[];
  /** Some policies are oracles: one more shard goes through the whole trace for them. */
  readonly interpreted: boolean;
  /** What a replay of it takes. */
  readonly memory?: TraceMemory;
}

/** Everything that a shard needs to be run anywhere, and by anyone: plain JSON. */
export interface Plan {
  readonly schema: "trapline.plan/2";
  readonly tool: string;
  readonly policies: readonly PolicyRef[];
  readonly choice: ConfigChoice;
  /** Windows per shard; the last one of a trace has what is left. */
  readonly shardWindows: number;
  readonly traces: readonly PlannedTrace[];
  readonly shards: number;
}

/**
 * A unit of work: windows `first` to `end` of a segmentation, to be counted by number; groups `first` to `end` of those
 * that are taken through all its windows; or the oracles, over the whole trace.
 */
export interface Shard {
  readonly trace: number;
  readonly what: "windows" | "groups" | "oracles";
  readonly segmentation: number;
  readonly first: number;
  readonly end: number;
}

/** The shards of a plan, in the order in which they are merged: the longest first, so that workers end together. */
export function* planShards(plan: Plan): Generator<Shard> {
  for (const [trace, { windows, groups, together, interpreted }] of plan.traces.entries()) {
    for (const [segmentation, end] of groups.entries()) {
      yield* ranges(end, together[segmentation], { trace, what: "groups", segmentation });
    }
    for (const [segmentation, end] of windows.entries()) {
      yield* ranges(end, plan.shardWindows, { trace, what: "windows", segmentation });
    }
    if (interpreted) yield { trace, what: "oracles", segmentation: 0, first: 0, end: 1 };
  }
}

/**
 * What an event of a trace is to its oracles, in windows that are counted: some 3 where windows tell them all, some 30
 * where they go through events.
 */
const oracleEventWork = 8;

/** What a shard is to take, in windows that are looked at once. */
export function workOf(plan: Plan, { trace, what, segmentation, first, end }: Shard): number {
  const { events, all } = plan.traces[trace];
  if (what === "windows") return end - first;
  // Groups share the reading, and few windows matter to one of them.
  return what === "groups" ? Math.ceil((end - first) / 4) * all[segmentation] : oracleEventWork * events;
}

function* ranges(end: number, size: number, shard: Omit<Shard, "first" | "end">): Generator<Shard> {
  for (let first = 0; first < end; first += size) {
    yield { ...shard, first, end: Math.min(end, first + size) };
  }
}

/** How many shards a plan of these traces has. */
export const countShards = (traces: readonly PlannedTrace[], shardWindows: number): number =>
  traces.reduce((sum, trace) => sum + shardsOf(trace, shardWindows), 0);

function shardsOf({ windows, groups, together, interpreted }: PlannedTrace, shardWindows: number): number {
  const sum = (counts: readonly number[], sizeOf: (at: number) => number): number =>
    counts.reduce((total, count, at) => total + Math.ceil(count / sizeOf(at)), 0);
  return sum(windows, () => shardWindows) + sum(groups, (at) => together[at]) + Number(interpreted);
}
