/** Self-hosted debug. Sixteen breakpoints and watchpoints are the architectural most; a machine may have two. */

import type { Register } from "./register.js";
import { armArm, hdfgwtr, numbered, rowsOf, sysregTable } from "./row.js";

const debug = rowsOf("debug", sysregTable);

export const debugRegisters: readonly Register[] = [
  ...numbered(16, (n) => debug(`DBGBCR${n}_EL1`, [2, 0, 0, n, 5], { trap: hdfgwtr(0), source: armArm })),
  ...numbered(16, (n) => debug(`DBGBVR${n}_EL1`, [2, 0, 0, n, 4], { trap: hdfgwtr(1), source: armArm })),
  ...numbered(16, (n) => debug(`DBGWCR${n}_EL1`, [2, 0, 0, n, 7], { trap: hdfgwtr(2), source: armArm })),
  ...numbered(16, (n) => debug(`DBGWVR${n}_EL1`, [2, 0, 0, n, 6], { trap: hdfgwtr(3), source: armArm })),
  debug("MDCCINT_EL1", [2, 0, 0, 2, 0]),
  debug("OSLAR_EL1", [2, 0, 1, 0, 4], { trap: hdfgwtr(8) }),
  debug("OSLSR_EL1", [2, 0, 1, 1, 4], { readOnly: true, writtenBy: "writes of OSLAR_EL1" }),
  debug("OSDLR_EL1", [2, 0, 1, 3, 4], { trap: hdfgwtr(11) }),
  debug("OSECCR_EL1", [2, 0, 0, 6, 2], { trap: hdfgwtr(10), source: armArm }),
  debug("DBGPRCR_EL1", [2, 0, 1, 4, 4], { trap: hdfgwtr(7), source: armArm }),
  debug("DBGCLAIMSET_EL1", [2, 0, 7, 8, 6], { trap: hdfgwtr(5), source: armArm }),
  debug("DBGCLAIMCLR_EL1", [2, 0, 7, 9, 6], { trap: hdfgwtr(5), source: armArm }),
];
