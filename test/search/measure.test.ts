import { expect, test } from "vitest";
import { candidateGroup } from "#src/search/candidates.js";
import { addTrace, type Measured } from "#src/search/measure.js";
import { traceCounts } from "./support.js";

test("the counts of a group add up over traces, each against its own eager", () => {
  const groups = [candidateGroup(["PIR_EL1", "PIRE0_EL1"]), candidateGroup(["MAIR_EL1"])];
  const sums = new Map<string, Measured>();
  addTrace(sums, traceCounts(3, groups));
  addTrace(sums, traceCounts(5, groups, 1000));
  expect([...sums.values()].map(({ group }) => group.name)).toEqual(["PIR_EL1+PIRE0_EL1", "MAIR_EL1"]);
  const [pair] = sums.values();
  expect(pair).toMatchObject({ traps: 8, windows: 1100, savesElided: 2 * (97 + 995) });
  expect(pair.difference).toMatchObject({ fastTraps: 8, saves: -2 * (97 + 995), dirtyChecks: 2200 });
});
