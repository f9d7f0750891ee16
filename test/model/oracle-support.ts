/** Oracles and their rivals on lists of events, priced as a verdict prices them. */

import type { SwitchConfig } from "#src/configs/resolve.js";
import type { CountRow, Naming } from "#src/model/counts.js";
import { createOracle } from "#src/model/oracle.js";
import { oracleRows } from "#src/model/oracle-rows.js";
import { createInterpreter } from "#src/model/reference.js";
import type { OraclePrices, Policy } from "#src/policies/policy.js";
import { noCounts, type Counts } from "#src/prices/cost.js";
import { countNames } from "#src/prices/terms.js";
import { countGroup } from "#src/verdict/groups.js";
import type { Event } from "./dsl.js";

/** Prices by count; what is not named costs nothing. */
export function pricesOf(given: Partial<Counts>): OraclePrices {
  return { profile: "test", nesting: "none", unitCosts: { ...noCounts, ...given } };
}

const priced = (counts: Counts, { unitCosts }: OraclePrices): number =>
  countNames.reduce((sum, name) => sum + counts[name] * unitCosts[name], 0);

export interface Setting {
  readonly naming: Naming;
  readonly events: readonly Event[];
  readonly config: SwitchConfig;
  readonly prices: OraclePrices;
  readonly keys: boolean;
}

export function policyRows(policy: Policy, { naming, events, config }: Setting): CountRow[] {
  const interpreter = createInterpreter(naming, policy, config);
  for (const event of events) interpreter.step(event);
  return interpreter.rows();
}

export function rowsOfOracle(policy: Policy, { naming, events, config, prices, keys }: Setting): CountRow[] {
  const plain = createInterpreter(naming, policy, config);
  const tracked = policy.groups.map((group) => ({ group, config }));
  const oracle = createOracle(naming, tracked, [prices], keys);
  for (const event of events) {
    plain.step(event);
    oracle.step(event);
  }
  return oracleRows(policy, plain.rows(), (group) => oracle.rows({ group, config }, 0), prices);
}

/** What each group of a policy costs, by its rows. */
export const groupCosts = (policy: Policy, rows: readonly CountRow[], { prices, keys }: Setting): number[] =>
  policy.groups.map((group) => priced(countGroup(policy, group, rows, [], keys).own, prices));

/** The same of eager, for the registers of the policy's groups. */
export function eagerCosts({ groups }: Policy, setting: Setting): number[] {
  const rows = policyRows({ name: "eager", groups: [], assumeNotHardwareWritten: [] }, setting);
  return groups.map((group) =>
    priced(countGroup({ name: "" }, group, [], rows, false).eager, setting.prices),
  );
}

/** Whether a cost is not above another but for rounding. */
export const atMost = (own: number, other: number): boolean => own <= other + 1e-7 * (1 + Math.abs(other));
