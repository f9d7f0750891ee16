import { describe, expect, test } from "vitest";
import { loadProfile } from "#src/prices/load.js";
import { adviceSummary } from "#src/report/advise.js";
import { recommend, type Advice } from "#src/search/advise.js";
import type { Measured } from "#src/search/measure.js";
import { drawQuestions, questionsOf } from "#src/search/questions.js";
import { header, measuredGroup, windowsFrom } from "./support.js";

const profile = loadProfile("neoverse-n1");
const questions = drawQuestions(questionsOf([profile], ["none", "l2", "l2-nv2"]), 1, 500);

const pair = measuredGroup(["PIR_EL1", "PIRE0_EL1"], windowsFrom(0, 2), 10_000);
const busy = measuredGroup(["CONTEXTIDR_EL1"], windowsFrom(0, 7000), 10_000);
const silent = measuredGroup(["AMAIR_EL1"], new Set(), 10_000);

const advice = (measured: readonly Measured[], sure = 0.5): Advice => ({
  ...recommend(
    measured.map((each) => ({ measured: each, parts: [each] })),
    [header],
    { questions, sure },
  ),
  mode: ["vhe"],
  untrackable: [],
});

describe("advice", () => {
  test("recommends what costs less than eager, best first, and gives the reason for the rest", () => {
    const { groups, policy } = advice([busy, silent, pair]);
    expect(policy.groups.map(({ name }) => name)).toEqual(["PIR_EL1+PIRE0_EL1", "AMAIR_EL1"]);
    expect(groups.map(({ recommended }) => recommended)).toEqual([true, true, false]);
    expect(groups[1].reason).toContain("never written here");
    expect(groups[2].reason).toContain("traps in 70 % of its windows");
    for (const { worth, recommended } of groups) expect(worth.likely < 0).toBe(recommended);
  });

  test("adds up its groups, and relates them to all that ran", () => {
    const { groups, worth } = advice([busy, silent, pair]);
    const [first, second] = groups;
    expect(worth.likely).toBeCloseTo(first.worth.likely + second.worth.likely, 6);
    expect(worth.shareOfAll).toBeCloseTo(worth.likely / 1_000_000, 12);
  });

  test("says plainly when the best is to trap nothing", () => {
    const given = advice([busy]);
    expect(given.policy.groups).toEqual([]);
    expect(given.worth.likely).toBe(0);
    expect(adviceSummary(given)).toMatch(/^Trap nothing: at neoverse-n1 prices/);
  });

  test("recommends nothing that fewer draws agree with than was asked for", () => {
    const [{ worth }] = advice([pair]).groups;
    expect(worth.sameSign).toBeGreaterThan(0.5);
    expect(worth.sameSign).toBeLessThan(1);
    expect(advice([pair], worth.sameSign).policy.groups).toHaveLength(1);
    const { policy, groups } = advice([pair], 1);
    expect(policy.groups).toEqual([]);
    expect(groups[0].reason).toContain("of the draws only");
  });

  test("says what other nestings make of it", () => {
    const [own, l2, nv2] = advice([busy, pair]).elsewhere;
    expect(own).toMatchObject({ nesting: "none", keeps: ["PIR_EL1+PIRE0_EL1"], drops: [], adds: [] });
    expect(l2).toMatchObject({ nesting: "l2", keeps: ["PIR_EL1+PIRE0_EL1"] });
    // With NV2 a save is a store, and a trap still a long way.
    expect(nv2).toMatchObject({ nesting: "l2-nv2", keeps: [], drops: ["PIR_EL1+PIRE0_EL1"], adds: [] });
    expect(nv2.worth.likely).toBeGreaterThan(0);
  });
});

test("says where no trap is to blame", () => {
  const free = questionsOf([profile], ["none"]).map((question) => {
    const { mrs, store } = profile.prices;
    const nothing = { low: 0, likely: 0, high: 0 };
    const prices = { ...profile.prices, mrs: { ...mrs, ...nothing }, store: { ...store, ...nothing } };
    return { ...question, profile: { ...profile, prices } };
  });
  const { groups } = recommend([{ measured: silent, parts: [silent] }], [header], {
    questions: drawQuestions(free, 1, 10),
    sure: 0.5,
  });
  expect(groups[0].recommended).toBe(false);
  expect(groups[0].reason).toContain("were traps free");
});

test("a profile of a guest hypervisor is asked at its own nesting alone", () => {
  const profiles = [profile, loadProfile("nested-nv2")];
  const asked = questionsOf(profiles, ["none", "l2"]).map((each) => [
    each.profile.name,
    each.nesting,
    each.terms,
  ]);
  expect(asked).toEqual([
    ["neoverse-n1", "none", "none"],
    ["neoverse-n1", "l2", "l2"],
    ["nested-nv2", "l2-nv2", "none"],
  ]);
});
