import { fixedPolicy } from "../policy.js";

export const eager = fixedPolicy(
  {
    name: "eager",
    summary: "No trap; every save point saves every register.",
    source: "KVM since v4.17; the baseline of every comparison",
  },
  [],
);
