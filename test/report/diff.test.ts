import { expect, it } from "vitest";
import type { CountDifference, ResultDiff } from "#src/replay/diff.js";
import { diffCsv, diffMarkdown, diffText } from "#src/report/diff.js";
import { totals } from "../replay/result-sample.js";

const row: CountDifference = {
  policy: "eager",
  trace: null,
  vm: null,
  mpidr: null,
  context: "guest",
  register: "PIR_EL1",
  a: totals(0, 10, 0, 10),
  b: totals(0, 7, 0, 10),
  change: totals(0, -3, 0, 0),
};
const result = (change: Partial<ResultDiff> = {}): ResultDiff => ({
  schema: "trapline.diff/1",
  equal: false,
  a: { file: "a.json", tool: "trapline 1", traces: ["x.trl"] },
  b: { file: "b.json", tool: "trapline 1", traces: ["y.trl"] },
  values: [{ what: "mode", trace: null, a: "vhe", b: "nvhe" }],
  only: [{ result: "b", what: "policy", name: "hidden" }],
  counts: [
    row,
    { ...row, policy: "dirty-pie" },
    {
      ...row,
      context: "host",
      register: "TCR_EL1",
      a: null,
      b: totals(0, 4, 0, 0),
      change: totals(0, 4, 0, 0),
    },
  ],
  ...change,
});

const lines = (text: string): string[] => text.split("\n").map((line) => line.trim().replace(/ {2,}/g, "|"));

it("shows counts that differ with their change, and those that do not differ nowhere", () => {
  const text = lines(diffText(result()));
  expect(text).toContain("policy|register|context|A|B|change");
  expect(text).toContain("eager|PIR_EL1|guest|10|7|-3");
  expect(text).toContain("eager|TCR_EL1|host|-|4|+4");
  expect(text).toContain("mode|vhe|nvhe");
  expect(text).toContain("policy|hidden|B");
  expect(text.join()).not.toMatch(/restores|elided|equal/);
});

it("shows once what several policies count the same, and says so", () => {
  const text = diffText(result());
  expect(text.match(/PIR_EL1/g)).toHaveLength(1);
  expect(text).toContain("several policies");
  expect(diffText(result({ counts: [row] }))).not.toContain("several policies");
});

it("says that equal results are equal", () => {
  const text = diffText(result({ equal: true, values: [], only: [], counts: [] }));
  expect(text).toMatch(/The results are equal\.$/);
});

it("has the same cells in Markdown", () => {
  expect(diffMarkdown(result())).toContain("| eager | PIR_EL1 | guest | 10 | 7 | -3 |");
});

it("has a CSV row for each value and count that differs, for every policy", () => {
  expect(diffCsv(result()).split("\n")).toEqual([
    "what,policy,trace,vm,mpidr,context,register,a,b,change",
    "mode,,,,,,,vhe,nvhe,",
    "policy in b,hidden,,,,,,,hidden,",
    "saves,eager,,,,guest,PIR_EL1,10,7,-3",
    "saves,dirty-pie,,,,guest,PIR_EL1,10,7,-3",
    "saves,eager,,,,host,TCR_EL1,,4,4",
  ]);
});
