import type { Dictionary } from "../trace/windows/dictionary.js";
import { stepRegister, isPointStep } from "../trace/windows/step.js";
import { firstSlot, isWrite, symbolOf, unseen } from "./symbols.js";
import type { TrackedGroup } from "./tracked.js";
import { sharedU16 } from "./shared.js";

/** Windows of a dictionary by what one group can tell apart. */
export interface WindowClasses {
  /** By number of the window. */
  readonly classOf: Uint16Array;
  /** The symbols of each class. */
  readonly sequences: readonly (readonly number[])[];
  /** Flags (`Came`) of all windows of a class together. */
  readonly flags: Uint8Array;
}

/** Sorts the windows of one dictionary for any number of groups. */
export interface Classifier {
  /** @param leaves - Whether the group has windows that are left open, in which the first write counts */
  classify(tracked: TrackedGroup, leaves?: boolean): WindowClasses;
}

/**
 * Most windows touch none of a group's registers: what these are to it depends on its points alone, which many groups
 * have in common, so that it is worked out once for them.
 */
export function createClassifier({ size, offsets, steps, flags }: Dictionary): Classifier {
  /** By register: the windows that access it. */
  const touching = new Map<number, number[]>();
  for (let number = 0; number < size; number++) {
    for (let at = offsets[number]; at < offsets[number + 1]; at++) {
      if (isPointStep(steps[at])) continue;
      const register = stepRegister(steps[at]);
      const list = touching.get(register);
      if (list === undefined) touching.set(register, [number]);
      else if (list.at(-1) !== number) list.push(number);
    }
  }
  const skeletons = new Map<string, { readonly classOf: Uint16Array; readonly keys: readonly string[] }>();

  function symbolsOf(tracked: TrackedGroup, number: number, leaves: boolean): number[] {
    const symbols: number[] = [];
    for (let at = offsets[number]; at < offsets[number + 1]; at++) {
      const symbol = symbolOf(tracked, steps[at]);
      if (symbol !== unseen && !isIdle(leaves, symbols.at(-1) ?? 0, symbol)) symbols.push(symbol);
    }
    return symbols;
  }

  /** The classes of all windows to a group without registers. */
  function skeletonOf(tracked: TrackedGroup): { classOf: Uint16Array; keys: readonly string[] } {
    const id = JSON.stringify([tracked.save, tracked.restore, tracked.arm]);
    let known = skeletons.get(id);
    if (known === undefined) {
      const bare = { ...tracked, registers: [] };
      const classOf = new Uint16Array(size);
      const numbers = new Map<string, number>();
      for (let number = 0; number < size; number++) {
        classOf[number] = numberOf(numbers, symbolsOf(bare, number, false).join());
      }
      known = { classOf, keys: [...numbers.keys()] };
      skeletons.set(id, known);
    }
    return known;
  }

  return {
    classify(tracked, leaves = tracked.group.adaptive !== undefined) {
      const skeleton = skeletonOf(tracked);
      const classOf = sharedU16(size);
      classOf.set(skeleton.classOf);
      const numbers = new Map(skeleton.keys.map((key, at) => [key, at] as const));
      for (const register of tracked.registers) {
        for (const number of touching.get(register) ?? []) {
          classOf[number] = numberOf(numbers, symbolsOf(tracked, number, leaves).join());
        }
      }
      const all = new Uint8Array(numbers.size);
      for (let number = 0; number < size; number++) all[classOf[number]] |= flags[number];
      const sequences = [...numbers.keys()].map((key) => (key === "" ? [] : key.split(",").map(Number)));
      return { classOf, sequences, flags: all };
    },
  };
}

/**
 * Whether a symbol behind another one changes nothing: between two points only the first access can find a group
 * armed, and only the first write makes one dirty that was left open.
 */
function isIdle(leaves: boolean, before: number, symbol: number): boolean {
  if (symbol < firstSlot || before < firstSlot) return false;
  return !leaves || isWrite(before) || !isWrite(symbol);
}

function numberOf(numbers: Map<string, number>, key: string): number {
  let number = numbers.get(key);
  if (number === undefined) numbers.set(key, (number = numbers.size));
  return number;
}
