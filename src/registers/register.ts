/** What trapline knows of one system register: its encoding, its names, who switches it and who may change it. */

/**
 * The 16 bits that name a register in an A64 MSR or MRS, bits 20:5 of the opcode:
 * op0<<14 | op1<<11 | CRn<<7 | CRm<<3 | op2. SCTLR_EL1 is 0xc080.
 * One value lies outside the 16 bits: `fpsimdEncoding` of `table-fp.ts`.
 */
export type Encoding = number;

/** `el1` to `return` are the four groups of KVM's sysreg-sr code; the rest is switched elsewhere, or not at all. */
export type RegisterClass =
  | "el1"
  | "user"
  | "common"
  | "return"
  | "keys"
  | "fp"
  | "debug"
  | "timer"
  | "vgic"
  | "pmu"
  | "control"
  | "id"
  | "other";

/**
 * Architectural features that decide whether a register exists. The names are those of the architecture without
 * `FEAT_`, shortened where one name covers several revisions. The kernels' lists depend on the first seven.
 */
export const features = [
  "TCR2",
  "S1PIE",
  "S1POE",
  "MTE",
  "RAS",
  "SCTLR2",
  "PAUTH",
  "GCS",
  "SVE",
  "SME",
  "FPMR",
  "AIE",
  "S2POE",
  "LS64",
  "THE",
  "PFAR",
  "CSV2",
  "LOR",
  "SRMASK",
  "FGT",
  "FGT2",
  "HCX",
  "ECV",
  "NV2",
  "AARCH32",
  "RNG",
  "GICV3",
  "PMU",
  "SPE",
  "TRBE",
  "TRF",
  "ETE",
  "BRBE",
  "MPAM",
] as const;

export type Feature = (typeof features)[number];

export type TrapControl = "HFGWTR_EL2" | "HFGWTR2_EL2" | "HDFGWTR_EL2";

/** The fine-grained trap bit that catches a write from EL1 or EL0. */
export interface TrapBit {
  readonly control: TrapControl;
  readonly bit: number;
  /** The value of the bit that traps: 1 for ordinary bits, 0 for those whose field name starts with n. */
  readonly trapsWhen: 0 | 1;
}

export interface Register {
  /** Upper case as in an assembler listing, for instance APIAKEYLO_EL1. */
  readonly name: string;
  readonly encoding: Encoding;
  /** The name under which EL2 with HCR_EL2.E2H = 1 reaches the EL1 or EL0 register: `*_EL12` or `*_EL02`. */
  readonly alias?: { readonly name: string; readonly encoding: Encoding };
  readonly class: RegisterClass;
  /** Absent where the register exists on every machine that KVM runs on. */
  readonly feature?: Feature;
  /** Absent where no fine-grained bit traps a write; a bit that traps reads alone does not count. */
  readonly trap?: TrapBit;
  /** HCR_EL2.TVM traps a write, according to KVM's table of coarse traps. */
  readonly tvm?: true;
  /** The kernel version whose table has it first, where it joined later than the rest. */
  readonly tvmSince?: string;
  /** Whether the value can change without an MSR that names the register; if so, write traps cannot track it. */
  readonly hardwareWritten: "no" | "yes" | "implementation-defined";
  /** Who changes it; present unless `hardwareWritten` is "no". */
  readonly writtenBy?: string;
  /** An MSR to it is UNDEFINED or ignored. */
  readonly readOnly?: true;
  /** Where encoding and attributes come from. */
  readonly source: string;
}
