import type { GroupShape } from "../prices/break-even.js";
import type { GroupCounts } from "./groups.js";

/**
 * What a group does in a window, as it was counted. `keys`: whether each trap switches keys of pointer
 * authentication, for a group that was never seen to trap.
 */
export const groupShape = (group: GroupCounts, keys: boolean): GroupShape => ({
  registers: group.registers.length,
  path: group.path,
  hostSavesElided: group.hostSavesElided / Math.max(1, group.registers.length * group.windows),
  dirtyChecks: group.own.dirtyChecks / Math.max(1, group.windows),
  openUpdates: group.traps === 0 ? 1 : group.own.trapRegisterUpdates / group.traps,
  keySwitches: group.traps === 0 ? Number(keys) : group.own.keySwitches / group.traps,
});
