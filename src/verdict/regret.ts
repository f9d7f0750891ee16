import { hasPauth } from "../configs/pauth.js";
import type { Assignment } from "../model/assignment.js";
import { plainGroup, type Group, type PolicyDefinition } from "../policies/policy.js";
import { cost, countDifference } from "../prices/cost.js";
import type { Nesting, PriceValues, Profile } from "../prices/profile.js";
import type { TraceCounts } from "../replay/merge.js";
import { policyBound, type Bound } from "./bound.js";
import type { GroupCounts } from "./groups.js";
import { oraclePrices } from "./oracle-prices.js";

/** What a policy or group costs more than the oracle of its groups. */
export interface Regret {
  /** In the profile's unit, at its likely prices; never below 0. */
  readonly cost: number;
  /** Of what the policy or group costs; null where it costs nothing. */
  readonly share: number | null;
}

export function regretOf(
  own: GroupCounts,
  least: GroupCounts,
  values: PriceValues,
  nesting: Nesting,
): Regret {
  const costs = cost(own.own, values, nesting);
  const more = cost(countDifference(own.own, least.own), values, nesting);
  // What is left of rounding is neither regret nor gain.
  const regret = Math.abs(more) <= 1e-9 * costs ? 0 : more;
  return { cost: regret, share: costs === 0 ? null : regret / costs };
}

/** The bound of groups of a policy on a trace with these contexts; null where not all of them are adaptive. */
export function boundOf(
  groups: readonly Group[],
  assignment: Assignment,
  { header, config }: TraceCounts,
  profile: Profile,
  nesting: Nesting,
): Bound | null {
  const contexts = { vcpus: header.vcpus.length, pcpus: header.pcpus.length };
  const keys = hasPauth(config, header.capabilities);
  return policyBound(groups, assignment, oraclePrices(profile, nesting), keys, contexts) ?? null;
}

/** What has to be replayed for these policies: for an oracle, the policy whose groups it arms. */
export function replayedFor(asked: readonly PolicyDefinition[]): PolicyDefinition[] {
  const replayed: PolicyDefinition[] = [];
  for (const definition of asked) {
    const wanted = definition.oracle?.of ?? definition;
    const same = replayed.find(({ name }) => name === wanted.name);
    // A file that is named twice is read twice; others of one name are refused where the replay is planned.
    if (same === undefined || JSON.stringify(same.fixed) !== JSON.stringify(wanted.fixed))
      replayed.push(wanted);
  }
  return replayed;
}

/**
 * The counts of the policies that were asked for, of those of their replay and of the oracles of all of these. An
 * oracle's own are its oracle's.
 */
export function countsOf(
  asked: readonly PolicyDefinition[],
  replayed: TraceCounts,
  optimum: TraceCounts,
): { readonly counts: TraceCounts; readonly optimum: TraceCounts } {
  const places = asked.map(({ name, oracle }) => ({
    name,
    prices: oracle?.prices,
    at: replayed.policies.findIndex(({ policy }) => policy === (oracle?.of.name ?? name)),
  }));
  const pick = (own: boolean): TraceCounts => ({
    ...replayed,
    assignments: places.map(({ name, prices, at }) => {
      const { policy, config } = replayed.assignments[at];
      if (prices === undefined) return { policy, config };
      return { policy: { ...policy, name, groups: policy.groups.map(plainGroup), oracle: prices }, config };
    }),
    policies: places.map(({ name, prices, at }) => ({
      policy: name,
      rows: (own && prices === undefined ? replayed : optimum).policies[at].rows,
    })),
  });
  return { counts: pick(true), optimum: pick(false) };
}
