import { fixedPolicy } from "../policy.js";
import { keyRegisters } from "../../registers/table-keys.js";

export const lazyPauth = fixedPolicy(
  {
    name: "lazy-pauth",
    summary:
      "The first use of pointer authentication after a load traps and saves the host's keys; from then on the keys are switched at every guest entry and exit until put. A replay counts the host's keys as eager does; prices take them as they went.",
    source: 'Linux up to v6.9; dropped by 814ad8f96e92 "Drop trapping of PAuth instructions/keys"',
  },
  [
    {
      name: "PAUTH",
      registers: keyRegisters.map(({ name }) => name),
      trap: "first-access",
      onTrap: "open",
      save: "open",
      restore: "open",
      arm: "load",
      host: "eager",
      path: "fast",
    },
  ],
);
