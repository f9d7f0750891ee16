import type { Profile } from "../profile.js";
import {
  addressSpace,
  bootExits,
  bootSource,
  contextSwitch,
  exceptions,
  setUp,
  steadyExits,
  steadyFigures,
  steadySource,
  timer,
  vectors,
} from "./linux.js";

const firstQuarter = "kvm-vhe, first quarter";

/** A Linux guest that boots and then does some work of everything. */
export const steady: Profile = {
  name: "steady",
  summary: "A Linux guest that boots, sets up its registers once, and goes on with a mixed load",
  vcpus: [2, "as kvm-vhe"],
  pcpus: [2, "a CPU for each vCPU, as kvm-vhe"],
  migration: [0.001, "kvm-vhe: 2 of 3,344 loads"],
  phases: [
    {
      name: "boot",
      windows: [416, `${firstQuarter}: 404 and 432 windows`],
      runs: [5.4, `${firstQuarter}: 4.74 and 6.13 runs`],
      emptyRuns: [0.012, `${firstQuarter}: 0.010 and 0.013`],
      fastExits: [0.018, `${firstQuarter}: 32 of 1,915 and 43 of 2,650 runs`],
      guest: [370_000, `${firstQuarter}: 344,462 and 391,755 instructions`],
      between: [8_800, `${firstQuarter}: 9,014 and 8,613 instructions`],
      edges: [7_500, `${firstQuarter}: 7,356 and 7,610 instructions`],
      out: [24_000, `${firstQuarter}: 23,456 and 24,465 instructions`],
      exits: bootExits,
      exitSource: bootSource,
      activities: [
        { ...setUp, share: [1 / 416, "once in a boot"] },
        exceptions([0.81, `${firstQuarter}: 0.75 and 0.87`]),
        timer([0.72, `${firstQuarter}: 0.68 and 0.76`]),
        contextSwitch([0.6, `${firstQuarter}: 0.54 and 0.65`]),
        addressSpace([0.045, `${firstQuarter}: 0.047 and 0.042`]),
        vectors([0.09, `${firstQuarter}: 0.079 and 0.102`]),
      ],
    },
    {
      ...steadyFigures,
      name: "steady",
      exits: steadyExits,
      exitSource: steadySource,
      activities: [
        exceptions([0.76, "kvm-vhe, last quarter: 0.93 and 0.59"]),
        timer([0.65, "kvm-vhe, last quarter: 0.79 and 0.51"]),
        contextSwitch([0.63, "kvm-vhe, last quarter: 0.75 and 0.51"]),
        addressSpace([0.036, "kvm-vhe, last quarter: 0.042 and 0.030"]),
        vectors([0.56, "kvm-vhe, last quarter: 0.66 and 0.47"]),
      ],
    },
  ],
};
