/**
 * What a Linux guest does, as it was recorded: pieces of profiles. Recordings named here are in traces/README.md.
 * Both are of small Debian kernels under KVM on an emulated machine, whose clock counts instructions: one is taken
 * for one ns.
 */

import type { Figure, ProfileActivity, ProfileExit } from "../profile.js";

const kvmVhe = "kvm-vhe, the second half of its windows (two vCPUs after their boot)";

/** An exception's way in and out: ELR_EL1 and SPSR_EL1 are written before each ERET to what was interrupted. */
export const exceptions = (share: Figure): ProfileActivity => ({
  name: "exceptions",
  writes: { ELR_EL1: 3, SPSR_EL1: 3 },
  reads: { ELR_EL1: 3, SPSR_EL1: 3, ESR_EL1: 3 },
  share,
  burst: [40, `${kvmVhe}: 23 to 125 windows in a row`],
  spread: [0.9, `${kvmVhe}: in 2.5 of 2.65 runs of such a window`],
  repeat: [0.4, `${kvmVhe}: 0.28 and 0.41`],
  known: [0.55, `${kvmVhe}: 0.57 and 0.59`],
});

/** A timer's interrupt: the GIC is asked and told, the timer set again. */
export const timer = (share: Figure): ProfileActivity => ({
  name: "timer",
  writes: { CNTV_CTL_EL0: 2, CNTV_CVAL_EL0: 1, ICC_EOIR1_EL1: 1 },
  reads: { ICC_IAR1_EL1: 1, CNTV_CTL_EL0: 2 },
  share,
  burst: [6, `${kvmVhe}: 5.3 and 5.9 windows in a row`],
  spread: [0.3, `${kvmVhe}: in 1.5 of 2.65 runs of such a window`],
  repeat: [0.02, `${kvmVhe}: 0.02 and 0.03`],
  known: [
    0.5,
    "CNTV_CTL_EL0 has few values (0.97 known in kvm-vhe), CNTV_CVAL_EL0 only new ones; between them",
  ],
});

/** The way back to EL0 with kernel page table isolation, and of a thread switch: KPTI's trampoline writes CONTEXTIDR_EL1. */
export const contextSwitch = (share: Figure): ProfileActivity => ({
  name: "context-switch",
  writes: { CONTEXTIDR_EL1: 2, TPIDR_EL0: 2, TPIDRRO_EL0: 2, SP_EL0: 6 },
  share,
  burst: [7, `${kvmVhe}: 6.7 and 8.8 windows in a row`],
  spread: [0.66, `${kvmVhe}: in 2.09 of 2.65 runs of such a window`],
  repeat: [0.25, `${kvmVhe}: from 0 (CONTEXTIDR_EL1) to 1 (TPIDRRO_EL0), by writes 0.2 to 0.3`],
  known: [0.7, `${kvmVhe}: 0.73 to 0.99 of those that do not repeat`],
});

/** Another process: its page tables. */
export const addressSpace = (share: Figure): ProfileActivity => ({
  name: "address-space",
  writes: { TTBR0_EL1: 3, TTBR1_EL1: 1 },
  share,
  burst: [1.1, `${kvmVhe}: 1.0 and 1.1 windows in a row`],
  spread: [0.5, `${kvmVhe}: in 1.8 to 2.65 runs of such a window`],
  repeat: [0.33, `${kvmVhe}: 0.33 of TTBR0_EL1, which is written with the reserved table in between`],
  known: [0.6, `${kvmVhe}: 0.66 and 0.95`],
});

/** First use of vector registers after a load. */
export const vectors = (share: Figure): ProfileActivity => ({
  name: "vectors",
  writes: {},
  reads: { FPSIMD: 1 },
  share,
  burst: [6, `${kvmVhe}: 6.2 and 7.4 windows in a row`],
  spread: [
    0,
    "KVM traps the first use of a load only (arch/arm64/kvm/fpsimd.c); in kvm-vhe one run of each window",
  ],
  repeat: [0, "reads have no values"],
  known: [0, "reads have no values"],
});

