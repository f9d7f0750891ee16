import { TraplineError } from "../errors.js";
import type { PolicyDefinition } from "../policies/policy.js";
import { builtinPolicy } from "../policies/registry.js";
import { tool } from "../version.js";
import { mostGroups } from "../model/bit-rules.js";
import type { ConfigChoice } from "./config.js";
import { traceIdentity } from "./identity.js";
import { checkOldTrace, traceMemory, type TraceMemory } from "./memory.js";
import type { MissingTrace } from "./missing.js";
import { refOf, type PolicyRef } from "./policy-ref.js";
import { allWindows, borrowTrace, countedWindows } from "./prepare.js";

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
  /** Some policies are oracles: one more shard goes through all events for them. */
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
 * that are taken through all its windows; or the oracles, over all events.
 */
export interface Shard {
  readonly trace: number;
  readonly what: "windows" | "groups" | "oracles";
  readonly segmentation: number;
  readonly first: number;
  readonly end: number;
}

/** A few million windows are some milliseconds: much more than it costs to hand a shard to a worker. */
const defaultShardWindows = 1 << 22;

/** Of groups that few windows matter to, and of those that go from step to step, which share more of the work. */
const watchedGroups = 16;
const steppedGroups = mostGroups;

export interface PlanOptions {
  readonly policies: readonly PolicyDefinition[];
  readonly choice: ConfigChoice;
  readonly shardWindows?: number;
  /** Takes a trace that cannot be replayed, and why; the plan is of the others. Without it that is an error. */
  readonly onMissing?: (missing: MissingTrace) => void;
  /** Bytes that a replay may take. */
  readonly memory?: number;
}

/** Plans a replay. Refuses here, before any work is done, what a trace cannot answer. */
export function makePlan(paths: readonly string[], options: PlanOptions): Plan {
  const { choice, policies, shardWindows = defaultShardWindows, onMissing, memory } = options;
  if (paths.length === 0 && onMissing === undefined) {
    throw new TraplineError("usage", "there is no trace to replay");
  }
  // Results are told apart by name, and the baseline is found by its name.
  const names = policies.map(({ name }) => name);
  const twice = policies.find(({ name }, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw new TraplineError("usage", `there are two policies "${twice.name}"`);
  const posing = policies.find((each) => {
    const builtin = builtinPolicy(each.name);
    return builtin !== undefined && builtin !== each;
  });
  if (posing !== undefined) {
    throw new TraplineError(
      "usage",
      `"${posing.name}" is the name of a built-in policy`,
      {},
      "Give yours another",
    );
  }
  const refs = policies.map(refOf);
  const planned = (path: string): PlannedTrace => {
    const prepared = borrowTrace(path, refs, choice, (trace) => checkOldTrace(trace, memory));
    const { trace, groups, oracles } = prepared;
    return {
      path,
      events: trace.header.events,
      identity: traceIdentity(path),
      all: allWindows(trace),
      windows: countedWindows(prepared),
      groups: groups.carried.map(({ length }) => length),
      together: groups.carried.map(({ length }, at) =>
        evenly(length, groups.stepped[at] ? steppedGroups : watchedGroups),
      ),
      interpreted: oracles.length > 0,
      memory: traceMemory(prepared),
    };
  };
  const traces = paths.flatMap((path): PlannedTrace[] => {
    try {
      return [planned(path)];
    } catch (error) {
      if (onMissing === undefined || !(error instanceof TraplineError) || error.code === "usage") throw error;
      onMissing({ path, error });
      return [];
    }
  });
  return {
    schema: "trapline.plan/2",
    tool,
    policies: refs,
    choice,
    shardWindows,
    traces,
    shards: countShards(traces, shardWindows),
  };
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

/** An event that an oracle steps takes as long as so many windows that are counted. */
const oracleEventWork = 40;

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

/** The size of parts of a whole, as few as there can be of at most `most`, and nearly alike; 1 or more. */
const evenly = (whole: number, most: number): number =>
  Math.max(1, Math.ceil(whole / Math.max(1, Math.ceil(whole / most))));
