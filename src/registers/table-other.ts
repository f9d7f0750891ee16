/** Registers of EL1 and EL0 that KVM switches elsewhere (entry.S), emulates, hides, or leaves alone. */

import type { Register } from "./register.js";
import { armArm, hfgwtr, nHfgwtr, nHfgwtr2, rowsOf, sysregTable } from "./row.js";

const other = rowsOf("other", sysregTable);
const arm = rowsOf("other", armArm);

const errorRecord = "error records, which the hardware fills";
const instructions = "ordinary instructions";

// HCR_EL2.TVM also traps MAIR2_EL1, AMAIR2_EL1 and S2POR_EL1 by the architecture; KVM's table does not list them,
// and `tvm` follows that table. The *_EL12 names of MAIR2, AMAIR2, PFAR and MPAM1 are the architecture's; tools/sysreg
// of v6.12 lacks them. ACTLR_EL12 is left out: it came with SRMASK, and VHE itself does not redirect ACTLR_EL1.
export const otherRegisters: readonly Register[] = [
  arm("SP_EL0", [3, 0, 4, 1, 0], { writtenBy: "ordinary instructions that use the stack pointer" }),
  other("DISR_EL1", [3, 0, 12, 1, 1], { feature: "RAS", writtenBy: "ESB instructions" }),
  other("ISR_EL1", [3, 0, 12, 1, 0], { readOnly: true, writtenBy: "pending interrupts" }),
  other("ACTLR_EL1", [3, 0, 1, 0, 1]),
  other("CSSELR_EL1", [3, 2, 0, 0, 0], { trap: hfgwtr(13) }),
  arm("NZCV", [3, 3, 4, 2, 0], { writtenBy: instructions }),
  arm("DAIF", [3, 3, 4, 2, 1], { writtenBy: "exceptions and MSR (immediate)" }),
  arm("SPSel", [3, 0, 4, 2, 0], { writtenBy: "exceptions and MSR (immediate)" }),
  arm("CurrentEL", [3, 0, 4, 2, 2], { readOnly: true, writtenBy: "exceptions" }),
  arm("RNDR", [3, 3, 2, 4, 0], { feature: "RNG", readOnly: true, writtenBy: "the random number generator" }),
  arm("RNDRRS", [3, 3, 2, 4, 1], {
    feature: "RNG",
    readOnly: true,
    writtenBy: "the random number generator",
  }),

  other("RGSR_EL1", [3, 0, 1, 0, 5], { feature: "MTE", writtenBy: "IRG" }),
  other("GCR_EL1", [3, 0, 1, 0, 6], { feature: "MTE" }),
  other("TPIDR2_EL0", [3, 3, 13, 0, 5], { feature: "SME", trap: nHfgwtr(55) }),
  other("GCSCR_EL1", [3, 0, 2, 5, 0], { alias: "EL12", feature: "GCS", trap: nHfgwtr(53) }),
  other("GCSPR_EL1", [3, 0, 2, 5, 1], {
    alias: "EL12",
    feature: "GCS",
    trap: nHfgwtr(53),
    writtenBy: "calls, returns and GCS instructions",
  }),
  other("GCSCRE0_EL1", [3, 0, 2, 5, 2], { feature: "GCS", trap: nHfgwtr(52) }),
  other("GCSPR_EL0", [3, 3, 2, 5, 1], {
    feature: "GCS",
    trap: nHfgwtr(52),
    writtenBy: "calls, returns and GCS instructions",
  }),

  other("MAIR2_EL1", [3, 0, 10, 2, 1], { alias: "EL12", feature: "AIE", trap: nHfgwtr(62) }),
  other("AMAIR2_EL1", [3, 0, 10, 3, 1], { alias: "EL12", feature: "AIE", trap: nHfgwtr(63) }),
  other("S2POR_EL1", [3, 0, 10, 2, 5], { feature: "S2POE", trap: nHfgwtr(61) }),
  other("ACCDATA_EL1", [3, 0, 13, 0, 5], { feature: "LS64", trap: nHfgwtr(50) }),
  other("RCWMASK_EL1", [3, 0, 13, 0, 6], { feature: "THE", trap: nHfgwtr(56) }),
  other("RCWSMASK_EL1", [3, 0, 13, 0, 3], { feature: "THE", trap: nHfgwtr2(2) }),
  arm("PFAR_EL1", [3, 0, 6, 0, 5], {
    alias: "EL12",
    feature: "PFAR",
    trap: nHfgwtr2(0),
    writtenBy: "exception entry to EL1",
  }),
  other("SCXTNUM_EL0", [3, 3, 13, 0, 7], { feature: "CSV2", trap: hfgwtr(31) }),
  other("SCXTNUM_EL1", [3, 0, 13, 0, 7], { alias: "EL12", feature: "CSV2", trap: hfgwtr(30) }),
  other("LORSA_EL1", [3, 0, 10, 4, 0], { feature: "LOR", trap: hfgwtr(23) }),
  other("LOREA_EL1", [3, 0, 10, 4, 1], { feature: "LOR", trap: hfgwtr(20) }),
  other("LORN_EL1", [3, 0, 10, 4, 2], { feature: "LOR", trap: hfgwtr(22) }),
  other("LORC_EL1", [3, 0, 10, 4, 3], { feature: "LOR", trap: hfgwtr(19) }),
  other("LORID_EL1", [3, 0, 10, 4, 7], { feature: "LOR", readOnly: true }),

  other("ERRIDR_EL1", [3, 0, 5, 3, 0], { feature: "RAS", readOnly: true }),
  other("ERRSELR_EL1", [3, 0, 5, 3, 1], { feature: "RAS", trap: hfgwtr(41) }),
  // The ERX registers are windows on the record that ERRSELR_EL1 selects.
  other("ERXFR_EL1", [3, 0, 5, 4, 0], { feature: "RAS", readOnly: true }),
  other("ERXCTLR_EL1", [3, 0, 5, 4, 1], { feature: "RAS", trap: hfgwtr(43) }),
  other("ERXSTATUS_EL1", [3, 0, 5, 4, 2], { feature: "RAS", trap: hfgwtr(44), writtenBy: errorRecord }),
  other("ERXADDR_EL1", [3, 0, 5, 4, 3], { feature: "RAS", trap: hfgwtr(49), writtenBy: errorRecord }),
  other("ERXPFGF_EL1", [3, 0, 5, 4, 4], { feature: "RAS", readOnly: true }),
  other("ERXPFGCTL_EL1", [3, 0, 5, 4, 5], { feature: "RAS", trap: hfgwtr(47) }),
  other("ERXPFGCDN_EL1", [3, 0, 5, 4, 6], { feature: "RAS", trap: hfgwtr(48) }),
  other("ERXMISC0_EL1", [3, 0, 5, 5, 0], { feature: "RAS", trap: hfgwtr(45), writtenBy: errorRecord }),
  other("ERXMISC1_EL1", [3, 0, 5, 5, 1], { feature: "RAS", trap: hfgwtr(45), writtenBy: errorRecord }),
  other("ERXMISC2_EL1", [3, 0, 5, 5, 2], { feature: "RAS", trap: hfgwtr(45), writtenBy: errorRecord }),
  other("ERXMISC3_EL1", [3, 0, 5, 5, 3], { feature: "RAS", trap: hfgwtr(45), writtenBy: errorRecord }),
  arm("ERXGSR_EL1", [3, 0, 5, 3, 2], { feature: "RAS", readOnly: true, writtenBy: errorRecord }),

  other("MPAM1_EL1", [3, 0, 10, 5, 0], { alias: "EL12", feature: "MPAM", source: armArm }),
  other("MPAM0_EL1", [3, 0, 10, 5, 1], { feature: "MPAM", source: armArm }),
];

