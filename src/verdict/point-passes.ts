import { switchedClasses, type Point } from "../configs/points.js";
import type { SwitchConfig } from "../configs/resolve.js";
import { pointOfKind, points } from "../model/points.js";

/** How often each guest context came by each point. */
export interface PointPasses {
  step(kind: number, vcpu: number): void;
  of(point: Point, vcpu: number): number;
}

export function createPointPasses(vcpus: number): PointPasses {
  const passes = new Float64Array(points.length * vcpus);
  const numberOf = new Int8Array(32).fill(-1);
  for (const [kind, point] of pointOfKind) numberOf[kind] = points.indexOf(point);
  return {
    step(kind, vcpu) {
      const number = numberOf[kind];
      if (number >= 0) passes[vcpu * points.length + number]++;
    },
    of: (point, vcpu) => passes[vcpu * points.length + points.indexOf(point)],
  };
}

/** What eager counts for some registers in a guest context, up to now. */
export type EagerTotals = (vcpu: number) => number;

/** @param config - Of the run, which a policy in a mode of its own may not share. */
export function eagerTotals(
  passes: PointPasses,
  isAsked: (register: string) => boolean,
  config: SwitchConfig,
  what: "save" | "restore",
): EagerTotals {
  const switched = switchedClasses.flatMap((each) => {
    const registers = config.lists.guest[what][each].filter(isAsked).length;
    return registers === 0 ? [] : [{ point: config.points[each].guest[what], registers }];
  });
  return (vcpu) =>
    switched.reduce((sum, { point, registers }) => sum + registers * passes.of(point, vcpu), 0);
}
