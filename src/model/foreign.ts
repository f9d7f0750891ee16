import type { SwitchedClass } from "../configs/points.js";
import type { SwitchConfig } from "../configs/resolve.js";

/** Classes whose registers the host uses too, without a context of its own that KVM would switch. */
const usedByHost: ReadonlySet<SwitchedClass> = new Set(["return", "fp"]);

/** Whether the host's values come between any two times that a guest's are in the registers of a class. */
export const hostComesBetween = ({ points }: Pick<SwitchConfig, "points">, each: SwitchedClass): boolean =>
  points[each].host !== undefined || usedByHost.has(each);

/**
 * Tells at each restore of a class whether another context's values may be in its registers. Every restore is to
 * be asked about, once and in order: the answer depends on who was last where.
 */
export function createForeign(
  config: Pick<SwitchConfig, "points">,
): (each: SwitchedClass, vcpu: number, pcpu: number) => boolean {
  /** By class: whose values each pCPU's registers hold, and where each vCPU's values were last. */
  const holder = new Map<string, number>();
  const lastSeen = new Map<string, number>();
  return (each, vcpu, pcpu) => {
    const stays = holder.get(`${each} ${pcpu}`) === vcpu && lastSeen.get(`${each} ${vcpu}`) === pcpu;
    holder.set(`${each} ${pcpu}`, vcpu);
    lastSeen.set(`${each} ${vcpu}`, pcpu);
    return !stays || hostComesBetween(config, each);
  };
}
