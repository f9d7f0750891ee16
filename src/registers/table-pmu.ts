/** The performance monitors. KVM traps every access by MDCR_EL2.TPM and never leaves them to a guest. */

import type { Feature, Register } from "./register.js";
import { armArm, hdfgwtr, numbered, rowsOf, sysregTable } from "./row.js";
import type { Operands, RowOptions } from "./row.js";

const row = rowsOf("pmu", sysregTable);
const monitors: { readonly feature: Feature } = { feature: "PMU" };
const pmu = (name: string, operands: Operands, options: RowOptions = {}): Register =>
  row(name, operands, { ...monitors, ...options });

const counting = "counting events";
const overflow = "counter overflow";

// PMXEVTYPER_EL0 and PMXEVCNTR_EL0 are windows on the counter that PMSELR_EL0 selects and share its trap bits
// (Arm ARM, HDFGWTR_EL2).
export const pmuRegisters: readonly Register[] = [
  pmu("PMCR_EL0", [3, 3, 9, 12, 0], { trap: hdfgwtr(21) }),
  pmu("PMUSERENR_EL0", [3, 3, 9, 14, 0], { trap: hdfgwtr(57) }),
  pmu("PMSELR_EL0", [3, 3, 9, 12, 5], { trap: hdfgwtr(19) }),
  pmu("PMCNTENSET_EL0", [3, 3, 9, 12, 1], { trap: hdfgwtr(16) }),
  pmu("PMCNTENCLR_EL0", [3, 3, 9, 12, 2], { trap: hdfgwtr(16) }),
  pmu("PMINTENSET_EL1", [3, 0, 9, 14, 1], { trap: hdfgwtr(17) }),
  pmu("PMINTENCLR_EL1", [3, 0, 9, 14, 2], { trap: hdfgwtr(17) }),
  pmu("PMOVSSET_EL0", [3, 3, 9, 14, 3], { trap: hdfgwtr(18), writtenBy: overflow }),
  pmu("PMOVSCLR_EL0", [3, 3, 9, 12, 3], { trap: hdfgwtr(18), writtenBy: overflow }),
  pmu("PMCCNTR_EL0", [3, 3, 9, 13, 0], { trap: hdfgwtr(15), writtenBy: "counting cycles" }),
  pmu("PMCCFILTR_EL0", [3, 3, 14, 15, 7], { trap: hdfgwtr(14) }),
  pmu("PMXEVTYPER_EL0", [3, 3, 9, 13, 1], { trap: hdfgwtr(13) }),
  pmu("PMXEVCNTR_EL0", [3, 3, 9, 13, 2], { trap: hdfgwtr(12), writtenBy: counting }),
  pmu("PMSWINC_EL0", [3, 3, 9, 12, 4], { trap: hdfgwtr(20) }),
  pmu("PMCEID0_EL0", [3, 3, 9, 12, 6], { readOnly: true, source: armArm }),
  pmu("PMCEID1_EL0", [3, 3, 9, 12, 7], { readOnly: true, source: armArm }),
  pmu("PMMIR_EL1", [3, 0, 9, 14, 6], { readOnly: true, source: armArm }),
  ...numbered(31, (n) =>
    pmu(`PMEVCNTR${n}_EL0`, [3, 3, 14, 8 + (n >> 3), n & 7], {
      trap: hdfgwtr(12),
      writtenBy: counting,
      source: armArm,
    }),
  ),
  ...numbered(31, (n) =>
    pmu(`PMEVTYPER${n}_EL0`, [3, 3, 14, 12 + (n >> 3), n & 7], { trap: hdfgwtr(13), source: armArm }),
  ),
];
