import type { ReplayResult, Totals } from "#src/replay/result.js";

export const totals = (traps: number, saves: number, elided: number, restores: number): Totals => ({
  traps,
  saves,
  elided,
  restores,
});

/** A result of one trace and two policies, as `replay --json --by vcpu` gives it. */
export function sampleResult(path = "boot.trl"): ReplayResult {
  return {
    schema: "trapline.replay/1",
    tool: "trapline 1.2.3",
    config: { mode: "vhe", kernel: "recorded", features: ["S1PIE", "TCR2"] },
    complete: true,
    notes: ["anything"],
    traces: [
      {
        path,
        events: 900,
        windows: 10,
        vcpus: 1,
        runs: 20,
        guestEntries: 30,
        guestExits: 30,
        capabilities: {
          guestWrites: "all",
          guestReads: "all",
          values: true,
          entries: "all",
          runs: true,
          loads: true,
          switches: true,
          fpUse: "none",
          pauthUse: "none",
        },
        anomalies: { "put of an unknown vCPU": 1 },
      },
    ],
    policies: [
      {
        policy: "eager",
        totals: totals(0, 20, 0, 20),
        registers: [
          { register: "TCR_EL1", context: "guest", ...totals(0, 10, 0, 10) },
          { register: "PIR_EL1", context: "guest", ...totals(0, 10, 0, 10) },
        ],
        vcpus: [
          {
            trace: path,
            vm: 1,
            mpidr: 0x8000_0000,
            totals: totals(0, 20, 0, 20),
            registers: [{ register: "PIR_EL1", context: "guest", ...totals(0, 10, 0, 10) }],
          },
        ],
      },
      {
        policy: "dirty-pie",
        totals: totals(2, 12, 8, 20),
        change: totals(2, -8, 0, 0),
        registers: [
          { register: "TCR_EL1", context: "guest", ...totals(0, 10, 0, 10) },
          { register: "PIR_EL1", context: "guest", ...totals(2, 2, 8, 10) },
        ],
      },
    ],
  };
}
