import type { SwitchedClass } from "../configs/points.js";
import type { SwitchConfig } from "../configs/resolve.js";

/** Classes whose registers the host uses too, without a context of its own that KVM would switch. */
const usedByHost: ReadonlySet<SwitchedClass> = new Set(["return", "fp"]);

/** Whether the host's values come between any two times that a guest's are in the registers of a class. */
export const hostComesBetween = ({ points }: Pick<SwitchConfig, "points">, each: SwitchedClass): boolean =>
  points[each].host !== undefined || usedByHost.has(each);

/** By class and place: whose values each pCPU's registers hold, and where each vCPU's values were last. */
export interface Holders {
  readonly holder: Map<string, number>;
  readonly lastSeen: Map<string, number>;
}

export const noHolders = (): Holders => ({ holder: new Map(), lastSeen: new Map() });

/** The same for contexts in another order: `order.vcpus[new]` is the old number, and so for pCPUs. */
export function copyHolders({ holder, lastSeen }: Holders, { vcpus, pcpus }: ContextOrder): Holders {
  const renamed = (
    map: ReadonlyMap<string, number>,
    keys: readonly number[],
    values: readonly number[],
  ): Map<string, number> =>
    new Map(
      Array.from(map, ([key, value]) => {
        const [each, unit] = key.split(" ");
        return [`${each} ${keys.indexOf(Number(unit))}`, values.indexOf(value)];
      }),
    );
  const isSame = [vcpus, pcpus].every((numbers) => numbers.every((number, at) => number === at));
  if (isSame) return { holder: new Map(holder), lastSeen: new Map(lastSeen) };
  return { holder: renamed(holder, pcpus, vcpus), lastSeen: renamed(lastSeen, vcpus, pcpus) };
}

/** Which context of before each one is. */
export interface ContextOrder {
  readonly vcpus: readonly number[];
  readonly pcpus: readonly number[];
}

/**
 * Tells at each restore of a class whether another context's values may be in its registers. Every restore is to
 * be asked about, once and in order: the answer depends on who was last where.
 */
export function createForeign(
  config: Pick<SwitchConfig, "points">,
  { holder, lastSeen }: Holders = noHolders(),
): (each: SwitchedClass, vcpu: number, pcpu: number) => boolean {
  return (each, vcpu, pcpu) => {
    const stays = holder.get(`${each} ${pcpu}`) === vcpu && lastSeen.get(`${each} ${vcpu}`) === pcpu;
    holder.set(`${each} ${pcpu}`, vcpu);
    lastSeen.set(`${each} ${vcpu}`, pcpu);
    return !stays || hostComesBetween(config, each);
  };
}
