import type { Profile } from "../profile.js";
import {
  addressSpace,
  contextSwitch,
  exceptions,
  noFirstUse,
  steadyExits,
  steadyFigures,
  steadySource,
  timer,
} from "./linux.js";

/** Processes that wake each other all the time: the worst for lists with TTBR0_EL1 and CONTEXTIDR_EL1. */
export const switching: Profile = {
  name: "context-switch",
  summary: "Processes that wake each other: page tables and thread registers written in nearly every window",
  vcpus: [2, "two processes on two CPUs"],
  pcpus: [2, "a CPU for each vCPU"],
  migration: [0.001, "as kvm-vhe"],
  phases: [
    {
      ...steadyFigures,
      name: "ping-pong",
      fastExits: noFirstUse,
      guest: [12_000, "chosen: a pipe's round trip of some microseconds before the CPU waits again"],
      exits: steadyExits,
      exitSource: steadySource,
      activities: [
        exceptions([1, "chosen: a wake-up is an interrupt"]),
        timer([0.3, "chosen: the tick stops where a CPU waits most of the time"]),
        {
          ...contextSwitch([0.98, "chosen: each window switches"]),
          burst: [60, "chosen: hardly ever a pause"],
        },
        {
          ...addressSpace([0.95, "chosen: nearly each switch is to another process"]),
          burst: [30, "chosen"],
        },
      ],
    },
  ],
};
