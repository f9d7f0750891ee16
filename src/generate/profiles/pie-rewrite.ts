import type { Profile } from "../profile.js";
import {
  contextSwitch,
  exceptions,
  noFirstUse,
  pie,
  steadyExits,
  steadyFigures,
  steadySource,
  timer,
} from "./linux.js";

/** A guest that makes use of permission indirection: the case that dirty-pie does not expect. */
export const pieRewrite: Profile = {
  name: "pie-rewrite",
  summary: "A guest that rewrites PIR_EL1 and PIRE0_EL1 in half of its windows, in bursts",
  vcpus: [2, "as chatty-vhe"],
  pcpus: [2, "a CPU for each vCPU, as chatty-vhe"],
  migration: [0.002, "chatty-vhe: 4 of 1,787 loads"],
  phases: [
    {
      ...steadyFigures,
      name: "rewriting",
      fastExits: noFirstUse,
      exits: steadyExits,
      exitSource: steadySource,
      activities: [
        exceptions([0.75, "as in profile steady"]),
        timer([0.65, "as in profile steady"]),
        contextSwitch([0.63, "as in profile steady"]),
        pie(
          [0.5, "chosen above chatty-vhe's 0.34 and 0.48 of PIRE0_EL1 in its first quarter"],
          [4, "chosen: chatty-vhe has 1.1 to 1.8 windows in a row, a JIT would do more"],
        ),
      ],
    },
  ],
};
