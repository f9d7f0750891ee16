/** The generic timer as the guest sees it; CNTKCTL_EL1 is with the switched registers. */

import type { Register } from "./register.js";
import { armArm, rowsOf, sysregTable } from "./row.js";

const timer = rowsOf("timer", sysregTable);

const istatus = "the timer condition (ISTATUS)";
const counter = "the counter";

export const timerRegisters: readonly Register[] = [
  timer("CNTV_CTL_EL0", [3, 3, 14, 3, 1], { alias: "EL02", writtenBy: istatus }),
  timer("CNTV_CVAL_EL0", [3, 3, 14, 3, 2], { alias: "EL02" }),
  timer("CNTV_TVAL_EL0", [3, 3, 14, 3, 0], { alias: "EL02", writtenBy: counter, source: armArm }),
  timer("CNTP_CTL_EL0", [3, 3, 14, 2, 1], { alias: "EL02", writtenBy: istatus }),
  timer("CNTP_CVAL_EL0", [3, 3, 14, 2, 2], { alias: "EL02" }),
  timer("CNTP_TVAL_EL0", [3, 3, 14, 2, 0], { alias: "EL02", writtenBy: counter, source: armArm }),
  timer("CNTPCT_EL0", [3, 3, 14, 0, 1], { readOnly: true, writtenBy: counter }),
  timer("CNTVCT_EL0", [3, 3, 14, 0, 2], { readOnly: true, writtenBy: counter, source: armArm }),
  timer("CNTPCTSS_EL0", [3, 3, 14, 0, 5], { feature: "ECV", readOnly: true, writtenBy: counter }),
  timer("CNTVCTSS_EL0", [3, 3, 14, 0, 6], { feature: "ECV", readOnly: true, writtenBy: counter }),
  // Writable at the highest implemented exception level alone, hence not from a guest.
  timer("CNTFRQ_EL0", [3, 3, 14, 0, 0]),
];