const mask = (name: string, bit: number, op2: number, CRn: number, CRm: number): Register =>
  arm(name, [3, 0, CRn, CRm, op2], { alias: "EL12", feature: "SRMASK", trap: nHfgwtr2(bit) });
const maskAlias = (name: string, bit: number, op2: number, CRn: number, CRm: number): Register =>
  arm(name, [3, 0, CRn, CRm, op2], {
    feature: "SRMASK",
    trap: nHfgwtr2(bit),
    writtenBy: "writes of the register",
  });

/** With SRMASK, a MASK register write-protects fields of another register, and an ALIAS names it once more. */
export const maskRegisters: readonly Register[] = [
  mask("SCTLRMASK_EL1", 4, 0, 1, 4),
  mask("ACTLRMASK_EL1", 13, 1, 1, 4),
  mask("CPACRMASK_EL1", 3, 2, 1, 4),
  mask("SCTLR2MASK_EL1", 5, 3, 1, 4),
  maskAlias("CPACRALIAS_EL1", 8, 4, 1, 4),
  maskAlias("ACTLRALIAS_EL1", 14, 5, 1, 4),
  maskAlias("SCTLRALIAS_EL1", 9, 6, 1, 4),
  maskAlias("SCTLR2ALIAS_EL1", 10, 7, 1, 4),
  mask("TCRMASK_EL1", 6, 2, 2, 7),
  mask("TCR2MASK_EL1", 7, 3, 2, 7),
  maskAlias("TCRALIAS_EL1", 11, 6, 2, 7),
  maskAlias("TCR2ALIAS_EL1", 12, 7, 2, 7),
];
