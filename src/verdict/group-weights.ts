import { hasLazyKeys } from "../policies/lazy-keys.js";
import type { Group } from "../policies/policy.js";
import { switchCounts } from "../prices/cost.js";
import type { Nesting, PriceValues } from "../prices/profile.js";
import { countNames, unitCost } from "../prices/terms.js";
import { hasPauth } from "../trace/capabilities.js";
import type { TraceHeader } from "../trace/header.js";
import type { Measure } from "./window-sums.js";

/** What one of each measure costs: a trap with all that it brings, and a register saved or restored. */
export type Weights = Readonly<Record<Measure, number>>;

/** What `groupCounts` counts for a trap, a save and a restore of a group, at prices. */
export function weigh(group: Group, header: TraceHeader, values: PriceValues, nesting: Nesting): Weights {
  const price = (name: Parameters<typeof unitCost>[0]): number => unitCost(name, values, nesting);
  const path = group.path === "fast" ? "fastTraps" : "fullTraps";
  const opens = group.onTrap === "open" && group.trap !== "nothing";
  const one = switchCounts(group.registers[0], 1, 1);
  const of = (part: Partial<Record<(typeof countNames)[number], number>>): number =>
    countNames.reduce((sum, name) => sum + (part[name] ?? 0) * price(name), 0);
  const { saves = 0, fpSaves = 0, restores = 0, fpRestores = 0 } = one;
  if (hasLazyKeys(group)) {
    const { length } = group.registers;
    return {
      traps: of({ [path]: 1, trapRegisterUpdates: 1, keySaves: length }),
      saves: price("keySwitches") / length,
      restores: 0,
      changes: 0,
    };
  }
  return {
    traps: of({
      [path]: 1,
      trapRegisterUpdates: opens ? 1 : 0,
      keySwitches: hasPauth(header.capabilities) ? 1 : 0,
    }),
    saves: of({ saves, fpSaves }),
    restores: of({ restores, fpRestores }),
    changes: of({ trapRegisterUpdates: 1 }),
  };
}
