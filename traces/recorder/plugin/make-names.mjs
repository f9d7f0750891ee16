// Writes the rows of names.c from trapline's table of registers: node make-names.mjs > names.def

import { registers } from "#src/registers/lookup.js";

/**
 * Registers of EL2 whose names do not follow from those at EL1 and EL0 by which a kernel at EL2 reaches them.
 * Source: Arm ARM, "Execution at EL2 when FEAT_VHE is implemented" (register redirection).
 */
const redirected = {
  CPACR_EL1: "CPTR_EL2",
  CNTKCTL_EL1: "CNTHCTL_EL2",
  CNTP_CTL_EL0: "CNTHP_CTL_EL2",
  CNTP_CVAL_EL0: "CNTHP_CVAL_EL2",
  CNTP_TVAL_EL0: "CNTHP_TVAL_EL2",
  CNTV_CTL_EL0: "CNTHV_CTL_EL2",
  CNTV_CVAL_EL0: "CNTHV_CVAL_EL2",
  CNTV_TVAL_EL0: "CNTHV_TVAL_EL2",
};

const rows = registers
  .flatMap(({ name, encoding, alias }) => [
    { encoding, name, under: alias && (redirected[name] ?? name.replace(/_EL1$/, "_EL2")) },
    ...(alias ? [{ encoding: alias.encoding, name: alias.name, under: name }] : []),
  ])
  .filter(({ encoding }) => encoding <= 0xffff)
  .toSorted((a, b) => a.encoding - b.encoding);

for (const { encoding, name, under } of rows) {
  const second = under === undefined ? "NULL" : `"${under}"`;
  process.stdout.write(`{0x${encoding.toString(16)}, "${name}", ${second}},\n`);
}
