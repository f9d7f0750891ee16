/** Floating point, SVE and SME state. CPTR_EL2 and CPACR_EL1 trap the use of it; fine-grained bits hardly do. */

import type { Encoding, Register } from "./register.js";
import { armArm, nHfgwtr, rowsOf, sysregTable } from "./row.js";

/**
 * Stands for the V, Z and P registers as one. No MSR names them, so the value lies outside the 16 bits of an opcode
 * and collides with nothing: an "access" of it is a use of the register file that CPTR_EL2 or CPACR_EL1 can trap.
 */
export const fpsimdEncoding: Encoding = 0x1_0000;

const fp = rowsOf("fp", sysregTable);

export const fpRegisters: readonly Register[] = [
  {
    name: "FPSIMD",
    encoding: fpsimdEncoding,
    class: "fp",
    hardwareWritten: "yes",
    writtenBy: "ordinary floating-point and vector instructions",
    source: "not a system register; fpsimd handling of hyp/include/hyp/switch.h, v6.12",
  },
  // An MSR is the only writer of FPCR, but the kernel moves it with the vector registers and traps it like them.
  fp("FPCR", [3, 3, 4, 4, 0], { writtenBy: "counted with the vector registers", source: armArm }),
  fp("FPSR", [3, 3, 4, 4, 1], { writtenBy: "ordinary floating-point instructions", source: armArm }),
  fp("FPMR", [3, 3, 4, 4, 2], { feature: "FPMR", writtenBy: "entry to and exit from streaming mode" }),
  fp("ZCR_EL1", [3, 0, 1, 2, 0], { alias: "EL12", feature: "SVE" }),
  fp("SVCR", [3, 3, 4, 2, 2], { feature: "SME", writtenBy: "SMSTART and SMSTOP" }),
  fp("SMCR_EL1", [3, 0, 1, 2, 6], { alias: "EL12", feature: "SME" }),
  fp("SMPRI_EL1", [3, 0, 1, 2, 4], { feature: "SME", trap: nHfgwtr(54) }),
];
