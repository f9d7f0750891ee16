import { switchCounts, type Counts } from "../prices/cost.js";
import { trapCounts } from "../policies/trap-counts.js";
import { countNames } from "../prices/terms.js";
import { hasLazyKeys } from "../policies/lazy-keys.js";
import type { OraclePrices } from "../policies/policy.js";
import type { OracleGroup } from "./oracle-group.js";

/**
 * What each count of a group's vector costs. A save in an armed window comes with a test whether it is made or not:
 * tests are counted for all save points, and taken off for those without.
 */
export function vectorPrices(
  { group, saved, restored, at, changes, width }: OracleGroup,
  { unitCosts }: OraclePrices,
  hasPauth: boolean,
): Float64Array {
  const prices = new Float64Array(width);
  const of = (counts: Partial<Counts>): number =>
    countNames.reduce((sum, name) => sum + (counts[name] ?? 0) * unitCosts[name], 0);
  prices.fill(of(trapCounts(group, hasPauth)), 0, group.registers.length);
  prices[changes] = of({ trapRegisterUpdates: 1 });
  if (hasLazyKeys(group)) {
    // As `keyCounts` of src/verdict has it: exits count switches.
    const { length } = group.registers;
    saved.forEach(({ registers }, number) => {
      prices[at.saves + number] = (registers.length / length) * of({ keySwitches: 1 });
    });
    return prices;
  }
  saved.forEach(({ registers }, number) => {
    prices[at.saves + number] = registers.reduce((sum, name) => sum + of(switchCounts(name, 1, 0)), 0);
    prices[at.untested + number] = group.save === "dirty" ? -registers.length * of({ dirtyChecks: 1 }) : 0;
  });
  restored.forEach(({ registers }, number) => {
    prices[at.restores + number] = registers.reduce((sum, name) => sum + of(switchCounts(name, 0, 1)), 0);
  });
  return prices;
}
