import { registers } from "../../registers/lookup.js";
import type { RegisterClass } from "../../registers/register.js";

/**
 * What an access by EL2 to a register can be part of. KVM switches different registers at different places:
 * see `switchPoints` in `configs/points.ts`, and section 1.1 of the facts for those outside sysreg-sr.c.
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

/** Read-only views of the vGIC that KVM reads but does not save. */
const vgicStatus = new Set(["ICH_VTR_EL2", "ICH_MISR_EL2", "ICH_EISR_EL2", "ICH_ELRSR_EL2"]);

const byEncoding = new Uint8Array(1 << 16);
const aliased = new Uint8Array(1 << 16);
for (const register of registers) {
  if (register.encoding >= byEncoding.length) continue;
  const vgic = register.name.startsWith("ICH_") && !vgicStatus.has(register.name);
  byEncoding[register.encoding] =
    register.name === "SP_EL0" ? Role.entry : vgic ? Role.guestOnly : roleOfClass[register.class];
  if (register.alias === undefined) continue;
  aliased[register.alias.encoding] = 1;
  byEncoding[register.alias.encoding] =
    register.class === "timer" ? Role.guestOnly : byEncoding[register.encoding];
}

/** The role of an encoding as EL2 names it. */
export const roleOf = (encoding: number): number => byEncoding[encoding];

/** Whether an encoding is an EL12 or EL02 name. */
export const isGuestAlias = (encoding: number): boolean => aliased[encoding] === 1;
