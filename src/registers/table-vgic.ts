/** The GICv3 CPU interface (ICC, which a guest sees as its virtual one) and its virtualisation controls (ICH). */

import type { Feature, Register } from "./register.js";
import { armArm, hfgwtr, numbered, rowsOf, sysregTable } from "./row.js";
import type { Operands, RowOptions } from "./row.js";

// The encodings agree with the recorded opcodes wherever a recording holds the register.
const row = rowsOf("vgic", armArm);
const gic: { readonly feature: Feature } = { feature: "GICV3" };
const vgic = (name: string, operands: Operands, options: RowOptions = {}): Register =>
  row(name, operands, { ...gic, ...options });

const interrupts = "acknowledge and end of interrupts";
const delivery = "interrupt delivery";
const virtualInterface = "the guest's use of the virtual CPU interface";

export const vgicRegisters: readonly Register[] = [
  vgic("ICC_PMR_EL1", [3, 0, 4, 6, 0]),
  vgic("ICC_IAR0_EL1", [3, 0, 12, 8, 0], { readOnly: true, writtenBy: delivery }),
  vgic("ICC_EOIR0_EL1", [3, 0, 12, 8, 1]),
  vgic("ICC_HPPIR0_EL1", [3, 0, 12, 8, 2], { readOnly: true, writtenBy: delivery }),
  vgic("ICC_BPR0_EL1", [3, 0, 12, 8, 3]),
  ...numbered(4, (n) => vgic(`ICC_AP0R${n}_EL1`, [3, 0, 12, 8, 4 + n], { writtenBy: interrupts })),
  ...numbered(4, (n) => vgic(`ICC_AP1R${n}_EL1`, [3, 0, 12, 9, n], { writtenBy: interrupts })),
  vgic("ICC_DIR_EL1", [3, 0, 12, 11, 1]),
  vgic("ICC_RPR_EL1", [3, 0, 12, 11, 3], { readOnly: true, writtenBy: interrupts }),
  vgic("ICC_SGI1R_EL1", [3, 0, 12, 11, 5]),
  vgic("ICC_ASGI1R_EL1", [3, 0, 12, 11, 6]),
  vgic("ICC_SGI0R_EL1", [3, 0, 12, 11, 7]),
  vgic("ICC_IAR1_EL1", [3, 0, 12, 12, 0], { readOnly: true, writtenBy: delivery }),
  vgic("ICC_EOIR1_EL1", [3, 0, 12, 12, 1]),
  vgic("ICC_HPPIR1_EL1", [3, 0, 12, 12, 2], { readOnly: true, writtenBy: delivery }),
  vgic("ICC_BPR1_EL1", [3, 0, 12, 12, 3]),
  vgic("ICC_CTLR_EL1", [3, 0, 12, 12, 4]),
  vgic("ICC_SRE_EL1", [3, 0, 12, 12, 5]),
  // One bit, nameless as to the group, traps both.
  vgic("ICC_IGRPEN0_EL1", [3, 0, 12, 12, 6], { trap: hfgwtr(39), source: sysregTable }),
  vgic("ICC_IGRPEN1_EL1", [3, 0, 12, 12, 7], { trap: hfgwtr(39), source: sysregTable }),

  ...numbered(4, (n) => vgic(`ICH_AP0R${n}_EL2`, [3, 4, 12, 8, n], { writtenBy: virtualInterface })),
  ...numbered(4, (n) => vgic(`ICH_AP1R${n}_EL2`, [3, 4, 12, 9, n], { writtenBy: virtualInterface })),
  vgic("ICC_SRE_EL2", [3, 4, 12, 9, 5]),
  vgic("ICH_HCR_EL2", [3, 4, 12, 11, 0], { writtenBy: virtualInterface }),
  vgic("ICH_VTR_EL2", [3, 4, 12, 11, 1], { readOnly: true }),
  vgic("ICH_MISR_EL2", [3, 4, 12, 11, 2], { readOnly: true, writtenBy: virtualInterface }),
  vgic("ICH_EISR_EL2", [3, 4, 12, 11, 3], { readOnly: true, writtenBy: virtualInterface }),
  vgic("ICH_ELRSR_EL2", [3, 4, 12, 11, 5], { readOnly: true, writtenBy: virtualInterface }),
  vgic("ICH_VMCR_EL2", [3, 4, 12, 11, 7], { writtenBy: virtualInterface }),
  ...numbered(16, (n) =>
    vgic(`ICH_LR${n}_EL2`, [3, 4, 12, 12 + (n >> 3), n & 7], { writtenBy: virtualInterface }),
  ),
];
