import { TraplineError } from "../errors.js";
import { dirtyEach } from "./builtin/dirty-each.js";
import { hasLazyKeys } from "./lazy-keys.js";
import { plainGroup, type OraclePrices, type PolicyDefinition } from "./policy.js";

const word = "oracle";

/** Whether a name asks for an oracle: `oracle`, or `oracle:NAME` over the groups of policy NAME. */
export const isOracleName = (name: string): boolean => name === word || name.startsWith(`${word}:`);

/**
 * A policy whose groups are armed, window by window, by whoever knows the future (`model/oracle.ts`); over
 * dirty-each's where no policy is given. Learning is of no use to it: adaptive groups are plain ones.
 */
export function oracleDefinition(
  prices: OraclePrices,
  of: PolicyDefinition = dirtyEach,
  name: string = of === dirtyEach ? word : `${word}:${of.name}`,
): PolicyDefinition {
  if (of.oracle !== undefined) {
    throw new TraplineError("usage", `${name}: ${of.name} knows the future already`);
  }
  return {
    name,
    summary: `The groups of ${of.name}, armed or left open in each window at the least cost that knowing the future allows.`,
    source: "Offline optimum at the prices at hand, by dynamic programming over the windows of each group",
    oracle: { of, prices },
    build(config) {
      const { groups, ...policy } = of.build(config);
      const hidden = groups.find(({ trap }) => trap === "undefined");
      if (hidden !== undefined) {
        throw new TraplineError(
          "usage",
          `${name}: the guest does not have what group "${hidden.name}" of ${of.name} hides, and there is no choice`,
        );
      }
      const keys = groups.find(hasLazyKeys);
      if (keys !== undefined) {
        throw new TraplineError(
          "usage",
          `${name}: the traps of group "${keys.name}" of ${of.name} save the host's keys, for which an oracle over the guest's windows does not choose`,
        );
      }
      return { ...policy, name, groups: groups.map(plainGroup), oracle: prices };
    },
  };
}
