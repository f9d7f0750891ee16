/** Profiling and trace: SPE, TRBE, trace filter, trace unit, branch records. KVM switches what a host left on. */

import type { Register } from "./register.js";
import { armArm, hdfgwtr, nHdfgwtr, numbered, rowsOf, sysregTable } from "./row.js";

const arm = rowsOf("other", armArm);
const listed = rowsOf("other", sysregTable);

const profiling = "the profiling unit";
const traceBuffer = "the trace buffer unit";
const traceUnit = "the trace unit";
const branchRecords = "branch recording";

// Left out: the registers of HDFGWTR_EL2 bit 33 (TRC), a list of trace unit registers that no source at hand gives
// in full; BRBINF, BRBSRC and BRBTGT, PMSIDR, PMBIDR and TRBIDR, which cannot be written.
export const traceRegisters: readonly Register[] = [
  listed("PMSCR_EL1", [3, 0, 9, 9, 0], { alias: "EL12", feature: "SPE", trap: hdfgwtr(26) }),
  arm("PMSNEVFR_EL1", [3, 0, 9, 9, 1], { feature: "SPE", trap: nHdfgwtr(62) }),
  arm("PMSICR_EL1", [3, 0, 9, 9, 2], { feature: "SPE", trap: hdfgwtr(29), writtenBy: profiling }),
  arm("PMSIRR_EL1", [3, 0, 9, 9, 3], { feature: "SPE", trap: hdfgwtr(31) }),
  arm("PMSFCR_EL1", [3, 0, 9, 9, 4], { feature: "SPE", trap: hdfgwtr(28) }),
  arm("PMSEVFR_EL1", [3, 0, 9, 9, 5], { feature: "SPE", trap: hdfgwtr(27) }),
  arm("PMSLATFR_EL1", [3, 0, 9, 9, 6], { feature: "SPE", trap: hdfgwtr(32) }),
  arm("PMBLIMITR_EL1", [3, 0, 9, 10, 0], { feature: "SPE", trap: hdfgwtr(23) }),
  arm("PMBPTR_EL1", [3, 0, 9, 10, 1], { feature: "SPE", trap: hdfgwtr(24), writtenBy: profiling }),
  arm("PMBSR_EL1", [3, 0, 9, 10, 3], { feature: "SPE", trap: hdfgwtr(25), writtenBy: profiling }),

  arm("TRBLIMITR_EL1", [3, 0, 9, 11, 0], { feature: "TRBE", trap: hdfgwtr(52) }),
  arm("TRBPTR_EL1", [3, 0, 9, 11, 1], { feature: "TRBE", trap: hdfgwtr(54), writtenBy: traceBuffer }),
  arm("TRBBASER_EL1", [3, 0, 9, 11, 2], { feature: "TRBE", trap: hdfgwtr(50) }),
  arm("TRBSR_EL1", [3, 0, 9, 11, 3], { feature: "TRBE", trap: hdfgwtr(55), writtenBy: traceBuffer }),
  arm("TRBMAR_EL1", [3, 0, 9, 11, 4], { feature: "TRBE", trap: hdfgwtr(53) }),
  arm("TRBTRG_EL1", [3, 0, 9, 11, 6], { feature: "TRBE", trap: hdfgwtr(56), writtenBy: traceBuffer }),

  listed("TRFCR_EL1", [3, 0, 1, 2, 1], { alias: "EL12", feature: "TRF", trap: hdfgwtr(49) }),
  arm("TRCPRGCTLR", [2, 1, 0, 1, 0], { feature: "ETE", trap: hdfgwtr(44) }),
  arm("TRCAUXCTLR", [2, 1, 0, 6, 0], { feature: "ETE", trap: hdfgwtr(35) }),
  arm("TRCVICTLR", [2, 1, 0, 0, 2], { feature: "ETE", trap: hdfgwtr(48), writtenBy: traceUnit }),
  arm("TRCSEQSTR", [2, 1, 0, 7, 4], { feature: "ETE", trap: hdfgwtr(45), writtenBy: traceUnit }),
  arm("TRCOSLAR", [2, 1, 1, 0, 4], { feature: "ETE", trap: hdfgwtr(42) }),
  arm("TRCCLAIMSET", [2, 1, 7, 8, 6], { feature: "ETE", trap: hdfgwtr(36) }),
  arm("TRCCLAIMCLR", [2, 1, 7, 9, 6], { feature: "ETE", trap: hdfgwtr(36) }),
  ...numbered(4, (n) =>
    arm(`TRCCNTVR${n}`, [2, 1, 0, 8 + n, 5], { feature: "ETE", trap: hdfgwtr(37), writtenBy: traceUnit }),
  ),
  ...numbered(8, (n) => arm(`TRCIMSPEC${n}`, [2, 1, 0, n, 7], { feature: "ETE", trap: hdfgwtr(41) })),
  ...numbered(8, (n) =>
    arm(`TRCSSCSR${n}`, [2, 1, 1, 8 + n, 2], { feature: "ETE", trap: hdfgwtr(46), writtenBy: traceUnit }),
  ),

  listed("BRBCR_EL1", [2, 1, 9, 0, 0], { alias: "EL12", feature: "BRBE", trap: nHdfgwtr(60) }),
  arm("BRBFCR_EL1", [2, 1, 9, 0, 1], { feature: "BRBE", trap: nHdfgwtr(60), writtenBy: branchRecords }),
  arm("BRBTS_EL1", [2, 1, 9, 0, 2], { feature: "BRBE", trap: nHdfgwtr(61), writtenBy: branchRecords }),
  arm("BRBINFINJ_EL1", [2, 1, 9, 1, 0], { feature: "BRBE", trap: nHdfgwtr(61) }),
  arm("BRBSRCINJ_EL1", [2, 1, 9, 1, 1], { feature: "BRBE", trap: nHdfgwtr(61) }),
  arm("BRBTGTINJ_EL1", [2, 1, 9, 1, 2], { feature: "BRBE", trap: nHdfgwtr(61) }),
];
