import { isSwitchedBeside } from "../../configs/lists.js";
import { registers } from "../../registers/lookup.js";
import { fixedPolicy } from "../policy.js";

export const lazyDebug = fixedPolicy(
  {
    name: "lazy-debug",
    summary:
      "The first write to a debug register in a run exits in full and marks the set dirty; the set is saved at the end of the run and its traps are set again.",
    source: "Linux up to v6.13: kvm_arm_setup_debug, KVM_ARM64_DEBUG_DIRTY",
  },
  [
    {
      name: "DEBUG",
      registers: registers
        .filter(({ name, class: kind }) => kind === "debug" && isSwitchedBeside(name))
        .map(({ name }) => name),
      trap: "first-write",
      onTrap: "open",
      save: "dirty",
      // Brought in at the next run, which finds the set dirty.
      restore: "open",
      arm: "run",
      host: "eager",
      path: "full",
    },
  ],
);
