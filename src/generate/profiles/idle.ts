import type { Profile } from "../profile.js";
import { contextSwitch, exceptions, noFirstUse, steadyFigures, timer } from "./linux.js";

/** A guest that waits. */
export const idle: Profile = {
  name: "idle",
  summary: "A guest that waits: a timer now and then, a little housekeeping, and WFI again",
  vcpus: [2, "chosen"],
  pcpus: [2, "a CPU for each vCPU"],
  migration: [0.01, "chosen: a thread that wakes up after a while is put where there is room"],
  phases: [
    {
      ...steadyFigures,
      name: "waiting",
      runs: [1.3, "two-guests, second half: 1.3 to 1.4 runs of a window"],
      fastExits: noFirstUse,
      guest: [15_000, "chosen: what a timer's interrupt takes in kvm-vhe's shorter stretches"],
      out: [4_000_000, "CONFIG_HZ=250: a tick each 4 ms where one is needed"],
      exits: [
        { reason: "WFx", last: 0.97, inner: 0.02 },
        { reason: "IRQ", last: 0.03, inner: 0.98 },
      ],
      exitSource: "kvm-vhe, second quarter: last exits WFx 0.94 and 0.99; the rest are interrupts",
      activities: [
        exceptions([0.98, "what wakes it is an interrupt"]),
        timer([0.95, "nearly always the timer's"]),
        contextSwitch([0.1, "chosen: a kernel thread, or a process, each tenth time"]),
      ],
    },
  ],
};
