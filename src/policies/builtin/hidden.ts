import { fixedPolicy } from "../policy.js";

export const hidden = fixedPolicy(
  {
    name: "hidden",
    summary:
      "The VM does not have FEAT_S1PIE: PIR_EL1 and PIRE0_EL1 are neither saved nor restored, and each access is UNDEFINED.",
    source: 'Linux v6.9, 58627b722ee2 "Make PIR{,E0}_EL1 UNDEF if S1PIE is not advertised to the guest"',
  },
  [
    {
      name: "PIE",
      registers: ["PIR_EL1", "PIRE0_EL1"],
      trap: "undefined",
      onTrap: "emulate",
      save: "never",
      restore: "never",
      arm: "arming-point",
      host: "never",
      path: "full",
    },
  ],
);
