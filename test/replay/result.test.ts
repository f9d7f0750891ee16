import { describe, expect, it } from "vitest";
import type { CountRow } from "#src/model/counts.js";
import { builtinPolicy } from "#src/policies/registry.js";
import { registerByName } from "#src/registers/lookup.js";
import { kernelConfig } from "#src/configs/resolve.js";
import { makeResult } from "#src/replay/result.js";
import type { TraceCounts } from "#src/replay/merge.js";
import { validateCounts } from "#src/replay/validate.js";
import { exceptionClass } from "#src/trace/exits.js";
import type { TraceHeader } from "#src/trace/header.js";
import { Kind } from "#src/trace/kinds.js";
import { everything, headerOf } from "../trace/headers.js";

const encodings = ["PIR_EL1", "TPIDR_EL0", "CNTV_CTL_EL0"].map((name) => registerByName(name)!.encoding);

function recordingOf(given: Partial<TraceHeader> = {}): TraceHeader {
  return headerOf({
    events: 100,
    pcpus: [{ pcpu: 0, first: 0, last: 9 }],
    vcpus: [
      { vm: 1, mpidr: 1 },
      { vm: 1, mpidr: 0 },
    ],
    guestTime: [0, 0],
    places: [0, 0],
    registers: [-1, ...encodings],
    capabilities: { ...everything, guestReads: "filtered", fpUse: "none", pauthUse: "none" },
    recorded: { guestSave: [1, 2], guestRestore: [1, 2], hostSave: [2], hostRestore: [2] },
    tally: [
      [Kind.runStart, 0, 0, 7],
      [Kind.runEnd, 0, 0, 6],
      [Kind.put, 0, 0, 5],
      [Kind.entry, 0, 0, 8],
      [Kind.fullExit, 0, 0, 6],
      [Kind.fastExit, 0, 0, 2],
      [Kind.saveGuest, 1, 0, 3],
      [Kind.restoreGuest, 1, 0, 5],
      [Kind.saveGuest, 2, 0, 5],
      [Kind.saveHost, 2, 0, 5],
      [Kind.saveGuest, 3, 0, 9],
      [Kind.emulatedWrite, 1, 0, 5],
    ],
    exits: [
      // Writes on the fast path and past it, of which the hypervisor made five; reads; another reason.
      [0, 1, exceptionClass.sys64, 1, 1, 3],
      [0, 0, exceptionClass.sys64, 1, 1, 4],
      [0, 1, exceptionClass.sys64, 1, 0, 50],
      [0, 1, exceptionClass.sys64 + 1, 1, 1, 60],
    ],
    anomalies: { "odd thing": 3 },
    ...given,
  });
}

const row = (
  register: string,
  context: "guest" | "host",
  unit: number,
  [traps, saves, elided, restores]: readonly number[],
): CountRow => ({ register, context, unit, traps, saves, elided, restores });

/** Two units of PIR_EL1, not in the order of the table. */
const rows = [
  row("TPIDR_EL0", "host", 0, [0, 5, 0, 5]),
  row("TPIDR_EL0", "guest", 0, [0, 5, 0, 0]),
  row("PIR_EL1", "guest", 0, [2, 1, 2, 3]),
  row("PIR_EL1", "guest", 1, [0, 2, 0, 2]),
];

function countsOf(policy: string, own: readonly CountRow[], given: Partial<TraceHeader> = {}): TraceCounts {
  const header = recordingOf(given);
  const config = kernelConfig(header.mode === "nvhe" ? "nvhe" : "vhe", "6.12", ["S1PIE"]);
  const built = builtinPolicy(policy)!.build(config);
  return {
    path: "t.trl",
    header,
    config,
    assignments: [{ policy: built, config }],
    policies: [{ policy, rows: own }],
  };
}

