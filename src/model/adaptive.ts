import type { Adaptive, Group } from "../policies/policy.js";

/** Where an adaptive group of a guest context is in its trial, or in its eager windows. */
export interface Phase {
  /** Windows of the trial that began, and those that trapped. */
  windows: number;
  traps: number;
  /** Eager windows yet to begin after this one; -1 in a trial. */
  left: number;
  /** How often the group went from trapping to eager or back. */
  changes: number;
}

/** What comes before a group's first arming point is in no trial. */
export const firstPhase = (): Phase => ({ windows: 0, traps: 0, left: -1, changes: 0 });

/** An arming point: the window that now begins. True where it is eager. */
export function beginWindow(phase: Phase, { traps, windows, eager }: Adaptive): boolean {
  if (phase.left > 0) {
    phase.left--;
    return true;
  }
  if (phase.left === 0) {
    phase.changes++;
    Object.assign(phase, { windows: 1, traps: 0, left: -1 });
    return false;
  }
  if (phase.windows === 0) phase.traps = 0;
  if (phase.traps >= traps) {
    phase.changes++;
    phase.left = eager - 1;
    return true;
  }
  if (phase.windows === windows) Object.assign(phase, { windows: 0, traps: 0 });
  phase.windows++;
  return false;
}

/** A phase for each adaptive group. */
export const phasesOf = (groups: readonly Group[]): Map<Group, Phase> =>
  new Map(groups.filter(({ adaptive }) => adaptive !== undefined).map((group) => [group, firstPhase()]));