/** A PIE pair that is rewritten: permission overlays per thread, a sandbox, a JIT. */
export const pie = (share: Figure, burst: Figure): ProfileActivity => ({
  name: "pie",
  writes: { PIR_EL1: 1, PIRE0_EL1: 1 },
  share,
  burst,
  spread: [0.1, "chatty-vhe: in 1.02 to 1.15 runs of windows with 4.8 to 22 runs"],
  repeat: [0, "chatty-vhe: 0.00"],
  known: [0.98, "chatty-vhe: 0.95 to 0.98"],
});

/** SCTLR_EL1 as a Linux guest sets it: at reset, for the early code, and with MMU and caches on. */
const sctlr = [
  [0x30d0_0980, 0],
  [0x30d0_1985, 0],
  [0x3475_f9bd, 0],
] as const;

/** What a CPU sets up once, in a window or two of its boot. */
export const setUp: ProfileActivity = {
  name: "set-up",
  writes: {
    SCTLR_EL1: 3,
    CPACR_EL1: 1,
    TCR_EL1: 2,
    TCR2_EL1: 1,
    PIR_EL1: 1,
    PIRE0_EL1: 1,
    MAIR_EL1: 1,
    VBAR_EL1: 1,
    TPIDR_EL1: 1,
    CNTKCTL_EL1: 1,
    ICC_PMR_EL1: 2,
    ICC_IGRPEN1_EL1: 1,
  },
  share: [0.0024, "kvm-vhe, first quarter: PIR_EL1 and MAIR_EL1 in 1 of 404 and 1 of 432 windows"],
  burst: [1, "kvm-vhe, first quarter: one window"],
  spread: [0, "kvm-vhe, first quarter: one run, two for SCTLR_EL1"],
  repeat: [0, "kvm-vhe, first quarter: 0 but for a few of SCTLR_EL1 and TCR_EL1"],
  known: [0, "kvm-vhe, first quarter: 0 for most"],
  opening: { SCTLR_EL1: sctlr },
};

/** Why a running guest leaves. */
export const steadyExits: readonly ProfileExit[] = [
  { reason: "WFx", last: 0.9, inner: 0.015 },
  { reason: "IRQ", last: 0.02, inner: 0.535 },
  { reason: "SYS64", register: "ICC_SGI1R_EL1", last: 0.005, inner: 0.44 },
  { reason: "DABT_LOW", last: 0.07, inner: 0.005 },
  { reason: "HVC64", last: 0.005, inner: 0.005 },
];
export const steadySource = `${kvmVhe}: last exits WFx 0.54 to 0.99, others IRQ 0.45 to 0.61 and SGIs 0.37 to 0.54`;

export const bootExits: readonly ProfileExit[] = [
  { reason: "WFx", last: 0.76, inner: 0.008 },
  { reason: "DABT_LOW", last: 0.18, inner: 0.11 },
  { reason: "IRQ", last: 0.055, inner: 0.72 },
  { reason: "SYS64", register: "ICC_SGI1R_EL1", last: 0, inner: 0.11 },
  { reason: "HVC64", last: 0.005, inner: 0.052 },
];
export const bootSource =
  "kvm-vhe, first quarter: last exits WFx 0.68 and 0.84, DABT 0.24 and 0.13; others IRQ 0.76 and 0.67";

/** Times and runs of a guest in its steady state. */
export const steadyFigures = {
  windows: [1024, "a power of two: quotas of activities are met over so many windows"],
  runs: [2.6, `${kvmVhe}: 2.37 to 2.68 runs`],
  emptyRuns: [0.007, `${kvmVhe}: 0.004 to 0.010`],
  fastExits: [0.24, `${kvmVhe}: 203 to 350 FP_ASIMD of some 1,100 runs`],
  guest: [37_000, `${kvmVhe}: 29,136 to 45,536 instructions`],
  between: [10_000, `${kvmVhe}: 9,861 to 10,342 instructions`],
  edges: [7_200, `${kvmVhe}: 6,783 to 7,460 instructions`],
  out: [24_000, `${kvmVhe}: 20,865 to 27,450 instructions`],
} as const satisfies Record<string, Figure>;

export const noFirstUse: Figure = [0, "no activity of this profile uses vector registers"];
