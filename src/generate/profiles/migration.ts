import type { Profile } from "../profile.js";
import {
  addressSpace,
  contextSwitch,
  exceptions,
  steadyExits,
  steadyFigures,
  steadySource,
  timer,
} from "./linux.js";

/** vCPUs that go from pCPU to pCPU. */
export const migration: Profile = {
  name: "migration",
  summary: "Four vCPUs that the host moves between eight pCPUs at half of their loads",
  vcpus: [4, "chosen"],
  pcpus: [8, "chosen: there is always room elsewhere"],
  migration: [0.5, "chosen: far above kvm-vhe's 0.0006, to try what is kept per pCPU"],
  phases: [
    {
      ...steadyFigures,
      name: "moving",
      exits: steadyExits,
      exitSource: steadySource,
      activities: [
        exceptions([0.76, "as in profile steady"]),
        timer([0.65, "as in profile steady"]),
        contextSwitch([0.63, "as in profile steady"]),
        addressSpace([0.036, "as in profile steady"]),
      ],
    },
  ],
};
