import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { VerdictResult } from "#src/report/verdict.js";
import type { VerdictDiff } from "#src/verdict/compare.js";
import { outputOf, readText, recording, refusal, temporaryFolder, trapline } from "./program.js";

const folder = temporaryFolder();
const traces = ["kvm-vhe", "kvm-nvhe"].map((name) => join(folder, `${name}.trl`));
const verdicts = traces.map((trace) => trace.replace(/trl$/, "json"));

beforeAll(() => {
  for (const [at, trace] of traces.entries()) {
    outputOf(["import", recording(`${trace.slice(folder.length + 1, -4)}.tarmac.zst`), "-o", trace]);
    outputOf(["verdict", trace, "--json", "-o", verdicts[at]]);
  }
});

function resultOf(...args: string[]): VerdictResult {
  return JSON.parse(outputOf(["verdict", ...args, "--json"]));
}

function readVerdict(file: string): VerdictResult {
  return JSON.parse(readText(file));
}

describe("verdict", () => {
  it("has an interval for each rate, the same at any number of threads", () => {
    const expected = readText(verdicts[0]);
    const result: VerdictResult = JSON.parse(expected);
    expect(result.resamples).toBe(1000);
    expect(result.rows.length).toBeGreaterThan(10);
    expect(result.rows.every(({ interval }) => interval !== null)).toBe(true);
    for (const threads of ["1", "3"]) {
      expect(outputOf(["verdict", traces[0], "--json", "-j", threads])).toBe(expected);
    }
    const other = resultOf(traces[0], "--seed", "2");
    expect(other.rows.map(({ interval }) => interval)).not.toEqual(
      result.rows.map(({ interval }) => interval),
    );
  });

  it("has none with --resamples 0, and all else is the same", () => {
    const without = resultOf(traces[0], "--resamples", "0");
    const { rows } = readVerdict(verdicts[0]);
    expect(without.rows).toEqual(rows.map((row) => ({ ...row, interval: null })));
    expect(without.notes.join(" ")).not.toContain("resampl");
    expect(trapline(["verdict", traces[0], "--resamples", "1"])).toEqual(refusal(2, /--resamples takes/));
  });

  it("says it in text and CSV", () => {
    const text = outputOf(["verdict", traces[1], "-p", "dirty-pie,dirty-each"]);
    expect(text).toMatch(/^policy +group +trap in +95 % +against eager, 95 % +by$/m);
    expect(text).toMatch(/^dirty-pie +PIE +\S+ % +\S+ to \S+ % +-\d+ to -\d+ +both$/m);
    expect(text).toMatch(/^dirty-each +CONTEXTIDR_EL1 +\S+ % +\S+ to \S+ % +[+-]\d+ to \+\d+ +bootstrap$/m);
    expect(text).toMatch(/^dirty-each +AMAIR_EL1 +0 % +0 to \S+ % .* exact$/m);
    const [head, ...lines] = outputOf(["verdict", traces[1], "--format", "csv"]).trimEnd().split("\n");
    const { rows } = readVerdict(verdicts[1]);
    const columns = head.split(",");
    const column = (name: string): string[] => lines.map((line) => line.split(",")[columns.indexOf(name)]);
    const end = (value: number | undefined): string => String(value ?? "");
    expect(column("interval_method")).toEqual(rows.map(({ interval }) => interval?.method ?? ""));
    expect(column("write_share_high")).toEqual(rows.map(({ interval }) => end(interval?.writeShare?.[1])));
    expect(column("likely_low")).toEqual(rows.map(({ interval }) => end(interval?.difference[0])));
    expect(column("per_guest_second_high")).toEqual(
      rows.map(({ interval }) => end(interval?.perGuestSecond?.[1])),
    );
  });

  it("pools recordings under one configuration, with an interval from three on", () => {
    const vhe = ["--mode", "vhe", "-p", "dirty-pie"];
    const copies = [traces[0], recording("kvm-vhe.tarmac.zst")];
    const two = resultOf(...copies, ...vhe);
    expect(two.pooled).toMatchObject([{ recordings: copies, policy: "dirty-pie", interval: null }]);
    expect(two.notes.join(" ")).toContain("where there are 3 or more");
    expect(two.pooled[0].traps).toBe(2 * two.rows[0].traps);
    const three = resultOf(...copies, recording("chatty-vhe.tarmac.zst"), ...vhe);
    expect(three.pooled).toMatchObject([{ policy: "dirty-pie", interval: { method: "recordings" } }]);
    const text = outputOf(["verdict", ...copies, recording("chatty-vhe.tarmac.zst"), ...vhe]);
    expect(text).toMatch(/^3 recordings together: mode vhe/m);
  });
});

describe("diff of two verdicts", () => {
  it("does not tell a recording from itself, with status 0", () => {
    const { status, stdout, stderr } = trapline(["diff", verdicts[0], verdicts[0]]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("No rate of the two is told apart from noise.");
    expect(stdout).not.toMatch(/ differ$/m);
  });

  it("tells two recordings apart where they differ, with status 1, in every form", () => {
    const forms = [[], ["--json"], ["--format", "csv"], ["--format", "markdown"]].map((form) =>
      trapline(["diff", ...verdicts, ...form]),
    );
    for (const { status, stderr } of forms) expect([status, stderr]).toEqual([1, ""]);
    const [text, json, csv, markdown] = forms.map(({ stdout }) => stdout);
    const result: VerdictDiff = JSON.parse(json);
    expect(result.schema).toBe("trapline.verdict-diff/1");
    const share = result.comparisons.find(
      ({ group, rate }) => group === "CONTEXTIDR_EL1" && rate === "writeShare",
    );
    const rows = verdicts.map((file) =>
      readVerdict(file).rows.find(({ group }) => group === "CONTEXTIDR_EL1"),
    );
    expect([share?.a.value, share?.b.value]).toEqual(rows.map((row) => row?.writeShare));
    const told = result.comparisons.filter(({ differ }) => differ).length;
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThan(result.comparisons.length);
    expect(text).toContain(`${told} of ${result.comparisons.length} rates differ`);
    expect(text.match(/ differ$/gm)).toHaveLength(told);
    expect(markdown.match(/ \| differ \|$/gm)).toHaveLength(told);
    expect(csv.trimEnd().split("\n")).toHaveLength(result.comparisons.length + 1);
    expect(csv.match(/,yes$/gm)).toHaveLength(told);
  });

  it("is not of a verdict and a replay", () => {
    const replay = join(folder, "replay.json");
    outputOf(["replay", traces[0], "--json", "-o", replay]);
    expect(trapline(["diff", replay, verdicts[0]])).toEqual(
      refusal(2, /kvm-vhe\.json: is no result of a replay/),
    );
  });
});
