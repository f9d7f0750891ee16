import { registers } from "../../registers/lookup.js";
import { fixedPolicy } from "../policy.js";

const switched = /^(?:MDCCINT_EL1|DBG[BW][VC]R\d+_EL1)$/;

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
      registers: registers.map(({ name }) => name).filter((name) => switched.test(name)),
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
