import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addCounts, cost, countDifference, noCounts } from "#src/prices/cost.js";
import { loadProfile, profileNames } from "#src/prices/load.js";
import { byAction, priceValues, type Profile } from "#src/prices/profile.js";
import { actionsOf, corners, drawPrices, spread, triangular } from "#src/prices/range.js";
import { counts, nesting, refusal } from "./support.js";

const n1 = loadProfile("neoverse-n1");
const difference = addCounts({ fastTraps: 10, trapRegisterUpdates: 10, saves: -500 });

const point = fc.double({ min: 0, max: 1000, noNaN: true });
const range = fc
  .tuple(point, point, point)
  .map((three) => three.toSorted((a, b) => a - b))
  .map(([low, likely, high]) => ({ ...n1.prices.mrs, low, likely, high }));
const profiles: fc.Arbitrary<Profile> = fc.record(byAction(() => range)).map((prices) => ({ ...n1, prices }));

describe("the corners of the price range", () => {
  it("are the ends of each price where only its sign matters", () => {
    const found = corners(difference, n1);
    const { fastTrap, trapRegisterUpdate, mrs, store } = n1.prices;
    const bound = (traps: "low" | "high", saves: "low" | "high"): number =>
      10 * fastTrap[traps] + 10 * trapRegisterUpdate[traps] - 500 * (mrs[saves] + store[saves]);
    expect(found.least.value).toBeCloseTo(bound("low", "high"), 6);
    expect(found.greatest.value).toBeCloseTo(bound("high", "low"), 6);
    expect(found.least.prices).toEqual({
      fastTrap: "low",
      mrs: "high",
      store: "high",
      trapRegisterUpdate: "low",
    });
    expect(found.corners).toBe(16);
    expect(found.negative + found.zero + found.positive).toBe(16);
    expect(found.negative).toBeGreaterThan(0);
    expect(found.positive).toBeGreaterThan(0);
  });

  it("leave out prices without a range, and are one for no difference", () => {
    const instructions = loadProfile("instructions");
    const saves = corners(addCounts({ saves: 3 }), instructions);
    expect(saves).toMatchObject({ corners: 2, least: { value: 6 }, greatest: { value: 15 } });
    const none = corners(noCounts, n1);
    expect(none).toMatchObject({ corners: 1, zero: 1, least: { value: 0, prices: {} } });
  });

  it("know what a difference depends on", () => {
    expect(actionsOf(addCounts({ saves: 1 }))).toEqual(["mrs", "store"]);
    expect(actionsOf(addCounts({ fastTraps: 1 }), "l2")).toEqual(["fullTrap", "nestedTrap"]);
    expect(actionsOf(addCounts({ trapRegisterUpdates: 1, saves: -1 }), "l2-nv2")).toEqual([
      "store",
      "hypervisorAccessNv2",
    ]);
  });

  it("bound the difference at every price between them", () => {
    fc.assert(
      fc.property(
        profiles,
        counts,
        counts,
        nesting,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 16, maxLength: 16 }),
        (profile, a, b, nested, where) => {
          const apart = countDifference(a, b);
          const found = corners(apart, profile, nested);
          let at = 0;
          const values = byAction((action) => {
            const { low, high } = profile.prices[action];
            return low + where[at++] * (high - low);
          });
          const value = cost(apart, values, nested);
          const slack = 1e-9 * Math.max(1, Math.abs(found.least.value), Math.abs(found.greatest.value));
          expect(value).toBeGreaterThanOrEqual(found.least.value - slack);
          expect(value).toBeLessThanOrEqual(found.greatest.value + slack);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("the triangular distribution", () => {
  it("has its ends at 0 and 1 and its likely value where the rising part ends", () => {
    const points = { low: 2, likely: 4, high: 10 };
    expect(triangular(points, 0)).toBe(2);
    expect(triangular(points, 1)).toBe(10);
    expect(triangular(points, 0.25)).toBeCloseTo(4, 12);
    // Half of the mass: 10 - sqrt(0.5 * 8 * 6)
    expect(triangular(points, 0.5)).toBeCloseTo(10 - Math.sqrt(24), 12);
  });

  it("may have its likely value at an end, or no width", () => {
    expect(triangular({ low: 3, likely: 3, high: 3 }, 0.7)).toBe(3);
    expect(triangular({ low: 1, likely: 1, high: 2 }, 0)).toBe(1);
    expect(triangular({ low: 1, likely: 2, high: 2 }, 0.25)).toBe(1.5);
  });

  it("stays in its range and rises", () => {
    fc.assert(
      fc.property(
        range,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (points, a, b) => {
          const [first, second] = [Math.min(a, b), Math.max(a, b)].map((u) => triangular(points, u));
          expect(first).toBeGreaterThanOrEqual(points.low);
          expect(second).toBeLessThanOrEqual(points.high);
          expect(first - second).toBeLessThanOrEqual(1e-9 * Math.max(1, points.high));
        },
      ),
    );
  });
});

describe("the spread of a difference", () => {
  it("is the same for a seed, and another for another", () => {
    const run = (seed: number) => spread(difference, n1, drawPrices(n1, seed, 500));
    expect(run(1)).toEqual(run(1));
    expect(run(1).quantiles).not.toEqual(run(2).quantiles);
    expect(run(3)).toMatchObject({ seed: 3, samples: 500 });
  });

  it("lies within the corners, for every profile", () => {
    for (const name of profileNames()) {
      const profile = loadProfile(name);
      const draws = drawPrices(profile, 11, 300);
      const found = spread(difference, profile, draws, "none", [1 / 300, 0.5, 1]);
      const { least, greatest } = corners(difference, profile);
      const values = found.quantiles.map(({ value }) => value);
      expect(values).toEqual(values.toSorted((a, b) => a - b));
      expect(values[0]).toBeGreaterThanOrEqual(least.value);
      expect(values[2]).toBeLessThanOrEqual(greatest.value);
      expect(found.negative + found.zero + found.positive).toBeCloseTo(1, 12);
    }
  });

  it("counts the share of draws with the sign of the likely prices", () => {
    const draws = drawPrices(n1, 5, 2000);
    const won = spread(addCounts({ saves: -1 }), n1, draws);
    expect(won).toMatchObject({ sameSign: 1, negative: 1, zero: 0, positive: 0 });
    expect(won.likely).toBe(cost(addCounts({ saves: -1 }), priceValues(n1)));
    const nothing = spread(noCounts, n1, draws);
    expect(nothing).toMatchObject({ likely: 0, sameSign: 1, zero: 1 });
    const open = spread(difference, n1, draws);
    const byHand = draws.values.filter((values) => cost(difference, values) < 0).length / 2000;
    expect(open.negative).toBe(byHand);
    expect(open.sameSign).toBe(open.likely < 0 ? open.negative : open.positive);
    expect(open.sameSign).toBeGreaterThan(0);
    expect(open.sameSign).toBeLessThan(1);
  });

  it("comes near the mean of the distribution", () => {
    const { mrs, store } = n1.prices;
    const mean = (mrs.low + mrs.likely + mrs.high + store.low + store.likely + store.high) / 3;
    const draws = drawPrices(n1, 9, 20_000);
    const sum = draws.values.reduce((total, values) => total + cost(addCounts({ saves: 1 }), values), 0);
    expect(Math.abs(sum / 20_000 / mean - 1)).toBeLessThan(0.02);
  });

  it("refuses impossible numbers of samples, seeds and levels", () => {
    for (const samples of [0, -1, 1.5, 1_000_001, Number.NaN])
      expect(refusal(() => drawPrices(n1, 1, samples)).code).toBe("usage");
    expect(refusal(() => drawPrices(n1, -1, 10)).message).toContain("seed");
    const draws = drawPrices(n1, 1, 10);
    for (const level of [0, 1.1, Number.NaN])
      expect(refusal(() => spread(difference, n1, draws, "none", [level])).code).toBe("usage");
  });
});

it("a quantile is the least draw that its share does not exceed, also between two ranks", () => {
  const draws = drawPrices(n1, 1, 3);
  const costs = draws.values.map((values) => cost(difference, values)).toSorted((a, b) => a - b);
  const levels = [0.1, 1 / 3, 0.5, 0.9, 1];
  const { quantiles } = spread(difference, n1, draws, "none", levels);
  expect(quantiles.map(({ value }) => value)).toEqual([costs[0], costs[0], costs[1], costs[2], costs[2]]);
});
