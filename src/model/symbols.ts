import { Kind } from "../trace/kinds.js";
import { isPointStep, stepKind, stepRegister } from "../trace/windows/step.js";
import type { TrackedGroup } from "./tracked.js";

/**
 * A step as one group sees it: a kind of point below `firstSlot`; or, for an access that traps while the group is
 * armed, `firstSlot` and twice the slot of its register, one more for a write. Steps that it does not see have none.
 */
export type GroupSymbol = number;

/** Above every kind of point. */
export const firstSlot = 8;
export const unseen = -1;

/** The symbol of a step for a group. */
export function symbolOf(tracked: TrackedGroup, step: number): GroupSymbol {
  const kind = stepKind(step);
  if (isPointStep(step)) {
    const { save, restore, arm } = tracked;
    return save.includes(kind) || restore.includes(kind) || arm.includes(kind) ? kind : unseen;
  }
  if (!tracked.accesses.includes(kind)) return unseen;
  const slot = tracked.registers.indexOf(stepRegister(step));
  return slot < 0 ? unseen : firstSlot + 2 * slot + Number(isWriteKind(kind));
}

const isWriteKind = (kind: number): boolean => kind === Kind.guestWrite || kind === Kind.emulatedWrite;

export const slotOf = (symbol: GroupSymbol): number => (symbol - firstSlot) >> 1;
export const isWrite = (symbol: GroupSymbol): boolean => ((symbol - firstSlot) & 1) === 1;
