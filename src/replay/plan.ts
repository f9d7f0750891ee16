import { TraplineError } from "../errors.js";
import { composes } from "../model/program.js";
import type { Policy, PolicyDefinition } from "../policies/policy.js";
import { builtinPolicies, builtinPolicy } from "../policies/registry.js";
import { openTrace } from "../trace/reader.js";
import { tool } from "../version.js";
import { assign, type ConfigChoice } from "./config.js";
import { traceIdentity } from "./identity.js";

/** A policy in a plan: a built-in one by name, or a user's in full. */
export type PolicyRef = string | Policy;

export interface PlannedTrace {
  readonly path: string;
  readonly events: number;
  /** Changes with the file's content. */
  readonly identity: string;
  /** Some policies do not compose at cuts: one more shard interprets them over the whole trace. */
  readonly interpreted: boolean;
}

/** Everything that a shard needs to be run anywhere, and by anyone: plain JSON. */
export interface Plan {
  readonly schema: "trapline.plan/1";
  readonly tool: string;
  readonly policies: readonly PolicyRef[];
  readonly choice: ConfigChoice;
  /** Events per shard; the last one of a trace has what is left. */
  readonly shardEvents: number;
  readonly traces: readonly PlannedTrace[];
  readonly shards: number;
}

/** A unit of work: a range of a trace's events, or the policies that are interpreted over all of them. */
export interface Shard {
  readonly trace: number;
  readonly first: number;
  readonly end: number;
  readonly interpreted: boolean;
}

/** A few million events are some tens of milliseconds: much more than it costs to hand a shard to a worker. */
const defaultShardEvents = 1 << 22;

export interface PlanOptions {
  readonly policies: readonly PolicyDefinition[];
  readonly choice: ConfigChoice;
  readonly shardEvents?: number;
}

/** Plans a replay. Refuses here, before any work is done, what a trace cannot answer. */
export function makePlan(paths: readonly string[], options: PlanOptions): Plan {
  const { choice, policies, shardEvents = defaultShardEvents } = options;
  if (paths.length === 0) throw new TraplineError("usage", "there is no trace to replay");
  // Results are told apart by name, and the baseline is found by its name.
  const names = policies.map(({ name }) => name);
  const twice = policies.find(({ name }, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw new TraplineError("usage", `there are two policies "${twice.name}"`);
  const posing = policies.find(
    (each) => builtinPolicy(each.name) !== undefined && !builtinPolicies.includes(each),
  );
  if (posing !== undefined) {
    throw new TraplineError(
      "usage",
      `"${posing.name}" is the name of a built-in policy`,
      {},
      "Give yours another",
    );
  }
  const traces = paths.map((path): PlannedTrace => {
    const trace = openTrace(path);
    try {
      const { assignments } = assign(trace.header, policies, choice, path);
      return {
        path,
        events: trace.header.events,
        identity: traceIdentity(path),
        interpreted: assignments.some(({ policy }) => !composes(policy)),
      };
    } finally {
      trace.close();
    }
  });
  return {
    schema: "trapline.plan/1",
    tool,
    policies: policies.map(refOf),
    choice,
    shardEvents,
    traces,
    shards: countShards(traces, shardEvents),
  };
}

/** The shards of a plan, in the order in which they are merged. */
export function* planShards(plan: Plan): Generator<Shard> {
  for (const [trace, { events, interpreted }] of plan.traces.entries()) {
    for (let first = 0; first < events; first += plan.shardEvents) {
      yield { trace, first, end: Math.min(events, first + plan.shardEvents), interpreted: false };
    }
    if (interpreted) yield { trace, first: 0, end: events, interpreted: true };
  }
}

export function definitionOf(ref: PolicyRef): PolicyDefinition {
  if (typeof ref === "string") {
    const found = builtinPolicy(ref);
    if (found === undefined) throw new TraplineError("usage", `there is no policy "${ref}"`);
    return found;
  }
  return { name: ref.name, summary: "", source: "", fixed: ref, build: () => ref };
}

/** How many shards a plan of these traces has. */
export const countShards = (traces: readonly PlannedTrace[], shardEvents: number): number =>
  traces.reduce((sum, trace) => sum + shardsOf(trace, shardEvents), 0);

function shardsOf({ events, interpreted }: PlannedTrace, shardEvents: number): number {
  return Math.ceil(events / shardEvents) + Number(interpreted);
}

/** A built-in policy goes by its name, since what it is can depend on the trace. */
export function refOf(definition: PolicyDefinition): PolicyRef {
  return builtinPolicies.includes(definition) ? definition.name : (definition.fixed ?? definition.name);
}
