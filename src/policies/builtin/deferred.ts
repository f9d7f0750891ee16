import type { PolicyDefinition } from "../policy.js";

export const deferred: PolicyDefinition = {
  name: "deferred",
  summary:
    "Eager, at the save points of the other mode: an nVHE recording saved only at put, a VHE recording at every run.",
  source:
    "M. Zyngier's question in the same thread: why is a register switched eagerly and not deferred to load/put",
  build: ({ mode }) => ({
    name: "deferred",
    groups: [],
    mode: mode === "vhe" ? "nvhe" : "vhe",
    assumeNotHardwareWritten: [],
  }),
};
