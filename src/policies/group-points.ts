import { switchedClasses, type ClassPoints, type ContextPoints, type Point } from "../configs/points.js";
import type { SwitchedClass } from "../configs/points.js";
import type { SwitchConfig } from "../configs/resolve.js";
import { registerByName } from "../registers/lookup.js";
import type { Register } from "../registers/register.js";
import type { Group } from "./policy.js";

/** The class that a register is switched with, if it is switched at all. */
export function switchedClass({ class: own }: Pick<Register, "class">): SwitchedClass | undefined {
  return switchedClasses.find((each) => each === own);
}

/** The classes that a group's registers are switched with. */
export function groupClasses({ registers }: Group): SwitchedClass[] {
  const own = new Set(registers.map((name) => registerByName(name)?.class));
  return switchedClasses.filter((each) => own.has(each));
}

/**
 * Where a group's guest registers are saved, restored and armed; none if nobody switches them. The registers may
 * be of several classes, which then have the same points (`checkPolicy` sees to that).
 */
export function guestPoints(group: Group, config: SwitchConfig): ClassPoints["guest"] | undefined {
  const [first] = groupClasses(group);
  return first === undefined ? undefined : config.points[first].guest;
}

/** Where the host's registers of a group are saved and restored. Some of its classes may have no host points. */
export function hostPoints(group: Group, config: SwitchConfig): ContextPoints | undefined {
  return groupClasses(group)
    .map((each) => config.points[each].host)
    .find((points) => points !== undefined);
}

/** The point at which a group's traps are set again; none where they are never, or by another rule. */
export function armPoint(group: Group, config: SwitchConfig): Point | undefined {
  const points = guestPoints(group, config);
  if (points === undefined || group.trap === "nothing") return undefined;
  switch (group.arm) {
    case "arming-point":
      return points.arm;
    case "load":
      return "load";
    case "run":
      return "run-start";
    default:
      return undefined;
  }
}
