import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parsePolicy } from "#src/policies/file.js";
import { findPolicy } from "#src/policies/find.js";
import { parsePlan, planText, readJson, readPlan } from "#src/replay/plan-file.js";
import { sliceOf } from "#src/replay/part.js";
import { planShards, workOf, type Plan, type PlannedTrace, type Shard } from "#src/replay/plan.js";
import { refOf } from "#src/replay/policy-ref.js";
import { tool } from "#src/version.js";

const folder = mkdtempSync(join(tmpdir(), "trapline-plan-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const own = parsePolicy("name: own\ngroups: [{ registers: [PIR_EL12, PIRE0_EL1] }]\n", "own.yaml");
const planned = (path: string, all: number[], windows: number[], groups: number[]): PlannedTrace => {
  return {
    path,
    events: 10 * all[0],
    identity: `of ${path}`,
    all,
    windows,
    groups,
    together: [4, 1],
    interpreted: groups[0] > 0,
  };
};
const traces: readonly PlannedTrace[] = [
  // All windows of runs are only carried through, those of loads counted too; and oracles.
  planned("a.trl", [90, 25], [0, 25], [9, 1]),
  planned("b.trl", [0, 0], [0, 0], [0, 0]),
  planned("c.trl", [10, 0], [10, 0], [0, 0]),
];
const plan: Plan = {
  schema: "trapline.plan/2",
  tool,
  policies: ["eager", refOf(own)],
  choice: { mode: "vhe", kernel: "6.12", features: ["S1PIE"] },
  shardWindows: 10,
  traces,
  shards: 9,
};

describe("a plan", () => {
  it("comes back from its text as it was", () => {
    const file = join(folder, "plan.json");
    writeFileSync(file, planText(plan));
    expect(readPlan(file)).toEqual(plan);
    expect(planText(readPlan(file))).toBe(planText(plan));
  });

  it("holds a built-in policy by name and a user's in full", () => {
    expect(refOf(findPolicy("dirty-each"))).toBe("dirty-each");
    expect(refOf(own)).toMatchObject({ name: "own", groups: [{ registers: ["PIR_EL1", "PIRE0_EL1"] }] });
  });

  it("refuses what is no plan, and says where", () => {
    const cases: readonly (readonly [unknown, RegExp])[] = [
      [{}, /is no plan: schema/],
      [{ ...plan, schema: "trapline.plan/1" }, /is no plan: schema/],
      [{ ...plan, more: 1 }, /is no plan: more/],
      [{ ...plan, shardWindows: 0.5 }, /is no plan: shardWindows/],
      [{ ...plan, traces: [{ path: "a" }] }, /is no plan: traces\.0/],
      [{ ...plan, traces: [{ ...traces[0], groups: [1] }] }, /is no plan: traces\.0\.groups/],
      [{ ...plan, traces: [{ ...traces[0], together: [0, 1] }] }, /is no plan: traces\.0\.together/],
      [{ ...plan, traces: [{ ...traces[0], windows: [0, -1] }] }, /is no plan: traces\.0\.windows/],
      [{ ...plan, choice: { mode: "el3" } }, /is no plan: choice\.mode/],
      [{ ...plan, shards: 8 }, /its shards are not those of its traces/],
      [{ ...plan, tool: "trapline 9" }, /is a plan of trapline 9, and this is trapline/],
      [{ ...plan, policies: [{ name: "x", groups: 3 }] }, /groups/],
      [null, /is no plan/],
    ];
    for (const [data, message] of cases) {
      expect(() => parsePlan(data, "p.json")).toThrow(message);
      expect(() => parsePlan(data, "p.json")).toThrow(expect.objectContaining({ place: { file: "p.json" } }));
    }
  });

  it("does not quote a file that is no JSON", () => {
    const file = join(folder, "binary");
    writeFileSync(file, "\u0000\n\u001b[31m");
    expect(() => readJson(file, "")).toThrow(/^is not JSON$/);
  });
});

describe("slices of a plan", () => {
  const all = [...planShards(plan)];
  const work = (shards: readonly Shard[]): number =>
    shards.reduce((sum, shard) => sum + workOf(plan, shard), 0);
  const longest = Math.max(...all.map((shard) => work([shard])));

  it("are all its shards, each in one slice, in order", () => {
    const shard = (
      trace: number,
      what: string,
      segmentation: number,
      first: number,
      end: number,
    ): unknown => {
      return { trace, what, segmentation, first, end };
    };
    expect(all).toEqual([
      shard(0, "groups", 0, 0, 4),
      shard(0, "groups", 0, 4, 8),
      shard(0, "groups", 0, 8, 9),
      shard(0, "groups", 1, 0, 1),
      shard(0, "windows", 1, 0, 10),
      shard(0, "windows", 1, 10, 20),
      shard(0, "windows", 1, 20, 25),
      shard(0, "oracles", 0, 0, 1),
      shard(2, "windows", 0, 0, 10),
    ]);
    for (const count of [1, 2, 3, 5, 7, 1000]) {
      const slices = Array.from({ length: count }, (_, at) => sliceOf(plan, at + 1, count));
      expect(slices.flat()).toEqual(all);
      // As equal as whole shards allow.
      for (const slice of slices) expect(work(slice)).toBeLessThanOrEqual(work(all) / count + longest);
    }
  });
});
