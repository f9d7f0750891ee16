import type { Point } from "../configs/points.js";
import type { SwitchConfig } from "../configs/resolve.js";
import { armPoint, guestPoints } from "../policies/group-points.js";
import { countsEmulated, type Group } from "../policies/policy.js";
import { Kind } from "../trace/kinds.js";
import { segmentations } from "../trace/windows/segmentation.js";
import { stepKindOf } from "../trace/windows/step.js";
import { kindsOfPoint } from "./points.js";
import type { Assignment } from "./assignment.js";

/**
 * A group whose traps open it: all that depends on windows. What other groups do is a multiple of how often points
 * were passed and registers accessed. Groups that are alike in every policy are tracked once.
 */
export interface TrackedGroup {
  readonly group: Group;
  /** Step kinds at which the group is saved, restored and armed. */
  readonly save: readonly number[];
  readonly restore: readonly number[];
  readonly arm: readonly number[];
  /** Step kinds of accesses that trap while it is armed. */
  readonly accesses: readonly number[];
  /** By slot (place in `group.registers`): index in the trace's dictionary, -1 for a register that it never names. */
  readonly registers: readonly number[];
  /** Index of the segmentation that shows all of these points and repeats most. */
  readonly segmentation: number;
}

export const isTracked = ({ trap }: Group): boolean => trap === "first-write" || trap === "first-access";

/** The tracked groups of all policies, each once, and by policy and group the number of its own; -1 for others. */
export interface TrackedGroups {
  readonly groups: readonly TrackedGroup[];
  readonly numbers: readonly (readonly number[])[];
}

export function trackGroups(names: readonly string[], assignments: readonly Assignment[]): TrackedGroups {
  const known = new Map<string, number>();
  const groups: TrackedGroup[] = [];
  const numbers = assignments.map(({ policy, config }) =>
    policy.groups.map((group) => {
      if (!isTracked(group)) return -1;
      const tracked = trackGroup(names, group, config);
      const key = JSON.stringify({ ...tracked, group: { ...group, name: "", host: "" } });
      let number = known.get(key);
      if (number === undefined) {
        number = groups.push(tracked) - 1;
        known.set(key, number);
      }
      return number;
    }),
  );
  return { groups, numbers };
}

/** @param names - Of the trace's registers, by index */
export function trackGroup(names: readonly string[], group: Group, config: SwitchConfig): TrackedGroup {
  const points = {
    save: stepKinds(guestPoints(group, config)?.save),
    restore: stepKinds(guestPoints(group, config)?.restore),
    arm: stepKinds(armPoint(group, config)),
  };
  const kinds = [...points.save, ...points.restore, ...points.arm];
  const fits = segmentations.flatMap((each, at) =>
    kinds.every((kind) => each.points.includes(kind)) ? [at] : [],
  );
  const emulated = countsEmulated(group);
  const reads = group.trap === "first-access";
  return {
    group,
    ...points,
    accesses: [
      Kind.guestWrite,
      ...(reads ? [Kind.guestRead] : []),
      ...(emulated ? [Kind.emulatedWrite] : []),
      ...(emulated && reads ? [Kind.emulatedRead] : []),
    ],
    registers: group.registers.map((name) => names.indexOf(name)),
    segmentation: Math.max(...fits),
  };
}

function stepKinds(point: Point | undefined): number[] {
  return point === undefined ? [] : [...new Set(kindsOfPoint[point].map(stepKindOf))];
}
