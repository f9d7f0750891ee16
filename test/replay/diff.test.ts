import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { diffResults, type ResultDiff } from "#src/replay/diff.js";
import { parseResult, readResultText } from "#src/replay/result-file.js";
import type { PolicyResult, ReplayResult } from "#src/replay/result.js";
import { temporaryFolder, troubleOf } from "../trace/support.js";
import { sampleResult, totals } from "./result-sample.js";

const folder = temporaryFolder();

function diff(a: unknown, b: unknown): ResultDiff {
  const [first, second] = [a, b].map((data, at) => ({
    file: "ab"[at],
    result: parseResult(JSON.stringify(data), "ab"[at]),
  }));
  return diffResults(first, second);
}

const withPolicies = (policies: readonly PolicyResult[], base = sampleResult()): ReplayResult => ({
  ...base,
  policies,
});

describe("a comparison of two results", () => {
  it("finds nothing in two equal ones, whatever trace and tool are called", () => {
    const other = { ...sampleResult("elsewhere/boot.trl"), tool: "trapline 9", notes: [] };
    const found = diff(sampleResult(), other);
    expect(found).toMatchObject({ equal: true, values: [], only: [], counts: [] });
    expect(found.b).toEqual({ file: "b", tool: "trapline 9", traces: ["elsewhere/boot.trl"] });
  });

  it("names policy, register and context of what changed, and by how much", () => {
    const [eager, dirty] = sampleResult().policies;
    const changed = {
      ...dirty,
      totals: totals(5, 15, 5, 20),
      registers: [dirty.registers[0], { ...dirty.registers[1], ...totals(5, 5, 5, 10) }],
    };
    const { equal, values, only, counts } = diff(sampleResult(), withPolicies([eager, changed]));
    expect({ equal, values, only }).toEqual({ equal: false, values: [], only: [] });
    const sum = { policy: "dirty-pie", trace: null, vm: null, mpidr: null, context: null, register: null };
    const change = totals(3, 3, -3, 0);
    expect(counts).toEqual([
      { ...sum, a: totals(2, 12, 8, 20), b: totals(5, 15, 5, 20), change },
      {
        ...sum,
        context: "guest",
        register: "PIR_EL1",
        a: totals(2, 2, 8, 10),
        b: totals(5, 5, 5, 10),
        change,
      },
    ]);
  });

  it("is the same with its signs turned when the results change places", () => {
    const [eager, dirty] = sampleResult().policies;
    const other = withPolicies([eager, { ...dirty, totals: totals(3, 12, 8, 20) }]);
    const [[there], [back]] = [diff(sampleResult(), other).counts, diff(other, sampleResult()).counts];
    expect(there.change).toEqual(totals(1, 0, 0, 0));
    expect(back).toEqual({ ...there, a: there.b, b: there.a, change: totals(-1, 0, 0, 0) });
  });

  it("lists a policy that only one result has once, and none of its counts", () => {
    const [eager] = sampleResult().policies;
    const { only, counts } = diff(withPolicies([eager]), sampleResult());
    expect(only).toEqual([{ result: "b", what: "policy", name: "dirty-pie" }]);
    expect(counts).toEqual([]);
  });

  it("has no counts for a register that a result lacks", () => {
    const [eager, dirty] = sampleResult().policies;
    const without = withPolicies([eager, { ...dirty, registers: [dirty.registers[0]] }]);
    const { counts } = diff(sampleResult(), without);
    expect(counts).toMatchObject([
      { register: "PIR_EL1", a: totals(2, 2, 8, 10), b: null, change: totals(-2, -2, -8, -10) },
    ]);
  });

  it("tells configuration and traces apart, features in any order", () => {
    const base = sampleResult();
    const [trace] = base.traces;
    const config = { mode: "nvhe", kernel: "recorded", features: ["TCR2", "S1PIE"] };
    const other = { ...base, config, traces: [{ ...trace, windows: 11, anomalies: {} }] };
    expect(diff(base, other).values).toEqual([
      { what: "mode", trace: null, a: "vhe", b: "nvhe" },
      { what: "windows", trace: "boot.trl", a: 10, b: 11 },
      { what: "anomaly put of an unknown vCPU", trace: "boot.trl", a: 1, b: null },
    ]);
  });

  it("does not miss vCPUs where they were not asked for", () => {
    const [{ vcpus: _, ...eager }, dirty] = sampleResult().policies;
    const { values, only, counts } = diff(sampleResult(), withPolicies([eager, dirty]));
    expect(values).toEqual([{ what: "counts by vCPU", trace: null, a: "yes", b: "no" }]);
    expect({ only, counts }).toEqual({ only: [], counts: [] });
  });

  it("pairs several traces by name, and names the one that is missing", () => {
    const base = sampleResult();
    const more = { ...base, traces: [...base.traces, ...sampleResult("other.trl").traces] };
    expect(diff(base, more).only).toEqual([{ result: "b", what: "trace", name: "other.trl" }]);
  });
});

describe("a result's file", () => {
  it("is read as it was written, with a byte order mark too", () => {
    const file = join(folder, "result.json");
    writeFileSync(file, `\uFEFF${JSON.stringify(sampleResult())}\n`);
    expect(parseResult(readResultText(file), file).policies[1].totals).toEqual(totals(2, 12, 8, 20));
  });

  const broken: readonly (readonly [what: string, text: string, says: RegExp])[] = [
    ["no JSON", "traps", /^is not JSON$/],
    ["another schema", '{"schema":"trapline.verdict/1"}', /schema/],
    [
      "a count below 0",
      JSON.stringify(sampleResult()).replace('"traps":2', '"traps":-2'),
      /policies\.1\.totals\.traps/,
    ],
    [
      "a count that is no number",
      JSON.stringify(sampleResult()).replace('"traps":2', '"traps":"2"'),
      /traps/,
    ],
    [
      "a policy twice",
      JSON.stringify(sampleResult()).replace('"dirty-pie"', '"eager"'),
      /the policy eager comes twice/,
    ],
    [
      "a register twice",
      JSON.stringify(sampleResult()).replace("TCR_EL1", "PIR_EL1"),
      /PIR_EL1 of the guest comes twice/,
    ],
  ];
  it.each(broken)("is refused with %s", (_, text, says) => {
    const { code, place, message, remedy } = troubleOf(() => parseResult(text, "x.json"));
    expect([code, place.file, remedy]).toEqual(["input", "x.json", "Make it with `trapline replay --json`"]);
    expect(message).toMatch(says);
  });

  it("is refused where there is none", () => {
    const { code, place } = troubleOf(() => readResultText(join(folder, "none.json")));
    expect([code, place.file]).toEqual(["input", join(folder, "none.json")]);
  });
});
