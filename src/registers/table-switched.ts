/** The registers that KVM's sysreg-sr code switches, in the order of its save functions. */

import type { Register } from "./register.js";
import { armArm, hdfgwtr, hfgwtr, nHfgwtr, rowsOf, sysregTable } from "./row.js";

// Class and order: hyp/include/hyp/sysreg-sr.h, v6.12. The slot of SCTLR2_EL1 (v6.17 on) is that of recorded runs
// of a later kernel, where it is the last of both the save and the restore.
const source = `sysreg-sr.h, v6.12; ${sysregTable}`;
const el1 = rowsOf("el1", source);
const user = rowsOf("user", source);
const common = rowsOf("common", source);
const eretState = rowsOf("return", source);

const exceptionToEl1 = "exception entry to EL1";
const syndromeToEl1 = "exception entry to EL1, on machines that report there";
const tagCheck = "asynchronous tag check faults";

export const switchedRegisters: readonly Register[] = [
  el1("SCTLR_EL1", [3, 0, 1, 0, 0], { alias: "EL12", trap: hfgwtr(29), tvm: true }),
  el1("CPACR_EL1", [3, 0, 1, 0, 2], { alias: "EL12", trap: hfgwtr(12) }),
  el1("TTBR0_EL1", [3, 0, 2, 0, 0], { alias: "EL12", trap: hfgwtr(36), tvm: true }),
  el1("TTBR1_EL1", [3, 0, 2, 0, 1], { alias: "EL12", trap: hfgwtr(37), tvm: true }),
  el1("TCR_EL1", [3, 0, 2, 0, 2], { alias: "EL12", trap: hfgwtr(32), tvm: true }),
  // Shares the bit of TCR_EL1. HCRX_EL2.TCR2En = 0 traps it as well.
  el1("TCR2_EL1", [3, 0, 2, 0, 3], { alias: "EL12", feature: "TCR2", trap: hfgwtr(32), tvm: true }),
  el1("PIR_EL1", [3, 0, 10, 2, 3], {
    alias: "EL12",
    feature: "S1PIE",
    trap: nHfgwtr(58),
    tvm: true,
    tvmSince: "6.13",
  }),
  el1("PIRE0_EL1", [3, 0, 10, 2, 2], {
    alias: "EL12",
    feature: "S1PIE",
    trap: nHfgwtr(57),
    tvm: true,
    tvmSince: "6.13",
  }),
  el1("POR_EL1", [3, 0, 10, 2, 4], {
    alias: "EL12",
    feature: "S1POE",
    trap: nHfgwtr(60),
    tvm: true,
    tvmSince: "6.13",
  }),
  el1("ESR_EL1", [3, 0, 5, 2, 0], { alias: "EL12", trap: hfgwtr(16), tvm: true, writtenBy: exceptionToEl1 }),
  el1("AFSR0_EL1", [3, 0, 5, 1, 0], {
    alias: "EL12",
    trap: hfgwtr(0),
    tvm: true,
    writtenBy: syndromeToEl1,
    implementationDefined: true,
  }),
  el1("AFSR1_EL1", [3, 0, 5, 1, 1], {
    alias: "EL12",
    trap: hfgwtr(1),
    tvm: true,
    writtenBy: syndromeToEl1,
    implementationDefined: true,
  }),
  el1("FAR_EL1", [3, 0, 6, 0, 0], { alias: "EL12", trap: hfgwtr(17), tvm: true, writtenBy: exceptionToEl1 }),
  el1("MAIR_EL1", [3, 0, 10, 2, 0], { alias: "EL12", trap: hfgwtr(24), tvm: true }),
  el1("VBAR_EL1", [3, 0, 12, 0, 0], { alias: "EL12", trap: hfgwtr(38) }),
  el1("CONTEXTIDR_EL1", [3, 0, 13, 0, 1], { alias: "EL12", trap: hfgwtr(11), tvm: true }),
  el1("AMAIR_EL1", [3, 0, 10, 3, 0], { alias: "EL12", trap: hfgwtr(3), tvm: true }),
  el1("CNTKCTL_EL1", [3, 0, 14, 1, 0], { alias: "EL12" }),
  el1("PAR_EL1", [3, 0, 7, 4, 0], { trap: hfgwtr(27), writtenBy: "address translation instructions (AT)" }),
  el1("TPIDR_EL1", [3, 0, 13, 0, 4], { trap: hfgwtr(33) }),
  el1("TFSR_EL1", [3, 0, 5, 6, 0], { alias: "EL12", feature: "MTE", writtenBy: tagCheck }),
  el1("TFSRE0_EL1", [3, 0, 5, 6, 1], { feature: "MTE", writtenBy: tagCheck }),
  el1("SP_EL1", [3, 4, 4, 1, 0], { writtenBy: "ordinary instructions that use the stack pointer at EL1" }),
  el1("ELR_EL1", [3, 0, 4, 0, 1], { alias: "EL12", writtenBy: exceptionToEl1 }),
  el1("SPSR_EL1", [3, 0, 4, 0, 0], { alias: "EL12", writtenBy: exceptionToEl1 }),
  // Shares the bit of SCTLR_EL1.
  el1("SCTLR2_EL1", [3, 0, 1, 0, 3], {
    alias: "EL12",
    feature: "SCTLR2",
    trap: hfgwtr(29),
    tvm: true,
    tvmSince: "6.17",
    source: `sysreg-sr.h, v6.17; ${armArm}`,
  }),

  user("TPIDR_EL0", [3, 3, 13, 0, 2], { trap: hfgwtr(35) }),
  user("TPIDRRO_EL0", [3, 3, 13, 0, 3], { trap: hfgwtr(34) }),

  common("MDSCR_EL1", [2, 0, 0, 2, 2], { trap: hdfgwtr(4) }),
  common("POR_EL0", [3, 3, 10, 2, 4], { feature: "S1POE", trap: nHfgwtr(59), tvm: true, tvmSince: "6.13" }),

  eretState("ELR_EL2", [3, 4, 4, 0, 1], { writtenBy: "exception entry to EL2" }),
  eretState("SPSR_EL2", [3, 4, 4, 0, 0], { writtenBy: "exception entry to EL2" }),
  eretState("VDISR_EL2", [3, 4, 12, 1, 1], { feature: "RAS", writtenBy: "ESB instructions of the guest" }),
];
