import { describe, expect, it } from "vitest";
import { findPolicy } from "#src/policies/find.js";
import { registerByName } from "#src/registers/lookup.js";
import type { ConfigChoice } from "#src/replay/config.js";
import { diffResults } from "#src/replay/diff.js";
import type { TraceCounts } from "#src/replay/merge.js";
import { makePlan } from "#src/replay/make-plan.js";
import { replayPlan } from "#src/replay/replay.js";
import { parseResult } from "#src/replay/result-file.js";
import { makeResult, type ReplayResult } from "#src/replay/result.js";
import { validateCounts } from "#src/replay/validate.js";
import { diffMarkdown, diffText } from "#src/report/diff.js";
import { replayCsv, replayMarkdown, replayText } from "#src/report/replay.js";
import { Kind } from "#src/trace/kinds.js";
import { measureFile } from "#src/verdict/recorded.js";
import type { Sample } from "../trace/support.js";
import { bareFields, bareTrace, laid } from "./support.js";

const wrote = (name: string, time: number): Sample => ({
  kind: Kind.guestWrite,
  encoding: registerByName(name)?.encoding ?? -1,
  pcpu: 0,
  vcpu: 0,
  time,
  value: [1, 0],
});

/** Exits at 10, 20 and 30, the second with a put; the end at 31. */
const bare = bareTrace(
  [
    wrote("PIR_EL1", 0),
    wrote("TCR2_EL1", 5),
    wrote("PIR_EL1", 12),
    wrote("PIR_EL1", 25),
    wrote("SCTLR_EL1", 31),
  ],
  { ...bareFields, pcpus: [0], vcpus: [{ vm: -1, mpidr: 0 }] },
);
const { path } = await laid(bare, "every=10,put=2");

async function replayed(choice: ConfigChoice): Promise<TraceCounts> {
  const policies = ["eager", "dirty-pie"].map(findPolicy);
  for await (const counts of replayPlan(makePlan([path], { policies, choice }), { threads: 0 }))
    return counts;
  throw new Error("no trace");
}

const resultOf = async (choice: ConfigChoice): Promise<ReplayResult> =>
  makeResult([await replayed(choice)], "test", true);

function countsOf({ policies }: ReplayResult, policy: string): unknown {
  const rows = policies.find((each) => each.policy === policy)?.registers ?? [];
  const found = rows.find(({ register, context }) => register === "PIR_EL1" && context === "guest");
  return found && [found.traps, found.saves, found.elided, found.restores];
}

const vhe = { mode: "vhe", kernel: "6.18" } as const;
const nvhe = { mode: "nvhe", kernel: "6.18" } as const;

describe("the replay of a modelled trace", () => {
  it("counts what a hand does on VHE: two loads, both of which write PIR_EL1", async () => {
    const result = await resultOf(vhe);
    expect(result.traces).toMatchObject([{ runs: 4, guestEntries: 4, guestExits: 4, windows: 2 }]);
    expect(countsOf(result, "eager")).toEqual([0, 2, 0, 2]);
    expect(countsOf(result, "dirty-pie")).toEqual([2, 2, 0, 2]);
  });

  it("and on nVHE: four runs, the first three of which write it", async () => {
    const result = await resultOf(nvhe);
    expect(countsOf(result, "eager")).toEqual([0, 4, 0, 4]);
    expect(countsOf(result, "dirty-pie")).toEqual([3, 3, 1, 4]);
  });

  it("takes the guest's features from what it writes", async () => {
    expect((await resultOf(vhe)).config.features).toEqual(["TCR2", "S1PIE"]);
  });

  it("asks where the kernel switches, and what", async () => {
    await expect(replayed({})).rejects.toThrow(/the model does not say where the kernel switches/);
    await expect(replayed({ mode: "vhe" })).rejects.toThrow(/does not show which registers/);
    expect(() => makePlan([bare], { policies: [findPolicy("eager")], choice: {} })).toThrow(
      /holds no hypervisor/,
    );
  });

  it("says so in every form of its result", async () => {
    const result = await resultOf(vhe);
    const what = "exits every=10,put=2";
    expect(result.traces[0].modelled).toBe(what);
    expect(result.notes[0]).toMatch(/^Modelled: exits every=10,put=2\. Entries, exits, loads and puts are/);
    for (const text of [replayText, replayMarkdown].map((form) => form(result, { registers: "changed" }))) {
      expect(text.split("\n")).toContain(`modelled: ${what}`);
    }
    const [head, ...rows] = replayCsv(result).trimEnd().split("\n");
    expect(head).toMatch(/,restores,modelled$/);
    expect(rows.filter((row) => !row.endsWith(`,"${what}"`))).toEqual([]);
    expect(rows.some((row) => row.startsWith(`eager,${path},`))).toBe(true);
  });

  it("says so in a comparison, with whatever it is compared", async () => {
    const result = await resultOf(vhe);
    const { modelled: what, ...trace } = result.traces[0];
    const [modelled, recorded] = [
      { file: "a.json", result: parseResult(JSON.stringify(result), "a.json") },
      { file: "b.json", result: parseResult(JSON.stringify({ ...result, traces: [trace] }), "b.json") },
    ];
    const same = diffResults(modelled, modelled);
    expect(same.equal).toBe(true);
    for (const text of [diffText(same), diffMarkdown(same)])
      expect(text.split("\n")).toContain(`modelled: ${what}`);
    const other = diffResults(modelled, recorded);
    expect(other.values).toEqual([{ what: "modelled", trace: path, a: what, b: null }]);
    expect([other.a.modelled, other.b.modelled]).toEqual([what, undefined]);
  });

  it("is no ground for validation, nor for prices", async () => {
    const counts = await replayed(vhe);
    expect(() => validateCounts(counts)).toThrow(/is modelled \(exits every=10,put=2\)/);
    expect(() => measureFile(path, path)).toThrow(/is modelled/);
  });
});
