import type { Profile } from "../profile.js";
import {
  addressSpace,
  contextSwitch,
  exceptions,
  steadyExits,
  steadyFigures,
  timer,
  vectors,
} from "./linux.js";

/** Many vCPUs that want to run at once. */
export const overcommit: Profile = {
  name: "overcommit",
  summary: "Sixteen busy vCPUs on two pCPUs: each load finds another vCPU's registers in place",
  vcpus: [16, "chosen: eight to a pCPU"],
  pcpus: [2, "chosen"],
  migration: [0.05, "chosen: the host's balancing"],
  phases: [
    {
      ...steadyFigures,
      name: "crowd",
      runs: [
        2,
        "two-guests, two guests of two vCPUs on one pCPU: 1.3 to 1.7 runs of a window; a busy one has more",
      ],
      guest: [500_000, "two-guests, second half: 418,446 to 592,365 ns"],
      between: [50_000, "two-guests, second half: 40,110 to 54,970 ns"],
      out: [100_000, "chosen: it wants to run again soon, and then waits for its turn"],
      exits: [
        { reason: "IRQ", last: 0.7, inner: 0.4 },
        { reason: "WFx", last: 0.2, inner: 0.2 },
        ...steadyExits.filter(({ reason }) => reason !== "IRQ" && reason !== "WFx"),
      ],
      exitSource: "two-guests: IRQ up to 0.57 of last exits where both guests are busy; more of them here",
      activities: [
        exceptions([0.9, "chosen above profile steady: longer windows"]),
        timer([0.8, "chosen above profile steady: longer windows"]),
        contextSwitch([0.7, "chosen above profile steady: longer windows"]),
        addressSpace([0.1, "chosen above profile steady: longer windows"]),
        vectors([0.6, "as in profile steady"]),
      ],
    },
  ],
};
