import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parsePolicy } from "#src/policies/file.js";
import { findPolicy } from "#src/policies/find.js";
import { parsePlan, planText, readJson, readPlan } from "#src/replay/plan-file.js";
import { sliceOf } from "#src/replay/part.js";
import { planShards, refOf, type Plan } from "#src/replay/plan.js";
import { tool } from "#src/version.js";

const folder = mkdtempSync(join(tmpdir(), "trapline-plan-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const own = parsePolicy("name: own\ngroups: [{ registers: [PIR_EL12, PIRE0_EL1] }]\n", "own.yaml");
const plan: Plan = {
  schema: "trapline.plan/1",
  tool,
  policies: ["eager", refOf(own)],
  choice: { mode: "vhe", kernel: "6.12", features: ["S1PIE"] },
  shardEvents: 10,
  traces: [
    { path: "a.trl", events: 25, identity: "1", interpreted: true },
    { path: "b.trl", events: 0, identity: "2", interpreted: false },
    { path: "c.trl", events: 10, identity: "3", interpreted: false },
  ],
  shards: 5,
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
      [{ ...plan, schema: "trapline.plan/2" }, /is no plan: schema/],
      [{ ...plan, more: 1 }, /is no plan: more/],
      [{ ...plan, shardEvents: 0.5 }, /is no plan: shardEvents/],
      [{ ...plan, traces: [{ path: "a" }] }, /is no plan: traces\.0/],
      [{ ...plan, choice: { mode: "el3" } }, /is no plan: choice\.mode/],
      [{ ...plan, shards: 6 }, /its shards are not those of its traces/],
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

  it("are all its shards, each in one slice, in order", () => {
    expect(all).toEqual([
      { trace: 0, first: 0, end: 10, interpreted: false },
      { trace: 0, first: 10, end: 20, interpreted: false },
      { trace: 0, first: 20, end: 25, interpreted: false },
      { trace: 0, first: 0, end: 25, interpreted: true },
      { trace: 2, first: 0, end: 10, interpreted: false },
    ]);
    for (const count of [1, 2, 3, 5, 7, 1000]) {
      const slices = Array.from({ length: count }, (_, at) => sliceOf(plan, at + 1, count));
      expect(slices.flat()).toEqual(all);
      const lengths = slices.map(({ length }) => length);
      expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
    }
  });
});
