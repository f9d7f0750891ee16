import type { Group } from "./policy.js";

/** What is armed and marked by itself: a group, or a register of one whose trap opens or marks only what was written. */
export interface Units {
  readonly groups: readonly Group[];
  /** The units that a trap of one opens, and those that it marks. */
  readonly opened: (unit: Group) => readonly Group[];
  readonly marked: (unit: Group) => readonly Group[];
}

export function trackingUnits(groups: readonly Group[]): Units {
  const beside = new Map<Group, readonly Group[]>();
  const units = groups.flatMap((group): readonly Group[] => {
    if (group.opens !== "written" && group.marks !== "written") return [group];
    const own = group.registers.map((register): Group => ({ ...group, registers: [register] }));
    for (const unit of own) beside.set(unit, own);
    return own;
  });
  const reach = (unit: Group, span: Group["opens"]): readonly Group[] =>
    span === "written" ? [unit] : (beside.get(unit) ?? [unit]);
  return {
    groups: units,
    opened: (unit) => reach(unit, unit.opens),
    marked: (unit) => reach(unit, unit.marks),
  };
}
