import { registers } from "../../registers/lookup.js";
import { fixedPolicy } from "../policy.js";

export const tvm = fixedPolicy(
  {
    name: "tvm",
    summary:
      "HCR_EL2.TVM: until the guest's MMU and caches are on, every write to a virtual memory register exits in full and is emulated.",
    source: "vcpu_reset_hcr, kvm_toggle_cache; without FEAT_S2FWB",
  },
  [
    {
      name: "TVM",
      registers: registers.filter((register) => register.tvm === true).map(({ name }) => name),
      trap: "every-write",
      onTrap: "emulate",
      save: "always",
      restore: "always",
      arm: "until-caches-on",
      host: "eager",
      path: "full",
    },
  ],
);
