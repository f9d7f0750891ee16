import { isPointStep } from "../trace/windows/step.js";
import { firstSlot, isWrite, slotOf, symbolOf, unseen } from "./symbols.js";
import type { TrackedGroup } from "./tracked.js";
import { sharedI32, sharedU8 } from "./shared.js";

/** A bit for each group, in two words; the sign of the first is for points. */
export const lowGroups = 31;
export const mostGroups = lowGroups + 32;
export const look = -(2 ** 31);

/** By step or kind of point: the bits of both words. */
export interface BitTable {
  readonly low: Int32Array;
  readonly high: Int32Array;
}

export interface BitPair {
  readonly low: number;
  readonly high: number;
}

/** Group rules (`group-rules.ts`) as bits. */
export interface BitRules {
  /**
   * Four words for each step: groups that it is an access of, or `look` for a point that does something or a step
   * that is none; and groups that it writes.
   */
  readonly accesses: Int32Array;
  /** By step and group: the register's place in the group. */
  readonly slots: Uint8Array;
  /** By kind of point. */
  readonly saving: BitTable;
  readonly restoring: BitTable;
  readonly arming: BitTable;
  readonly opening: BitPair;
  readonly whenDirty: BitPair;
  readonly whenOpen: BitPair;
  readonly always: BitPair;
  readonly afterSave: BitPair;
}

/** @param valid - By step: 1 where it is one. */
export function createBitRules(groups: readonly TrackedGroup[], valid: Uint8Array): BitRules {
  const pair = (test: (tracked: TrackedGroup) => boolean): BitPair => {
    const words = { low: 0, high: 0 };
    groups.forEach((tracked, at) => {
      if (test(tracked)) words[at < lowGroups ? "low" : "high"] |= bitOf(at);
    });
    return words;
  };
  const byKind = (test: (tracked: TrackedGroup, kind: number) => boolean): BitTable => {
    const pairs = Array.from({ length: firstSlot }, (_, kind) => pair((tracked) => test(tracked, kind)));
    return {
      low: Int32Array.from(pairs, ({ low }) => low),
      high: Int32Array.from(pairs, ({ high }) => high),
    };
  };
  const saving = byKind(({ save }, kind) => save.includes(kind));
  const restoring = byKind(({ restore, group }, kind) => restore.includes(kind) && group.restore === "open");
  const arming = byKind(({ arm }, kind) => arm.includes(kind));
  const accesses = sharedI32(4 * valid.length);
  const slots = sharedU8(valid.length * groups.length);
  valid.forEach((isStep, step) => {
    if (isStep === 0) accesses[4 * step] = look;
    else if (isPointStep(step)) {
      const does = [saving, restoring, arming].some(({ low, high }) => (low[step] | high[step]) !== 0);
      accesses[4 * step] = does ? look : 0;
    } else {
      groups.forEach((tracked, at) => {
        const symbol = symbolOf(tracked, step);
        if (symbol === unseen) return;
        const word = 4 * step + Number(at >= lowGroups);
        accesses[word] |= bitOf(at);
        if (isWrite(symbol)) accesses[word + 2] |= bitOf(at);
        slots[step * groups.length + at] = slotOf(symbol);
      });
    }
  });
  return {
    accesses,
    slots,
    saving,
    restoring,
    arming,
    opening: pair(({ group }) => group.onTrap === "open"),
    whenDirty: pair(({ group }) => group.save === "dirty"),
    whenOpen: pair(({ group }) => group.save === "open"),
    always: pair(({ group }) => !["dirty", "open", "never"].includes(group.save)),
    afterSave: pair(({ group }) => group.arm === "after-save"),
  };
}

export const bitOf = (group: number): number => 1 << (group < lowGroups ? group : group - lowGroups);
