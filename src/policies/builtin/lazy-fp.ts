import { fixedPolicy } from "../policy.js";

export const lazyFp = fixedPolicy(
  {
    name: "lazy-fp",
    summary:
      "The first use of FP, SIMD or SVE registers after a load traps and brings the guest's in; they are saved at put. A replay counts restores at load alone; prices take those of the traps too.",
    source: "KVM since 33c76a0b8126; hyp/include/hyp/switch.h, kvm_hyp_handle_fpsimd",
  },
  [
    {
      name: "FP",
      registers: ["FPSIMD"],
      trap: "first-access",
      onTrap: "open",
      save: "open",
      // The guest's registers come in with the trap, not at load.
      restore: "never",
      arm: "load",
      host: "eager",
      path: "fast",
    },
  ],
);
