/** Where each class of registers is saved, restored and has its traps armed, on VHE and on nVHE. */

import type { RegisterClass } from "../registers/register.js";

export type Mode = "vhe" | "nvhe";

/**
 * `load` and `put`: vcpu_load and vcpu_put. `run-start` and `run-end`: the switch code around one call of
 * __kvm_vcpu_run. `entry` and `exit`: every guest entry and exit, those of the fast path included.
 */
export type Point = "load" | "put" | "run-start" | "run-end" | "entry" | "exit";

/** In the order in which reports list them. */
export const switchedClasses = [
  "el1",
  "user",
  "common",
  "return",
  "keys",
  "fp",
  "debug",
] as const satisfies readonly RegisterClass[];

export type SwitchedClass = (typeof switchedClasses)[number];

export interface ContextPoints {
  readonly save: Point;
  readonly restore: Point;
}

export interface ClassPoints {
  /** `arm`: where write traps of the guest's registers are set again. */
  readonly guest: ContextPoints & { readonly arm: Point };
  /** Absent where the host has no such state to keep: its kernel runs at EL2, or KVM restores it lazily. */
  readonly host?: ContextPoints;
}

export type ModePoints = Readonly<Record<SwitchedClass, ClassPoints>>;

// entry.S switches the keys around each guest entry, in both modes. The host's are read once a load: before v6.10 on
// the first use, since then by vcpu_set_pauth_traps.
const keys: ClassPoints = {
  guest: { save: "exit", restore: "entry", arm: "load" },
  host: { save: "load", restore: "exit" },
};

// The guest keeps the unit from its first use until put. The host's state is put away at load and fetched again by
// the host's own next use, outside KVM (kvm_arch_vcpu_load_fp, kvm_arch_vcpu_put_fp).
const fp: ClassPoints = { guest: { save: "put", restore: "load", arm: "load" } };

// __debug_switch_to_guest and __debug_switch_to_host, inside the run in both modes. Up to v6.13 MDCR_EL2.TDA was
// computed for every run (kvm_arm_setup_debug). From v6.14 the owner is decided at load and kept until put, so
// that the traps of these kernels are armed less often than this says.
const debug: ClassPoints = {
  guest: { save: "run-end", restore: "run-start", arm: "run-start" },
  host: { save: "run-start", restore: "run-end" },
};

/** nVHE switches the whole of sysreg-sr around a run: the host's kernel uses the same EL1 registers. */
const aroundRun: ClassPoints = {
  guest: { save: "run-end", restore: "run-start", arm: "run-start" },
  host: { save: "run-start", restore: "run-end" },
};

export const switchPoints: Readonly<Record<Mode, ModePoints>> = {
  vhe: {
    // __vcpu_load_switch_sysregs and __vcpu_put_switch_sysregs of hyp/vhe/sysreg-sr.c; the host kernel at EL2 does
    // not use EL1 state. HFGWTR_EL2 is written at load too (__activate_traps_common from kvm_vcpu_load_vhe).
    el1: { guest: { save: "put", restore: "load", arm: "load" } },
    // The same functions; the host's own copy is exchanged as well, since its user space uses the registers.
    user: { guest: { save: "put", restore: "load", arm: "load" }, host: { save: "load", restore: "put" } },
    // sysreg_save_host_state_vhe and its companions, from __kvm_vcpu_run_vhe of hyp/vhe/switch.c.
    common: aroundRun,
    // The same functions; the host returns by a function return, not by an ERET.
    return: { guest: { save: "run-end", restore: "run-start", arm: "run-start" } },
    keys,
    fp,
    debug,
  },
  nvhe: {
    // __sysreg_save_state_nvhe and __sysreg_restore_state_nvhe, from __kvm_vcpu_run of hyp/nvhe/switch.c.
    el1: aroundRun,
    user: aroundRun,
    common: aroundRun,
    return: aroundRun,
    keys,
    fp,
    debug,
  },
};
