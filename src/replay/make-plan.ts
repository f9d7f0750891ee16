import { TraplineError } from "../errors.js";
import { mostGroups } from "../model/bit-rules.js";
import type { PolicyDefinition } from "../policies/policy.js";
import { builtinPolicy } from "../policies/registry.js";
import { tool } from "../version.js";
import type { ConfigChoice } from "./config.js";
import { traceIdentity } from "./identity.js";
import { checkOldTrace, traceMemory } from "./memory.js";
import type { MissingTrace } from "./missing.js";
import { countShards, type Plan, type PlannedTrace } from "./plan.js";
import { refOf } from "./policy-ref.js";
import { allWindows, borrowTrace, countedWindows } from "./prepare.js";

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

/** The size of parts of a whole, as few as there can be of at most `most`, and nearly alike; 1 or more. */
const evenly = (whole: number, most: number): number =>
  Math.max(1, Math.ceil(whole / Math.max(1, Math.ceil(whole / most))));
