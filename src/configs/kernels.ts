/** What the kernels of three versions switch, and in which order. */

import {
  addressToExceptionReturn,
  always,
  faultsToTimer,
  guestLists,
  hostLists,
  needs,
  translationRestore,
  translationSave,
} from "./lists.js";
import type { ContextLists, VersionParts } from "./lists.js";

export const kernelVersions = ["6.8", "6.12", "6.18"] as const;

export type KernelVersion = (typeof kernelVersions)[number];

export interface KernelLists {
  readonly version: KernelVersion;
  /**
   * Whose features decide about TCR2_EL1 and what follows from it: `host`, what the machine has, shown to the guest
   * or not; `vm`, what the VM was given and the machine has. MTE goes by the VM in every version. Either way the
   * features that a configuration names are the ones to be tested: for a `host` kernel name the machine's.
   */
  readonly gatedBy: "host" | "vm";
  readonly guest: ContextLists;
  /** As on nVHE. */
  readonly host: ContextLists;
  readonly source: string;
}

const v6_8: VersionParts = {
  el1Save: [
    ...translationSave,
    ...needs(["TCR2"], "TCR2_EL1"),
    ...faultsToTimer,
    ...needs(["S1PIE"], "PIR_EL1", "PIRE0_EL1"),
    ...addressToExceptionReturn,
  ],
  el1Restore: [
    ...always("VMPIDR_EL2"),
    ...translationRestore,
    ...needs(["TCR2"], "TCR2_EL1"),
    ...faultsToTimer,
    ...needs(["S1PIE"], "PIR_EL1", "PIRE0_EL1"),
    ...addressToExceptionReturn,
  ],
  common: always("MDSCR_EL1"),
};

/** Nested in the kernel as well: without TCR2 none of them is looked at. */
const permissions = [
  ...needs(["TCR2"], "TCR2_EL1"),
  ...needs(["TCR2", "S1PIE"], "PIR_EL1", "PIRE0_EL1"),
  ...needs(["TCR2", "S1POE"], "POR_EL1"),
];

const v6_12: VersionParts = {
  el1Save: [...translationSave, ...permissions, ...faultsToTimer, ...addressToExceptionReturn],
  el1Restore: [
    ...always("VMPIDR_EL2"),
    ...translationRestore,
    ...permissions,
    ...faultsToTimer,
    ...addressToExceptionReturn,
  ],
  // Common, not user: the value takes part in the host's own accesses to user memory.
  common: [...always("MDSCR_EL1"), ...needs(["S1POE"], "POR_EL0")],
};

const sctlr2 = needs(["SCTLR2"], "SCTLR2_EL1");

const v6_18: VersionParts = {
  el1Save: [...v6_12.el1Save, ...sctlr2],
  el1Restore: [...always("VPIDR_EL2"), ...v6_12.el1Restore, ...sctlr2],
  common: v6_12.common,
};

function kernel(
  version: KernelVersion,
  gatedBy: KernelLists["gatedBy"],
  parts: VersionParts,
  source: string,
): KernelLists {
  return { version, gatedBy, guest: guestLists(parts), host: hostLists(parts), source };
}

export const kernels: Readonly<Record<KernelVersion, KernelLists>> = {
  // The keys are switched only after a first use in this one; the list is the same.
  "6.8": kernel("6.8", "host", v6_8, "hyp/include/hyp/sysreg-sr.h, v6.5 to v6.8"),
  "6.12": kernel("6.12", "vm", v6_12, "hyp/include/hyp/sysreg-sr.h, v6.12"),
  "6.18": kernel(
    "6.18",
    "vm",
    v6_18,
    "hyp/include/hyp/sysreg-sr.h, v6.15 to v6.17; the order of VPIDR_EL2 and SCTLR2_EL1 as recorded on a later kernel",
  ),
};
