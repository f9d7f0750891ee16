import type { SwitchConfig } from "../configs/resolve.js";
import { bringsIn } from "../policies/brings-in.js";
import { armPoint, guestPoints } from "../policies/group-points.js";
import { hasLazyKeys } from "../policies/lazy-keys.js";
import type { Group } from "../policies/policy.js";
import type { GroupShape } from "../prices/break-even.js";
import { isVectors } from "../prices/cost.js";
import type { GroupCounts } from "./groups.js";
import { listed } from "./window-counters.js";

/**
 * Whether a window of a group costs what `GroupShape` says: armed where it begins, opened by its first trap, and
 * switched as eager does from there. Groups that emulate each write trap as often as they are written; what learns, or
 * is restored over foreign values alone, costs by more than the share of windows that trap.
 */
export function hasShape(group: Group, config: SwitchConfig): boolean {
  const { adaptive, onTrap, trap, save, restore, arm } = group;
  const isArmed = arm === "after-save" || armPoint(group, config) === guestPoints(group, config)?.arm;
  return (
    adaptive === undefined &&
    trap !== "nothing" &&
    onTrap === "open" &&
    (save === "dirty" || save === "open") &&
    restore !== "foreign" &&
    isArmed &&
    !hasLazyKeys(group) &&
    listed(group, config.lists.guest.save) > 0
  );
}

/**
 * What a group does in a window, as it was counted; its registers are those that are switched. `pauth`: whether each
 * trap switches keys of pointer authentication, for a group that was never seen to trap.
 */
export function groupShape(
  counts: GroupCounts,
  group: Group,
  { lists: { guest } }: SwitchConfig,
  pauth: boolean,
): GroupShape {
  const { path, windows, traps, own, hostSavesElided } = counts;
  const registers = listed(group, guest.save);
  return {
    registers,
    path,
    restoresElided: bringsIn(group) ? listed(group, guest.restore) / registers : 0,
    isVectors: group.registers.some(isVectors),
    hostSavesElided: hostSavesElided / Math.max(1, registers * windows),
    dirtyChecks: own.dirtyChecks / Math.max(1, windows),
    openUpdates: traps === 0 ? 1 : own.trapRegisterUpdates / traps,
    keySwitches: traps === 0 ? Number(pauth) : own.keySwitches / traps,
  };
}

/** With a dirty flag of the group, where it has any, instead of one for each register. */
export const withOneFlag = (shape: GroupShape): GroupShape => ({
  ...shape,
  dirtyChecks: Math.min(1, shape.dirtyChecks ?? 1),
});
