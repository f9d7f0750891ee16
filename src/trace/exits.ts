/**
 * Why a guest left. An exit event's value is ESR_EL2 for a synchronous exception; for an interrupt, whose ESR
 * is stale, bit 63 is set and the low half says which.
 */

/** Reasons as small numbers: 0 to 63 are exception classes (ESR_EL2.EC). */
export const Reason = { irq: 64, fiq: 65, serror: 66, unknown: 67 } as const;

/** High half of an exit's value that is no ESR. */
export const noSyndrome = 0x8000_0000 | 0;

/** KVM's own names of exception classes: kvm_arm_exception_class in arch/arm64/include/asm/kvm_arm.h. */
const exceptionClasses: Readonly<Record<number, string>> = {
  0x00: "UNKNOWN",
  0x01: "WFx",
  0x03: "CP15_32",
  0x04: "CP15_64",
  0x05: "CP14_MR",
  0x06: "CP14_LS",
  0x07: "FP_ASIMD",
  0x08: "CP10_ID",
  0x09: "PAC",
  0x0c: "CP14_64",
  0x11: "SVC32",
  0x12: "HVC32",
  0x13: "SMC32",
  0x15: "SVC64",
  0x16: "HVC64",
  0x17: "SMC64",
  0x18: "SYS64",
  0x19: "SVE",
  0x1a: "ERET",
  0x1d: "SME",
  0x1f: "IMP_DEF",
  0x20: "IABT_LOW",
  0x21: "IABT_CUR",
  0x22: "PC_ALIGN",
  0x24: "DABT_LOW",
  0x25: "DABT_CUR",
  0x26: "SP_ALIGN",
  0x27: "MOPS",
  0x28: "FP_EXC32",
  0x2c: "FP_EXC64",
  0x2f: "SERROR",
  0x30: "BREAKPT_LOW",
  0x31: "BREAKPT_CUR",
  0x32: "SOFTSTP_LOW",
  0x33: "SOFTSTP_CUR",
  0x34: "WATCHPT_LOW",
  0x35: "WATCHPT_CUR",
  0x38: "BKPT32",
  0x3a: "VECTOR32",
  0x3c: "BRK64",
};

export const exceptionClass = {
  pac: 0x09,
  fp: 0x07,
  sve: 0x19,
  sme: 0x1d,
  sys64: 0x18,
  iabtLow: 0x20,
  dabtLow: 0x24,
} as const;

/** The reason in an exit's value, whose halves may be signed or not. */
export function exitReason(hasValue: boolean, lo: number, hi: number): number {
  if (!hasValue) return Reason.unknown;
  if (hi >>> 31 === 1) return lo >>> 0;
  return lo >>> 26;
}

/** Whether an exit's value is the syndrome of a trapped MSR: EC 0x18 with the direction bit clear. */
export function isTrappedWrite(hasValue: boolean, lo: number, hi: number): boolean {
  return exitReason(hasValue, lo, hi) === exceptionClass.sys64 && hi >>> 31 === 0 && (lo & 1) === 0;
}

export function reasonName(reason: number): string {
  switch (reason) {
    case Reason.irq:
      return "IRQ";
    case Reason.fiq:
      return "FIQ";
    case Reason.serror:
      return "SERROR";
    case Reason.unknown:
      return "?";
    default:
      return exceptionClasses[reason] ?? `EC_0x${reason.toString(16).padStart(2, "0")}`;
  }
}