describe("makeResult", () => {
  it("sums units, in the order of the table, the guest first", () => {
    const { policies } = makeResult([countsOf("dirty-pie", rows)], "test", false);
    expect(policies).toEqual([
      {
        policy: "dirty-pie",
        totals: { traps: 2, saves: 13, elided: 2, restores: 10 },
        registers: [
          { register: "PIR_EL1", context: "guest", traps: 2, saves: 3, elided: 2, restores: 5 },
          { register: "TPIDR_EL0", context: "guest", traps: 0, saves: 5, elided: 0, restores: 0 },
          { register: "TPIDR_EL0", context: "host", traps: 0, saves: 5, elided: 0, restores: 5 },
        ],
      },
    ]);
  });

  it("sums traces, and shows each when there are several", () => {
    const one = makeResult([countsOf("dirty-pie", rows)], "test", false);
    expect(one.traces[0]).not.toHaveProperty("policies");
    const two = makeResult([countsOf("dirty-pie", rows), countsOf("dirty-pie", rows)], "test", false);
    expect(two.policies[0].totals).toEqual({ traps: 4, saves: 26, elided: 4, restores: 20 });
    expect(two.traces.map(({ policies }) => policies)).toEqual([
      [{ policy: "dirty-pie", totals: one.policies[0].totals }],
      [{ policy: "dirty-pie", totals: one.policies[0].totals }],
    ]);
  });

  it("shows vCPUs by their numbers, and no host among them", () => {
    const { policies } = makeResult([countsOf("eager", rows)], "test", true);
    expect(policies[0].vcpus).toMatchObject([
      { vm: 1, mpidr: 0, totals: { traps: 0, saves: 2, elided: 0, restores: 2 } },
      { vm: 1, mpidr: 1, totals: { traps: 2, saves: 6, elided: 2, restores: 3 } },
    ]);
  });

  it("compares with eager where it is among the policies", () => {
    const eager = countsOf("eager", [row("PIR_EL1", "guest", 0, [0, 5, 0, 5])]);
    const both = { ...eager, policies: [...eager.policies, { policy: "dirty-pie", rows: rows.slice(2) }] };
    const [first, second] = makeResult([both], "test", false).policies;
    expect(first).not.toHaveProperty("change");
    expect(second.change).toEqual({ traps: 2, saves: -2, elided: 2, restores: 0 });
  });

  it("counts windows from put to put on VHE, and from run to run of both contexts on nVHE", () => {
    const windows = (mode: "vhe" | "nvhe"): unknown =>
      makeResult([countsOf("eager", rows, { mode })], "test", false).traces[0];
    expect(windows("vhe")).toMatchObject({ windows: 5, runs: 7, guestEntries: 8, guestExits: 8, vcpus: 2 });
    expect(windows("nvhe")).toMatchObject({ windows: 12 });
  });

  it("says what a reader must know", () => {
    const notes = (policy: string, mode: "vhe" | "nvhe"): string =>
      makeResult([countsOf(policy, rows, { mode })], "test", false).notes.join("\n");
    expect(notes("eager", "vhe")).toBe("x: odd thing, 3 times.");
    expect(notes("dirty-pie", "vhe")).not.toContain("interrupt between a trap and its retry");
    expect(notes("dirty-pie", "nvhe")).toContain("interrupt between a trap and its retry");
    expect(notes("eager", "nvhe")).not.toContain("interrupt between a trap and its retry");
    expect(notes("hidden", "vhe")).toContain("left out reads");
  });
});

describe("validateCounts", () => {
  it("puts what was recorded beside what the model says", () => {
    const { rows: found, compared, agree } = validateCounts(countsOf("dirty-pie", rows));
    expect(found).toEqual([
      { register: "PIR_EL1", context: "guest", what: "trap", recorded: 2, model: 2 },
      { register: "PIR_EL1", context: "guest", what: "save", recorded: 3, model: 3 },
      { register: "PIR_EL1", context: "guest", what: "restore", recorded: 5, model: 5 },
      { register: "TPIDR_EL0", context: "guest", what: "save", recorded: 5, model: 5 },
      { register: "TPIDR_EL0", context: "host", what: "save", recorded: 5, model: 5 },
      { register: "TPIDR_EL0", context: "host", what: "restore", recorded: 0, model: 5 },
      // Not switched with the rest, and so no difference.
      { register: "CNTV_CTL_EL0", context: "guest", what: "save", recorded: 9, model: null },
    ]);
    expect({ compared, agree }).toEqual({ compared: 6, agree: false });
  });

  it("agrees when every row that is compared does, and there is one", () => {
    const without = rows.map((each) => (each.context === "host" ? { ...each, restores: 0 } : each));
    expect(validateCounts(countsOf("dirty-pie", without))).toMatchObject({ agree: true, compared: 5 });
    expect(validateCounts(countsOf("dirty-pie", [], { tally: [], exits: [] }))).toMatchObject({
      agree: false,
      compared: 0,
    });
  });

  it("refuses a recording that does not show what its hypervisor did", () => {
    const { capabilities } = recordingOf();
    const blind = { capabilities: { ...capabilities, switches: false } };
    expect(() => validateCounts(countsOf("eager", rows, blind))).toThrow(
      expect.objectContaining({ code: "unsupported", place: { file: "t.trl" } }),
    );
  });
});
