/** What an A64 opcode does, as far as a replay cares. Source: Arm ARM, C6.2 (MSR, MRS, ERET, SYS, HVC, SMC). */
export const Op = { other: 0, msr: 1, mrs: 2, eret: 3, system: 4 } as const;

const erets: readonly number[] = [0xd69f03e0, 0xd69f0bff, 0xd69f0fff]; // ERET, ERETAA, ERETAB

/** The opcode as 32 bits, signed or not. */
export function classify(opcode: number): number {
  switch (opcode >>> 20) {
    case 0xd51:
      return Op.msr;
    case 0xd53:
      return Op.mrs;
    case 0xd69:
      // Beside BR, BLR and RET.
      return erets.includes(opcode >>> 0) ? Op.eret : Op.other;
    case 0xd50: // MSR (immediate), hints (WFI), barriers, SYS, TLBI, AT
    case 0xd52: // SYSL
    case 0xd40: // SVC, HVC, SMC
      return Op.system;
    default:
      return Op.other;
  }
}
