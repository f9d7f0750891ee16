import { switchedClasses } from "../configs/points.js";
import type { SwitchConfig } from "../configs/resolve.js";
import { pointOfKind, points } from "../model/points.js";

/** How often each guest context came by each point. */
export interface PointPasses {
  step(kind: number, vcpu: number): void;
  /** Of one context, in the order of `points`. */
  readonly of: readonly Float64Array[];
}

export function createPointPasses(vcpus: number): PointPasses {
  const of = Array.from({ length: vcpus }, () => new Float64Array(points.length));
  const numberOf = new Int8Array(32).fill(-1);
  for (const [kind, point] of pointOfKind) numberOf[kind] = points.indexOf(point);
  return {
    of,
    step(kind, vcpu) {
      const number = numberOf[kind];
      if (number >= 0) of[vcpu][number]++;
    },
  };
}

/** How many of some registers eager saves or restores in a guest context at each point, in the order of `points`. */
export function eagerPerPass(
  isAsked: (register: string) => boolean,
  config: SwitchConfig,
  what: "save" | "restore",
): readonly number[] {
  const found = points.map(() => 0);
  for (const each of switchedClasses) {
    const registers = config.lists.guest[what][each].filter(isAsked).length;
    found[points.indexOf(config.points[each].guest[what])] += registers;
  }
  return found;
}

/** What comes with passes of points: so many of it at each pass. */
export function passedSum(perPass: readonly number[], passes: Float64Array): number {
  let sum = 0;
  for (let point = 0; point < passes.length; point++) sum += perPass[point] * passes[point];
  return sum;
}
