import { canonicalEncoding, redirectsUnderE2H, registers } from "../../registers/lookup.js";
import type { RegisterClass } from "../../registers/register.js";

/**
 * What an access by EL2 to a register can be part of. KVM switches different registers at different places:
 * those of sysreg-sr.c by class, see `switchPoints` in `configs/points.ts`; the others each in its own file.
 */
export const Role = {
  none: 0,
  /** EL1 state of the guest (and of the host on nVHE): load and put, or each run. */
  el1: 1,
  user: 2,
  common: 3,
  return: 4,
  /** Switched around each guest entry and exit, in entry.S: SP_EL0 and the pointer authentication keys. */
  entry: 5,
  /** Debug registers: switched at the ends of a run when in use. */
  debug: 6,
  /** A guest's timer, by its EL02 name, and the vGIC's ICH_* state: EL2 touches them for a guest only. */
  guestOnly: 7,
  /** HCR_EL2, VTTBR_EL2 and ESR_EL2: they say who runs and why it left. */
  control: 8,
  /** ISR_EL1: `__guest_enter` looks at it and calls the entry off if an interrupt is pending. */
  pending: 9,
} as const;

const roleOfClass: Readonly<Record<RegisterClass, number>> = {
  el1: Role.el1,
  user: Role.user,
  common: Role.common,
  return: Role.return,
  keys: Role.entry,
  fp: Role.none,
  debug: Role.debug,
  timer: Role.none,
  vgic: Role.none,
  pmu: Role.none,
  control: Role.none,
  id: Role.none,
  other: Role.none,
};

export const HCR_EL2 = 0xe088;
export const VTTBR_EL2 = 0xe108;
export const VMPIDR_EL2 = 0xe005;
export const ESR_EL2 = 0xe290;
export const ELR_EL2 = 0xe201;
export const SPSR_EL2 = 0xe200;
const VPIDR_EL2 = 0xe000;
export const SP_EL0 = 0xc208;
const ISR_EL1 = 0xc608;

const special: Readonly<Record<number, number>> = {
  [HCR_EL2]: Role.control,
  [VTTBR_EL2]: Role.control,
  [ESR_EL2]: Role.control,
  // Both are restored as part of the EL1 state: they are what the guest reads as MIDR_EL1 and MPIDR_EL1.
  [VMPIDR_EL2]: Role.el1,
  [VPIDR_EL2]: Role.el1,
  [SP_EL0]: Role.entry,
  [ISR_EL1]: Role.pending,
};

/** Read-only views of the vGIC that KVM reads but does not save. */
const vgicStatus = new Set(["ICH_VTR_EL2", "ICH_MISR_EL2", "ICH_EISR_EL2", "ICH_ELRSR_EL2"]);

/** What an encoding in an instruction at EL2 means: the register without alias or redirection, and its role. */
export interface Meaning {
  /** By encoding; -1 for a register that the redirection turns into one of EL2's own. */
  readonly register: Int32Array;
  readonly role: Uint8Array;
}

const encodings = 1 << 16;
const identity = (): Int32Array => Int32Array.from({ length: encodings }, (_, encoding) => encoding);

/** With HCR_EL2.E2H = 0. */
export const plain: Meaning = { register: identity(), role: new Uint8Array(encodings) };
/** With HCR_EL2.E2H = 1. */
export const underE2h: Meaning = { register: identity(), role: new Uint8Array(encodings) };

/** EL1 names by which a kernel at EL2 reaches what the switch code needs of EL2's own. */
const redirected: Readonly<Record<number, number>> = { 0xc201: ELR_EL2, 0xc200: SPSR_EL2, 0xc290: ESR_EL2 };

for (const { encoding, name, alias, class: group } of registers) {
  if (encoding >= encodings) continue;
  const vgic = name.startsWith("ICH_") && !vgicStatus.has(name);
  plain.role[encoding] = special[encoding] ?? (vgic ? Role.guestOnly : roleOfClass[group]);
  underE2h.role[encoding] = plain.role[encoding];
  if (alias === undefined) continue;
  for (const meaning of [plain, underE2h]) {
    meaning.register[alias.encoding] = canonicalEncoding(alias.encoding);
    meaning.role[alias.encoding] = group === "timer" ? Role.guestOnly : plain.role[encoding];
  }
}
for (const { encoding } of registers) {
  if (encoding >= encodings || !redirectsUnderE2H(encoding)) continue;
  const own = redirected[encoding] ?? -1;
  underE2h.register[encoding] = own;
  underE2h.role[encoding] = own < 0 ? Role.none : plain.role[own];
}
