import { expect, test } from "vitest";
import { loadProfile } from "#src/prices/load.js";
import { drawPrices } from "#src/prices/range.js";
import { sweepCsv } from "#src/report/sweep.js";
import { gridPoints, parseAxis } from "#src/search/axes.js";
import { candidateGroup } from "#src/search/candidates.js";
import { questionsOf } from "#src/search/questions.js";
import { summarizeSweep, sweepCounts } from "#src/search/sweep.js";
import { priceCounts } from "#src/verdict/verdict.js";
import { traceCounts } from "./support.js";

const profile = loadProfile("neoverse-n1");
const counts = traceCounts(2, [candidateGroup(["PIR_EL1", "PIRE0_EL1"]), candidateGroup(["MAIR_EL1"])]);
const swept = (...axes: readonly string[]) =>
  sweepCounts(
    counts,
    questionsOf([profile], ["none", "l2-nv2"]).map((question) => ({
      ...question,
      points: gridPoints(axes.map(parseAxis)),
    })),
  );

test("without axes it gives what a verdict gives", () => {
  const rows = swept();
  const draws = drawPrices(profile, 1, 10);
  const verdicts = [
    ...priceCounts(counts, profile, "none", draws),
    ...priceCounts(counts, profile, "l2-nv2", draws),
  ];
  expect(
    rows.map(({ group, nesting, difference, shareOfAll }) => [group, nesting, difference, shareOfAll]),
  ).toEqual(
    verdicts.map((row) => [
      row.group,
      row.nesting,
      row.difference.likely,
      expect.closeTo(row.shareOfAll!, 12),
    ]),
  );
});

test("a row for each point and group, linear in the price", () => {
  const rows = swept("fastTrap=0,100,200").filter(
    ({ group, nesting }) => group === "MAIR_EL1" && nesting === "none",
  );
  const [none, one, two] = rows.map(({ difference }) => difference);
  // Two traps.
  expect(one - none).toBeCloseTo(200, 6);
  expect(two - one).toBeCloseTo(200, 6);
});

test("a summary counts the points at which a policy is cheaper, and keeps both ends", () => {
  const rows = swept("fastTrap=0..1000/11");
  const sums = summarizeSweep(rows);
  expect(sums).toHaveLength(6);
  const pair = sums.find(({ row }) => row.group === "PIR_EL1+PIRE0_EL1" && row.nesting === "none")!;
  const own = rows.filter(({ group, nesting }) => group === pair.row.group && nesting === "none");
  expect(pair.points).toBe(11);
  expect(pair.cheaper).toBe(own.filter(({ difference }) => difference < 0).length);
  expect(pair.cheaper).toBeGreaterThan(0);
  expect(pair.cheaper).toBeLessThan(11);
  expect(pair.least.prices).toEqual({ fastTrap: 0 });
  expect(pair.greatest.prices).toEqual({ fastTrap: 1000 });
});

test("the long format has a column for each varied price", () => {
  const rows = swept("fastTrap=1,2", "mrs=3");
  const result = {
    schema: "trapline.sweep/1",
    tool: "t",
    seed: null,
    configurations: 2,
    complete: true,
    rows,
    refused: [],
  } as const;
  const [head, first, ...rest] = sweepCsv(result).split("\n");
  expect(head).toContain(",nesting,fastTrap,mrs,policy,");
  expect(first).toMatch(/^x\.trl,vhe,6\.12,neoverse-n1,cycles,none,1,3,mine,,/);
  expect(rest).toHaveLength(rows.length - 1);
});
