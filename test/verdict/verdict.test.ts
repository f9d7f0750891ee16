import { describe, expect, test } from "vitest";
import { kernelConfig } from "#src/configs/resolve.js";
import type { CountRow } from "#src/model/counts.js";
import { cost } from "#src/prices/cost.js";
import { loadProfile } from "#src/prices/load.js";
import { priceValues } from "#src/prices/profile.js";
import { drawPrices } from "#src/prices/range.js";
import { findPolicy } from "#src/policies/find.js";
import type { TraceCounts } from "#src/replay/merge.js";
import type { Capabilities } from "#src/trace/capabilities.js";
import type { Feature } from "#src/registers/register.js";
import { groupCounts } from "#src/verdict/groups.js";
import { priceCounts } from "#src/verdict/verdict.js";
import { everything, headerOf } from "../trace/headers.js";

/** 100 windows of one vCPU under VHE; `traps` of them wrote the pair. */
function counts(traps: number, names: readonly string[] = ["eager", "dirty-pie"]): TraceCounts {
  const config = kernelConfig("vhe", "6.12", ["TCR2", "S1PIE"]);
  const row = (register: string, saves: number, trapped: number): CountRow => ({
    context: "guest",
    unit: 0,
    register,
    traps: trapped,
    saves,
    elided: 100 - saves,
    restores: 100,
  });
  const rowsOf: Readonly<Record<string, readonly CountRow[]>> = {
    eager: [row("TCR_EL1", 100, 0), row("PIR_EL1", 100, 0), row("PIRE0_EL1", 100, 0)],
    "dirty-pie": [row("TCR_EL1", 100, 0), row("PIR_EL1", traps, 0), row("PIRE0_EL1", traps, traps)],
    hidden: [
      row("TCR_EL1", 100, 0),
      { ...row("PIR_EL1", 0, 2), restores: 0 },
      { ...row("PIRE0_EL1", 0, 2), restores: 0 },
    ],
  };
  return {
    path: "x.trl",
    header: headerOf(),
    config,
    assignments: names.map((name) => ({ policy: findPolicy(name).build(config), config })),
    policies: names.map((policy) => ({ policy, rows: rowsOf[policy] })),
  };
}

const profile = loadProfile("neoverse-n1");
const draws = drawPrices(profile, 7, 2000);

describe("counts of a group", () => {
  test("are the policy's and eager's for the group's registers alone", () => {
    const [group] = groupCounts(counts(3));
    expect(group).toMatchObject({
      policy: "dirty-pie",
      group: "PIE",
      traps: 3,
      windows: 100,
      savesElided: 194,
    });
    expect(group.own).toMatchObject({ fastTraps: 3, trapRegisterUpdates: 3, saves: 6, restores: 200 });
    expect(group.own.dirtyChecks).toBe(200); // each register, each save point
    expect(group.eager).toMatchObject({ fastTraps: 0, saves: 200, restores: 200, dirtyChecks: 0 });
  });

  test("switch keys at each trap where the guest has pointer authentication", () => {
    const given = counts(3);
    const switches = (pauthUse: Capabilities["pauthUse"], features: readonly Feature[]): number => {
      const header = headerOf({ capabilities: { ...everything, pauthUse } });
      return groupCounts({ ...given, header, config: { ...given.config, features } })[0].own.keySwitches;
    };
    // The VM's features say so, whatever the recorded guest had; a model of its use says so itself.
    for (const pauthUse of ["none", "trapped"] as const) {
      expect(switches(pauthUse, ["TCR2", "S1PIE", "PAUTH"])).toBe(3);
      expect(switches(pauthUse, ["TCR2", "S1PIE"])).toBe(0);
    }
    expect(switches("modelled", [])).toBe(3);
  });
});

describe("a verdict", () => {
  test("says of a policy that saves more how many more", () => {
    const given = counts(3);
    const rows = given.policies.map(({ policy, rows: own }) => ({
      policy,
      rows: own.map((each) => (policy === "eager" ? each : { ...each, saves: 150, elided: 0 })),
    }));
    const [{ sentence }] = priceCounts({ ...given, policies: rows }, profile, "none", draws);
    expect(sentence).toContain("3 traps and 100 more saves in 150 windows");
  });

  test("is the difference of the costs, and at the break-even trap price there is none", () => {
    const [row] = priceCounts(counts(3), profile, "none", draws);
    const [group] = groupCounts(counts(3));
    const values = priceValues(profile);
    expect(row.difference.likely).toBeCloseTo(cost(group.own, values) - cost(group.eager, values), 6);
    const { breakEvenTrapPrice: even } = row;
    if (!("value" in even)) throw new Error("no break-even price");
    const there = { ...values, fastTrap: even.value };
    expect(cost(group.own, there) - cost(group.eager, there)).toBeCloseTo(0, 6);
  });

  test("turns from less to more as the guest writes more often, at its break-even share of windows", () => {
    const shareOf = (traps: number) => priceCounts(counts(traps), profile, "none", draws)[0];
    const rare = shareOf(0);
    const { breakEvenWriteShare: even } = rare;
    if (even === null || !("value" in even)) throw new Error("no break-even share");
    expect(rare.difference.likely).toBeLessThan(0);
    expect(shareOf(Math.floor(100 * even.value)).difference.likely).toBeLessThanOrEqual(0);
    expect(shareOf(Math.ceil(100 * even.value)).difference.likely).toBeGreaterThan(0);
    expect(shareOf(100).difference.likely).toBeGreaterThan(0);
  });

  test("lies inside its exact bounds, and is the same for the same seed", () => {
    const [row] = priceCounts(counts(1), profile, "none", draws);
    const { least, p5, p95, greatest, likely } = row.difference;
    expect(least).toBeLessThanOrEqual(p5);
    expect(p5).toBeLessThan(p95);
    expect(p95).toBeLessThanOrEqual(greatest);
    expect(least).toBeLessThan(likely);
    expect(priceCounts(counts(1), profile, "none", drawPrices(profile, 7, 2000))[0]).toEqual(row);
  });

  test("relates to all that was executed", () => {
    const [row] = priceCounts(counts(1), profile, "none", draws);
    expect(row.shareOfAll).toBeCloseTo(row.difference.likely / 1_000_000, 12);
    expect(row.perGuestSecond).toBeCloseTo(row.difference.likely / (600_000 / 3e9), 3);
  });

  test("says that a guest which uses a hidden feature breaks", () => {
    const [row] = priceCounts(counts(0, ["eager", "hidden"]), profile, "none", draws);
    expect(row.undefinedAccesses).toBe(4);
    expect(row.sentence).toContain("4 accesses would be UNDEFINED");
  });

  test("calls a sign settled only where nearly all draws agree", () => {
    for (const traps of [0, 1, 2, 3, 5, 100]) {
      const [row] = priceCounts(counts(traps), profile, "none", draws);
      expect(row.sentence.includes("not settled")).toBe(row.sameSign < 0.95);
      const unanimous = row.sameSign === 1 && row.cornersSameSign === 1;
      expect(row.sentence.includes("the same at every price")).toBe(unanimous);
    }
  });

  test("turns round for a guest hypervisor with NV2, whose saves are stores", () => {
    const [alone] = priceCounts(counts(1), profile, "none", draws);
    const [nested] = priceCounts(counts(1), profile, "l2-nv2", draws);
    expect(alone.difference.likely).toBeLessThan(0);
    expect(nested.difference.likely).toBeGreaterThan(0);
  });
});
