/** What the hypervisor itself sets at EL2: trap controls, stage 2, virtual IDs, and the EL2 side of its own state. */

import type { Register } from "./register.js";
import { armArm, rowsOf, sysregTable } from "./row.js";

const control = rowsOf("control", sysregTable);
const el2 = rowsOf("control", armArm);

const exceptionToEl2 = "exception entry to EL2";

export const controlRegisters: readonly Register[] = [
  control("VPIDR_EL2", [3, 4, 0, 0, 0]),
  control("VMPIDR_EL2", [3, 4, 0, 0, 5]),
  control("HCR_EL2", [3, 4, 1, 1, 0], { writtenBy: "taking a virtual SError, which clears VSE" }),
  control("HCRX_EL2", [3, 4, 1, 2, 2], { feature: "HCX" }),
  control("MDCR_EL2", [3, 4, 1, 1, 1]),
  control("CPTR_EL2", [3, 4, 1, 1, 2]),
  control("HSTR_EL2", [3, 4, 1, 1, 3]),
  control("VTTBR_EL2", [3, 4, 2, 1, 0]),
  control("VTCR_EL2", [3, 4, 2, 1, 2]),
  control("VSESR_EL2", [3, 4, 5, 2, 3], { feature: "RAS" }),
  control("VNCR_EL2", [3, 4, 2, 2, 0], { feature: "NV2" }),
  control("CNTHCTL_EL2", [3, 4, 14, 1, 0]),
  control("CNTVOFF_EL2", [3, 4, 14, 0, 3]),
  control("CNTPOFF_EL2", [3, 4, 14, 0, 6], { feature: "ECV" }),
  control("ESR_EL2", [3, 4, 5, 2, 0], { writtenBy: exceptionToEl2 }),
  control("FAR_EL2", [3, 4, 6, 0, 0], { writtenBy: exceptionToEl2 }),
  control("HPFAR_EL2", [3, 4, 6, 0, 4], { writtenBy: exceptionToEl2 }),

  control("HFGRTR_EL2", [3, 4, 1, 1, 4], { feature: "FGT" }),
  control("HFGWTR_EL2", [3, 4, 1, 1, 5], { feature: "FGT" }),
  control("HFGITR_EL2", [3, 4, 1, 1, 6], { feature: "FGT" }),
  control("HDFGRTR_EL2", [3, 4, 3, 1, 4], { feature: "FGT" }),
  control("HDFGWTR_EL2", [3, 4, 3, 1, 5], { feature: "FGT" }),
  control("HAFGRTR_EL2", [3, 4, 3, 1, 6], { feature: "FGT" }),
  control("HFGRTR2_EL2", [3, 4, 3, 1, 2], { feature: "FGT2" }),
  control("HFGWTR2_EL2", [3, 4, 3, 1, 3], { feature: "FGT2" }),
  control("HFGITR2_EL2", [3, 4, 3, 1, 7], { feature: "FGT2" }),
  control("HDFGRTR2_EL2", [3, 4, 3, 1, 0], { feature: "FGT2" }),
  control("HDFGWTR2_EL2", [3, 4, 3, 1, 1], { feature: "FGT2" }),

  el2("SCTLR_EL2", [3, 4, 1, 0, 0]),
  el2("TTBR0_EL2", [3, 4, 2, 0, 0]),
  el2("TTBR1_EL2", [3, 4, 2, 0, 1]),
  el2("TCR_EL2", [3, 4, 2, 0, 2]),
  el2("MAIR_EL2", [3, 4, 10, 2, 0]),
  el2("VBAR_EL2", [3, 4, 12, 0, 0]),
  el2("TPIDR_EL2", [3, 4, 13, 0, 2]),

  // The AArch32 state of a 32-bit guest, reached from EL2 alone.
  control("DACR32_EL2", [3, 4, 3, 0, 0], { feature: "AARCH32" }),
  control("IFSR32_EL2", [3, 4, 5, 0, 1], { feature: "AARCH32", writtenBy: "AArch32 exceptions" }),
  control("DBGVCR32_EL2", [2, 4, 0, 7, 0], { feature: "AARCH32" }),
  control("FPEXC32_EL2", [3, 4, 5, 3, 0], {
    feature: "AARCH32",
    writtenBy: "AArch32 floating-point exceptions",
  }),
];
