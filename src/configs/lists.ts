/** The shape of a kernel's save and restore lists, and what its kernels have had in common since v6.8. */

import { registerByName } from "../registers/lookup.js";
import type { Feature } from "../registers/register.js";
import type { SwitchedClass } from "./points.js";

export interface ListEntry {
  readonly register: string;
  /** All of them must be present; absent means always. */
  readonly when?: readonly Feature[];
}

/** Per class, in the kernel's order. */
export type ClassLists = Readonly<Record<SwitchedClass, readonly ListEntry[]>>;

export interface ContextLists {
  readonly save: ClassLists;
  readonly restore: ClassLists;
}

export function always(...names: readonly string[]): readonly ListEntry[] {
  return names.map((register) => ({ register }));
}

export function needs(when: readonly Feature[], ...names: readonly string[]): readonly ListEntry[] {
  return names.map((register) => ({ register, when }));
}

// The runs of el1 between which the versions differ: hyp/include/hyp/sysreg-sr.h of v6.8 and v6.12.

export const translationSave = always("SCTLR_EL1", "CPACR_EL1", "TTBR0_EL1", "TTBR1_EL1", "TCR_EL1");

/** TCR_EL1 comes before the table bases here, for the sake of the SPECULATIVE_AT erratum. */
export const translationRestore = always("SCTLR_EL1", "TCR_EL1", "CPACR_EL1", "TTBR0_EL1", "TTBR1_EL1");

export const faultsToTimer = always(
  "ESR_EL1",
  "AFSR0_EL1",
  "AFSR1_EL1",
  "FAR_EL1",
  "MAIR_EL1",
  "VBAR_EL1",
  "CONTEXTIDR_EL1",
  "AMAIR_EL1",
  "CNTKCTL_EL1",
);

export const addressToExceptionReturn: readonly ListEntry[] = [
  ...always("PAR_EL1", "TPIDR_EL1"),
  ...needs(["MTE"], "TFSR_EL1", "TFSRE0_EL1"),
  ...always("SP_EL1", "ELR_EL1", "SPSR_EL1"),
];

const user = always("TPIDR_EL0", "TPIDRRO_EL0");

/** save_key and restore_key sequences of asm/kvm_ptrauth.h. */
const keys = needs(
  ["PAUTH"],
  "APIAKEYLO_EL1",
  "APIAKEYHI_EL1",
  "APIBKEYLO_EL1",
  "APIBKEYHI_EL1",
  "APDAKEYLO_EL1",
  "APDAKEYHI_EL1",
  "APDBKEYLO_EL1",
  "APDBKEYHI_EL1",
  "APGAKEYLO_EL1",
  "APGAKEYHI_EL1",
);

const downFrom = (last: number, name: (n: number) => string): readonly string[] =>
  Array.from({ length: last + 1 }, (_, n) => name(last - n));

/**
 * hyp/include/hyp/debug-sr.h walks each kind from the highest number down. How many there are is up to the machine;
 * six breakpoints and four watchpoints are what the emulated machine of the recordings has.
 */
const debug = always(
  ...downFrom(5, (n) => `DBGBCR${n}_EL1`),
  ...downFrom(5, (n) => `DBGBVR${n}_EL1`),
  ...downFrom(3, (n) => `DBGWCR${n}_EL1`),
  ...downFrom(3, (n) => `DBGWVR${n}_EL1`),
  "MDCCINT_EL1",
);

const disr = needs(["RAS"], "VDISR_EL2");

/** The program state that the host of nVHE needs back; of a guest SPSR_EL2 is read at each exit, apart from this. */
const fullReturn: readonly ListEntry[] = [...always("ELR_EL2", "SPSR_EL2"), ...disr];

/** What a version has to say for itself. */
export interface VersionParts {
  readonly el1Save: readonly ListEntry[];
  readonly el1Restore: readonly ListEntry[];
  readonly common: readonly ListEntry[];
}

export function guestLists({ el1Save, el1Restore, common }: VersionParts): ContextLists {
  const shared = { user, common, keys, fp: always("FPSIMD"), debug };
  return {
    save: { el1: el1Save, ...shared, return: [...always("ELR_EL2"), ...disr] },
    restore: { el1: el1Restore, ...shared, return: fullReturn },
  };
}

/** The host context of nVHE. VHE uses the classes of it that have host points. */
export function hostLists({ el1Save, el1Restore, common }: VersionParts): ContextLists {
  const shared = { user, common, return: fullReturn, keys, fp: [], debug };
  return { save: { el1: el1Save, ...shared }, restore: { el1: el1Restore, ...shared } };
}

/**
 * Whether KVM switches a register of the classes beside sysreg-sr.c at all: all keys, and of the debug registers
 * those that `__debug_switch_to_guest` moves, as many as the machine has.
 */
export function isSwitchedBeside(name: string): boolean {
  const { class: kind } = registerByName(name) ?? {};
  return kind === "keys" || kind === "fp" || (kind === "debug" && switchedDebug.test(name));
}

const switchedDebug = /^(?:MDCCINT_EL1|DBG[BW][VC]R\d+_EL1)$/;
