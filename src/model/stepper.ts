import { mostGroups } from "./bit-rules.js";
import { createBits } from "./bits.js";
import { addResult, type ResultLayout } from "./group-results.js";
import type { TrackedGroup } from "./tracked.js";

/** Takes groups through steps one by one: for recordings whose windows repeat too little for a dictionary. */
export interface Stepper {
  run(vcpu: number, steps: Uint16Array, from: number, to: number): void;
  finish(layout: ResultLayout, results: Float64Array): void;
}

/**
 * @param valid - By step: 1 where it is one.
 * @param wrong - Makes an error for a step that is none.
 */
export function createStepper(
  groups: readonly TrackedGroup[],
  valid: Uint8Array,
  vcpus: number,
  wrong: () => Error,
): Stepper {
  const words = Array.from({ length: Math.ceil(groups.length / mostGroups) }, (_, at) =>
    createBits(groups.slice(at * mostGroups, (at + 1) * mostGroups), valid, vcpus, wrong),
  );
  return {
    run(vcpu, steps, from, to) {
      for (const word of words) word.run(vcpu, steps, from, to);
    },
    finish(layout, results) {
      groups.forEach((_, group) => {
        const word = words[Math.floor(group / mostGroups)];
        for (let vcpu = 0; vcpu < vcpus; vcpu++) {
          addResult(layout, results, group, vcpu, word.counts(group % mostGroups, vcpu), 1);
        }
      });
    },
  };
}
