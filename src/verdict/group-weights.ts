import { hasLazyKeys } from "../policies/lazy-keys.js";
import type { Group } from "../policies/policy.js";
import { addCounts, cost, switchCounts, type Counts } from "../prices/cost.js";
import type { Nesting, PriceValues } from "../prices/profile.js";
import { trapCounts } from "../policies/trap-counts.js";
import type { Measure } from "./window-sums.js";

/** What one of each measure costs: a trap with all that it brings, and a register saved or restored. */
export type Weights = Readonly<Record<Measure, number>>;

/** What `groupCounts` counts for a trap, a save and a restore of a group, at prices; `pauth` as `trapCounts` takes it. */
export function weigh(group: Group, pauth: boolean, values: PriceValues, nesting: Nesting): Weights {
  const of = (part: Partial<Counts>): number => cost(addCounts(part), values, nesting);
  const traps = of(trapCounts(group, pauth));
  if (hasLazyKeys(group)) {
    return {
      traps,
      saves: of({ keySwitches: 1 }) / group.registers.length,
      restores: 0,
      changes: 0,
      tests: 0,
    };
  }
  const [first] = group.registers;
  return {
    traps,
    saves: of(switchCounts(first, 1, 0)),
    restores: of(switchCounts(first, 0, 1)),
    changes: of({ trapRegisterUpdates: 1 }),
    tests: of({ dirtyChecks: 1 }),
  };
}
