import type { Point } from "../../configs/points.js";
import { hostComesBetween } from "../../model/foreign.js";
import {
  access,
  begin,
  clean,
  isRestored,
  isSaved,
  Local,
  trapped,
  type OracleGroup,
} from "../../model/oracle-group.js";
import { Kind, type KindNumber } from "../../trace/kinds.js";

/** A synthetic window: the vCPU is loaded, runs once with one entry, and is put. The guest writes after the entry. */
export const windowPoints = [
  { kind: Kind.load, point: "load" },
  { kind: Kind.runStart, point: "run-start" },
  { kind: Kind.entry, point: "entry" },
  { kind: Kind.fullExit, point: "exit" },
  { kind: Kind.runEnd, point: "run-end" },
  { kind: Kind.put, point: "put" },
] as const satisfies readonly { readonly kind: KindNumber; readonly point: Point }[];

/** Points of a window before the guest's writes. */
export const pointsBefore = 3;

/** What an oracle's choice makes of a window that begins in a state, with so many writes. */
export function oracleWindow(
  shape: OracleGroup,
  from: number,
  writes: number,
  left: boolean,
): { readonly to: number; readonly counts: Float64Array } {
  const { group, saved, restored, at, changes, cleanAt, decideAt } = shape;
  const counts = new Float64Array(shape.width);
  let state = from;
  const decide = (): void => {
    if (((state & Local.left) !== 0) !== left) counts[changes]++;
    state = begin(group, state, left);
  };
  windowPoints.forEach(({ point }, number) => {
    if (number === pointsBefore) {
      for (let write = 0; write < writes; write++) {
        state = access(group, state, true);
        if ((state & trapped) !== 0) counts[0]++;
        state &= ~trapped;
      }
    }
    saved.forEach((each, which) => {
      if (each.point !== point) return;
      if (isSaved(group, state)) counts[at.saves + which]++;
      if ((state & Local.left) !== 0) counts[at.untested + which]++;
    });
    if (cleanAt === point) state = clean(group, state);
    if (decideAt === point && group.arm === "after-save") decide();
    const next = decideAt === point && group.arm !== "after-save" ? (left ? "left" : "armed") : undefined;
    restored.forEach((each, which) => {
      // One vCPU on one pCPU: nobody else comes between.
      if (each.point === point && isRestored(group, state, hostComesBetween(shape.config, each.each), next)) {
        counts[at.restores + which]++;
      }
    });
    if (next !== undefined) decide();
  });
  return { to: state, counts };
}
