import { fixedPolicy, trackedGroup } from "../policy.js";

export const dirtyPie = fixedPolicy(
  {
    name: "dirty-pie",
    summary:
      "PIR_EL1 and PIRE0_EL1 are one group: the first write to either traps on the fast path and marks both dirty; the host context starts dirty.",
    source:
      'M. Brown, "KVM: arm64: Only save S1PIE registers when dirty", 1 March 2024, 20240301-kvm-arm64-defer-regs-v1-1-401e3de92e97',
  },
  [{ ...trackedGroup(["PIR_EL1", "PIRE0_EL1"], "PIE"), host: "dirty-once" }],
);
