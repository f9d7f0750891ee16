import { switchedClasses, type Point } from "../configs/points.js";
import type { CountRow } from "./counts.js";
import { Word, type Layout } from "./layout.js";
import { kindsOfPoint } from "./points.js";
import { slotsOf, type Assignment } from "./program.js";
import { byTable } from "./reference.js";

/**
 * From a region over a whole trace to counts by register. What a policy does at every point is the number of
 * those points, so that only dirty groups and traps were counted one by one.
 */
export function expandRegion(
  layout: Layout,
  region: Uint32Array | Float64Array,
  assignments: readonly Assignment[],
): CountRow[][] {
  return assignments.map((assignment, policy) =>
    Array.from({ length: layout.vcpus + layout.pcpus }, (_, context) =>
      contextRows(layout, region, assignment, policy, context),
    )
      .flat()
      .toSorted(byTable),
  );
}

type Row = { -readonly [key in keyof CountRow]: CountRow[key] };

function contextRows(
  layout: Layout,
  region: Uint32Array | Float64Array,
  { policy, config }: Assignment,
  number: number,
  context: number,
): CountRow[] {
  const isGuest = context < layout.vcpus;
  const { base, traps } = layout.policies[number];
  const first = context * layout.stride;
  const part = first + base;
  const passes = (point: Point): number =>
    kindsOfPoint[point].reduce((sum, kind) => sum + region[first + kind], 0);

  const rows = new Map<string, Row>();
  const rowOf = (register: string): Row => {
    let row = rows.get(register);
    if (row === undefined) {
      const whose = isGuest
        ? { context: "guest" as const, unit: context }
        : { context: "host" as const, unit: context - layout.vcpus };
      row = { ...whose, register, traps: 0, saves: 0, elided: 0, restores: 0 };
      rows.set(register, row);
    }
    return row;
  };

  const numberOf = new Map<string, number>();
  policy.groups.forEach(({ registers }, at) => registers.forEach((name) => numberOf.set(name, at)));
  /** How often a register of a group was saved at `all` save points. */
  const savesOf = (at: number | undefined, all: number): number => {
    if (at === undefined) return all;
    const rule = isGuest ? policy.groups[at].save : policy.groups[at].host;
    if (rule === "never") return 0;
    return rule === "always" || rule === "eager" ? all : region[part + Word.saves + at];
  };
  const isRestored = (at: number | undefined): boolean =>
    at === undefined || (isGuest ? policy.groups[at].restore : policy.groups[at].host) !== "never";

  const lists = isGuest ? config.lists.guest : config.lists.host;
  for (const each of switchedClasses) {
    const points = isGuest ? config.points[each].guest : config.points[each].host;
    if (points === undefined) continue;
    const saved = passes(points.save);
    for (const register of saved === 0 ? [] : lists.save[each]) {
      const row = rowOf(register);
      const saves = savesOf(numberOf.get(register), saved);
      row.saves += saves;
      row.elided += saved - saves;
    }
    const restored = passes(points.restore);
    for (const register of restored === 0 ? [] : lists.restore[each]) {
      if (isRestored(numberOf.get(register))) rowOf(register).restores += restored;
    }
  }
  if (isGuest) {
    slotsOf(policy).forEach((register, slot) => {
      const count = region[part + traps + slot];
      if (count > 0) rowOf(register).traps = count;
    });
  }
  return [...rows.values()];
}
