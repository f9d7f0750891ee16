/** The pointer authentication keys: one trap bit per key, low and high half together. */

import type { Register } from "./register.js";
import { hfgwtr, rowsOf, sysregTable } from "./row.js";

const key = rowsOf("keys", sysregTable);

export const keyRegisters: readonly Register[] = [
  key("APIAKEYLO_EL1", [3, 0, 2, 1, 0], { feature: "PAUTH", trap: hfgwtr(7) }),
  key("APIAKEYHI_EL1", [3, 0, 2, 1, 1], { feature: "PAUTH", trap: hfgwtr(7) }),
  key("APIBKEYLO_EL1", [3, 0, 2, 1, 2], { feature: "PAUTH", trap: hfgwtr(8) }),
  key("APIBKEYHI_EL1", [3, 0, 2, 1, 3], { feature: "PAUTH", trap: hfgwtr(8) }),
  key("APDAKEYLO_EL1", [3, 0, 2, 2, 0], { feature: "PAUTH", trap: hfgwtr(4) }),
  key("APDAKEYHI_EL1", [3, 0, 2, 2, 1], { feature: "PAUTH", trap: hfgwtr(4) }),
  key("APDBKEYLO_EL1", [3, 0, 2, 2, 2], { feature: "PAUTH", trap: hfgwtr(5) }),
  key("APDBKEYHI_EL1", [3, 0, 2, 2, 3], { feature: "PAUTH", trap: hfgwtr(5) }),
  key("APGAKEYLO_EL1", [3, 0, 2, 3, 0], { feature: "PAUTH", trap: hfgwtr(6) }),
  key("APGAKEYHI_EL1", [3, 0, 2, 3, 1], { feature: "PAUTH", trap: hfgwtr(6) }),
];
