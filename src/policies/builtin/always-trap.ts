import { fixedPolicy, type Group } from "../policy.js";

const emulated = (name: string, registers: readonly string[]): Group => ({
  name,
  registers,
  trap: "every-write",
  onTrap: "emulate",
  save: "always",
  restore: "always",
  arm: "arming-point",
  host: "eager",
  path: "fast",
});

export const alwaysTrap = fixedPolicy(
  {
    name: "always-trap",
    summary:
      "Ampere1 erratum AC03_CPU_38: every write to TCR_EL1 (and TCR2_EL1, which shares its trap bit) traps, and EL2's fast path makes it.",
    source: "handle_ampere1_tcr, Linux v6.12",
  },
  [emulated("TCR", ["TCR_EL1", "TCR2_EL1"])],
);

export const alwaysTrapTx2 = fixedPolicy(
  {
    name: "always-trap-tx2",
    summary:
      "ThunderX2 erratum 219: HCR_EL2.TVM is always on, and EL2's fast path makes every write to its eleven registers.",
    source: "handle_tx2_tvm, Linux v6.12",
  },
  [
    emulated("TVM", [
      "SCTLR_EL1",
      "TTBR0_EL1",
      "TTBR1_EL1",
      "TCR_EL1",
      "ESR_EL1",
      "FAR_EL1",
      "AFSR0_EL1",
      "AFSR1_EL1",
      "MAIR_EL1",
      "AMAIR_EL1",
      "CONTEXTIDR_EL1",
    ]),
  ],
);
