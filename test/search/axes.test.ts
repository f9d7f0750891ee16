import { describe, expect, test } from "vitest";
import { loadProfile } from "#src/prices/load.js";
import { actions, priceValues } from "#src/prices/profile.js";
import { gridPoints, parseAxis, pricesAt, randomPoints } from "#src/search/axes.js";

const profile = loadProfile("neoverse-n1");

describe("an axis", () => {
  test("is a list, or a range with both its ends", () => {
    expect(parseAxis("mrs=1,2.5,1e3")).toEqual({ action: "mrs", values: [1, 2.5, 1000] });
    expect(parseAxis("fastTrap=100..300/3")).toEqual({
      action: "fastTrap",
      values: [100, 200, 300],
      range: [100, 300],
    });
    expect(parseAxis("mrs=0.1..0.7/7").values.at(-1)).toBe(0.7);
  });

  test.each([
    ["mrz=1", "prices are of"],
    ["mrs", "the values are missing"],
    ["mrs=", "is no price"],
    ["mrs=1,,2", "is no price"],
    ["mrs=-1", "is no price"],
    ["mrs=0x10", "is no price"],
    ["mrs=1e400", "is no price"],
    ["mrs=1..2", "is no price"],
    ["mrs=2..1/3", "goes up"],
    ["mrs=1..2/1", "steps"],
    ["mrs=1..2/1000000", "steps"],
  ])("refuses %s", (text, why) => {
    expect(() => parseAxis(text)).toThrow(why);
  });
});

describe("points", () => {
  const axes = [parseAxis("mrs=1,2"), parseAxis("fastTrap=100..300/3")];

  test("of a grid are every combination, the last axis fastest", () => {
    const points = gridPoints(axes);
    expect(points).toHaveLength(6);
    expect(points.slice(0, 4)).toEqual([
      { mrs: 1, fastTrap: 100 },
      { mrs: 1, fastTrap: 200 },
      { mrs: 1, fastTrap: 300 },
      { mrs: 2, fastTrap: 100 },
    ]);
    expect(gridPoints([])).toEqual([{}]);
  });

  test("are refused where an axis comes twice or the grid is too large", () => {
    expect(() => gridPoints([parseAxis("mrs=1"), parseAxis("mrs=2")])).toThrow("varies mrs twice");
    const large = ["mrs", "msr"].map((name) => parseAxis(`${name}=1..2/1000`));
    expect(() => gridPoints(large)).toThrow("1000000 points");
  });

  test("at random lie on the axes, and are the same for the same seed", () => {
    const points = randomPoints(axes, profile, 200, 7);
    expect(points).toEqual(randomPoints(axes, profile, 200, 7));
    expect(points).not.toEqual(randomPoints(axes, profile, 200, 8));
    expect(new Set(points.map(({ mrs }) => mrs))).toEqual(new Set([1, 2]));
    const traps = points.map(({ fastTrap = 0 }) => fastTrap);
    expect(Math.min(...traps)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...traps)).toBeLessThanOrEqual(300);
    expect(new Set(traps).size).toBeGreaterThan(100);
  });

  test("at random without axes vary every price within the profile's range", () => {
    for (const point of randomPoints([], profile, 50, 1)) {
      for (const action of actions) {
        expect(point[action]).toBeGreaterThanOrEqual(profile.prices[action].low);
        expect(point[action]).toBeLessThanOrEqual(profile.prices[action].high);
      }
    }
  });

  test("take the place of the profile's likely prices", () => {
    expect(pricesAt(profile, { mrs: 7 })).toEqual({ ...priceValues(profile), mrs: 7 });
  });
});
