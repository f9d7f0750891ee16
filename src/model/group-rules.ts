import type { Group } from "../policies/policy.js";
import { beginWindow, firstPhase, type Phase } from "./adaptive.js";

/** What a group of a guest context remembers. */
export interface GroupState {
  armed: boolean;
  dirty: boolean;
  /** An adaptive group, in a window that is left open and saved without a trap. */
  eager: boolean;
  /** Where an adaptive group stands. Its `changes` are counted at once, and 0 here. */
  readonly phase: Phase | undefined;
}

/** What a stretch of steps counted for a group; traps by slot, which is the register's place in the group. */
export interface GroupCounts {
  saves: number;
  /** Of a group that is restored only while it is open. */
  restores: number;
  /** Of an adaptive group's mind. */
  changes: number;
  readonly traps: number[];
}

/** What a point does to a group. */
export interface GroupPoint {
  readonly save: boolean;
  readonly restore: boolean;
  readonly arm: boolean;
}

/** Every context begins with its traps armed and clean. */
export const initialState = ({ trap, adaptive }: Group): GroupState => ({
  armed: trap !== "nothing",
  dirty: false,
  eager: false,
  phase: adaptive === undefined ? undefined : firstPhase(),
});

export const copyState = ({ phase, ...state }: GroupState): GroupState => ({
  ...state,
  phase: phase === undefined ? undefined : { ...phase },
});

export const noGroupCounts = ({ registers }: Group): GroupCounts => ({
  saves: 0,
  restores: 0,
  changes: 0,
  traps: registers.map(() => 0),
});

/** Rules 2 and 3: an access while the group is armed traps and opens it; while it is open nothing happens. */
export function accessGroup(
  group: Group,
  state: GroupState,
  counts: GroupCounts,
  slot: number,
  write: boolean,
): void {
  // Saved whether dirty or not; but a trial that begins before the save must not lose it.
  if (write && state.eager) state.dirty = true;
  if (!state.armed) return;
  counts.traps[slot]++;
  if (group.onTrap === "open") {
    state.armed = false;
    state.dirty = true;
    if (state.phase !== undefined) state.phase.traps++;
  }
}

/** Rules 4, 5 and 1, in this order where a point is several. */
export function passPoint(
  group: Group,
  state: GroupState,
  counts: GroupCounts,
  { save, restore, arm }: GroupPoint,
): void {
  if (save) {
    const saved = isSaved(group, state);
    if (saved) counts.saves++;
    if (saved && group.arm === "after-save" && group.trap !== "nothing") state.armed = true;
    state.dirty = false;
  }
  if (restore && group.restore === "open" && !state.armed) counts.restores++;
  if (arm) armGroup(group, state, counts);
}

/** Rule 1. An adaptive group is armed in the windows of its trials alone. */
function armGroup({ adaptive }: Group, state: GroupState, counts: GroupCounts): void {
  const { phase } = state;
  state.eager = phase !== undefined && adaptive !== undefined && beginWindow(phase, adaptive);
  state.armed = !state.eager;
  if (phase === undefined) return;
  counts.changes += phase.changes;
  phase.changes = 0;
}

/** What a save point does with the registers of a group. */
function isSaved({ save }: Group, { armed, dirty, eager }: GroupState): boolean {
  switch (save) {
    case "dirty":
      return dirty || eager;
    case "open":
      return !armed;
    case "never":
      return false;
    default:
      return true;
  }
}
