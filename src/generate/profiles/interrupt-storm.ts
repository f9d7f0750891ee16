import type { Profile } from "../profile.js";
import { exceptions, noFirstUse, steadyFigures, timer } from "./linux.js";

/** A guest that leaves all the time and does little in between: many runs a load. */
export const interruptStorm: Profile = {
  name: "interrupt-storm",
  summary: "Interrupts of a device and of other CPUs end each run after microseconds; loads are long",
  vcpus: [4, "chosen: a device's queues on four CPUs"],
  pcpus: [4, "a CPU for each vCPU"],
  migration: [0.001, "as kvm-vhe"],
  phases: [
    {
      ...steadyFigures,
      name: "storm",
      runs: [40, "chosen: the CPU never waits, and the host's own tick ends the load"],
      emptyRuns: [
        0.025,
        "kvm-nvhe has 570 of 26,216 runs whose interrupt was pending before the ERET; a storm has more",
      ],
      fastExits: noFirstUse,
      guest: [2_500, "chosen: 100,000 interrupts a second with the host's part of each"],
      between: [
        6_000,
        "between EL2's shortest way from a full exit to the next entry in the recordings (4,200 instructions) and the mean",
      ],
      exits: [
        { reason: "IRQ", last: 0.9, inner: 0.9 },
        { reason: "SYS64", register: "ICC_SGI1R_EL1", last: 0.05, inner: 0.07 },
        { reason: "DABT_LOW", last: 0.05, inner: 0.03 },
      ],
      exitSource: "chosen: interrupts, and what answers them",
      activities: [
        { ...exceptions([1, "an interrupt is an exception"]), spread: [1, "each run takes one"] },
        { ...timer([1, "each run answers an interrupt"]), spread: [0.9, "nearly each run"] },
      ],
    },
  ],
};
