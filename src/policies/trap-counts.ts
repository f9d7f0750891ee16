import { hasLazyKeys } from "./lazy-keys.js";
import type { Group } from "./policy.js";
import { addCounts, switchCounts, type Counts } from "../prices/cost.js";

/**
 * What one trap of a group counts: its path, what opening the group rewrites, the keys that the way to EL2 and back
 * switches (`pauth`: whether the guests use them), and the registers that come in with the trap because no restore
 * point brings them (kvm_hyp_handle_fpsimd). Arming writes what load and run write anyway. The first use of lazy keys
 * saves the host's, and comes out of a guest whose keys nobody switches; see `verdict/key-counts.ts`.
 */
export function trapCounts(group: Group, pauth: boolean): Counts {
  const path = group.path === "fast" ? "fastTraps" : "fullTraps";
  if (hasLazyKeys(group)) {
    return addCounts({ [path]: 1, trapRegisterUpdates: 1, keySaves: group.registers.length });
  }
  const opens = group.onTrap === "open" && group.trap !== "nothing";
  const broughtIn = opens && group.restore === "never" ? group.registers : [];
  return addCounts(
    { [path]: 1, trapRegisterUpdates: opens ? 1 : 0, keySwitches: pauth ? 1 : 0 },
    ...broughtIn.map((name) => switchCounts(name, 0, 1)),
  );
}
