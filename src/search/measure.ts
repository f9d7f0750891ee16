import { eager } from "../policies/builtin/eager.js";
import { fixedPolicy, type Group, type PolicyDefinition } from "../policies/policy.js";
import { addCounts, countDifference, type Counts } from "../prices/cost.js";
import { assign, type ConfigChoice } from "../replay/config.js";
import type { TraceCounts } from "../replay/merge.js";
import { makePlan } from "../replay/make-plan.js";
import { replayPlan, type ReplayOptions } from "../replay/replay.js";
import type { SwitchConfig } from "../configs/resolve.js";
import { openTrace } from "../trace/reader.js";
import type { TraceHeader } from "../trace/header.js";
import { groupCounts } from "../verdict/groups.js";

/** What a group counted beyond eager, summed over traces. */
export interface Measured {
  readonly group: Group;
  /** The group's counts less eager's for the same registers. */
  readonly difference: Counts;
  readonly traps: number;
  readonly windows: number;
  readonly savesElided: number;
  readonly hostSavesElided: number;
}

/** What a trace was made of, and what its hypervisor switches under a choice. */
export interface Recorded {
  readonly header: TraceHeader;
  readonly config: SwitchConfig;
}

export function readRecorded(path: string, choice: ConfigChoice): Recorded {
  const trace = openTrace(path);
  trace.close();
  return { header: trace.header, config: assign(trace.header, [eager], choice, path).config };
}

/** Counts lists of groups, each list as a policy of its own, in one pass over the traces. */
export async function measureGroups(
  lists: readonly (readonly Group[])[],
  paths: readonly string[],
  choice: ConfigChoice,
  options: ReplayOptions,
): Promise<Measured[][]> {
  const policies = lists.map((groups, at): PolicyDefinition => {
    const name = `candidate-${at}`;
    return fixedPolicy({ name, summary: "", source: "" }, groups);
  });
  const plan = makePlan(paths, { policies: [eager, ...policies], choice });
  const sums = new Map<string, Measured>();
  for await (const counts of replayPlan(plan, options)) addTrace(sums, counts);
  return lists.map((groups, at) =>
    groups.map((group) => {
      const sum = sums.get(keyOf(`candidate-${at}`, group.name));
      if (sum === undefined) throw new Error(`group ${group.name} was not counted`);
      return sum;
    }),
  );
}

/** Adds what a trace counted to sums by policy and group. */
export function addTrace(sums: Map<string, Measured>, counts: TraceCounts): void {
  const groups = new Map(
    counts.assignments.flatMap(({ policy }) =>
      policy.groups.map((group) => [keyOf(policy.name, group.name), group] as const),
    ),
  );
  for (const each of groupCounts(counts)) {
    const key = keyOf(each.policy, each.group ?? "");
    const group = groups.get(key);
    // The row of a policy as a whole: its groups have rows of their own.
    if (group === undefined) continue;
    const before = sums.get(key);
    const difference = countDifference(each.own, each.eager);
    sums.set(key, {
      group,
      difference: addCounts(difference, before?.difference ?? {}),
      traps: each.traps + (before?.traps ?? 0),
      windows: each.windows + (before?.windows ?? 0),
      savesElided: each.savesElided + (before?.savesElided ?? 0),
      hostSavesElided: each.hostSavesElided + (before?.hostSavesElided ?? 0),
    });
  }
}

const keyOf = (policy: string, group: string): string => `${policy}/${group}`;
