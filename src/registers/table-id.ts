/** Registers that describe the machine. All are read-only, so a fine-grained bit can trap their reads alone. */

import type { Register } from "./register.js";
import { armArm, rowsOf, sysregTable } from "./row.js";
import type { Operands } from "./row.js";

const listed = rowsOf("id", sysregTable);
const row = rowsOf("id", armArm);
const id = (name: string, operands: Operands): Register => row(name, operands, { readOnly: true });

/** AArch64 identification registers are 3, 0, 0, CRm, op2. */
const aarch64 = (name: string, CRm: number, op2: number): Register =>
  id(`ID_AA64${name}_EL1`, [3, 0, 0, CRm, op2]);
/** So are the AArch32 ones, in CRm 1 to 3. */
const aarch32 = (name: string, CRm: number, op2: number): Register => id(`${name}_EL1`, [3, 0, 0, CRm, op2]);

export const idRegisters: readonly Register[] = [
  listed("MIDR_EL1", [3, 0, 0, 0, 0], { readOnly: true }),
  listed("MPIDR_EL1", [3, 0, 0, 0, 5], { readOnly: true }),
  listed("REVIDR_EL1", [3, 0, 0, 0, 6], { readOnly: true }),
  listed("CTR_EL0", [3, 3, 0, 0, 1], { readOnly: true }),
  listed("DCZID_EL0", [3, 3, 0, 0, 7], { readOnly: true }),
  // What CCSIDR shows follows CSSELR_EL1.
  listed("CCSIDR_EL1", [3, 1, 0, 0, 0], { readOnly: true }),
  listed("CLIDR_EL1", [3, 1, 0, 0, 1], { readOnly: true }),
  listed("CCSIDR2_EL1", [3, 1, 0, 0, 2], { readOnly: true }),
  listed("AIDR_EL1", [3, 1, 0, 0, 7], { readOnly: true }),
  id("GMID_EL1", [3, 1, 0, 0, 4]),
  id("SMIDR_EL1", [3, 1, 0, 0, 6]),
  aarch64("PFR0", 4, 0),
  aarch64("PFR1", 4, 1),
  aarch64("PFR2", 4, 2),
  aarch64("ZFR0", 4, 4),
  aarch64("SMFR0", 4, 5),
  aarch64("FPFR0", 4, 7),
  aarch64("DFR0", 5, 0),
  aarch64("DFR1", 5, 1),
  aarch64("DFR2", 5, 2),
  aarch64("AFR0", 5, 4),
  aarch64("AFR1", 5, 5),
  aarch64("ISAR0", 6, 0),
  aarch64("ISAR1", 6, 1),
  aarch64("ISAR2", 6, 2),
  aarch64("ISAR3", 6, 3),
  aarch64("MMFR0", 7, 0),
  aarch64("MMFR1", 7, 1),
  aarch64("MMFR2", 7, 2),
  aarch64("MMFR3", 7, 3),
  aarch64("MMFR4", 7, 4),
  aarch32("ID_PFR0", 1, 0),
  aarch32("ID_PFR1", 1, 1),
  aarch32("ID_DFR0", 1, 2),
  aarch32("ID_AFR0", 1, 3),
  aarch32("ID_MMFR0", 1, 4),
  aarch32("ID_MMFR1", 1, 5),
  aarch32("ID_MMFR2", 1, 6),
  aarch32("ID_MMFR3", 1, 7),
  aarch32("ID_ISAR0", 2, 0),
  aarch32("ID_ISAR1", 2, 1),
  aarch32("ID_ISAR2", 2, 2),
  aarch32("ID_ISAR3", 2, 3),
  aarch32("ID_ISAR4", 2, 4),
  aarch32("ID_ISAR5", 2, 5),
  aarch32("ID_MMFR4", 2, 6),
  aarch32("ID_ISAR6", 2, 7),
  aarch32("MVFR0", 3, 0),
  aarch32("MVFR1", 3, 1),
  aarch32("MVFR2", 3, 2),
  aarch32("ID_PFR2", 3, 4),
  aarch32("ID_DFR1", 3, 5),
  aarch32("ID_MMFR5", 3, 6),
];
