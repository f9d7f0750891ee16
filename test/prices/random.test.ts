import { describe, expect, it } from "vitest";
import { stateOfSeed, uniform, xoshiro128 } from "#src/prices/random.js";
import { refusal } from "./support.js";

const take = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next);

describe("xoshiro128**", () => {
  it("gives the words of the reference implementation", () => {
    // State 1, 2, 3, 4: the vector that the rand_xoshiro crate tests against, made with the authors' C code.
    expect(take(10, xoshiro128([1, 2, 3, 4]))).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it("starts from a seed by splitmix32", () => {
    expect(stateOfSeed(0)).toEqual([1684164658, 3653269916, 2939563536, 2141751570]);
    expect(stateOfSeed(42)).toEqual([551831576, 144025891, 322543647, 3034809370]);
    expect(take(2, xoshiro128(stateOfSeed(0)))).toEqual([1789933344, 44971166]);
  });

  it("makes fractions from 0 up to 1 that fill the range", () => {
    const found = take(10_000, uniform(7));
    expect(Math.min(...found)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...found)).toBeLessThan(1);
    const tenths = take(10, () => 0);
    for (const value of found) tenths[Math.floor(value * 10)] += 1;
    for (const tenth of tenths) expect(Math.abs(tenth - 1000)).toBeLessThan(150);
    expect(take(3, uniform(7))).toEqual(found.slice(0, 3));
    expect(take(3, uniform(8))).not.toEqual(found.slice(0, 3));
  });

  it.each([-1, 0.5, 2 ** 32, Number.NaN])("takes no %d for a seed", (seed) => {
    expect(refusal(() => stateOfSeed(seed)).code).toBe("usage");
  });
});
