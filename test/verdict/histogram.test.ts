import * as fc from "fast-check";
import { expect, it } from "vitest";
import { createHistogram, type Spread } from "#src/verdict/histogram.js";

function spreadOf(values: readonly number[]): Spread | undefined {
  const histogram = createHistogram();
  for (const value of values) histogram.add(value);
  return histogram.spread();
}

it("has no spread without a value", () => {
  expect(spreadOf([])).toBeUndefined();
});

it("takes nearest ranks", () => {
  const values = Array.from({ length: 10 }, (_, at) => 10 * (at + 1)).toReversed();
  expect(spreadOf(values)).toEqual({
    count: 10,
    min: 10,
    p10: 10,
    median: 50,
    p90: 90,
    max: 100,
    exact: true,
  });
});

it("is exact for few values however large, and for many that are small", () => {
  expect(spreadOf([Number.MAX_SAFE_INTEGER, 0, 2 ** 40 + 1])).toMatchObject({
    median: 2 ** 40 + 1,
    exact: true,
  });
  const many = Array.from({ length: 20_480 }, (_, at) => at % 2048);
  expect(spreadOf(many)).toMatchObject({ count: 20_480, min: 0, max: 2047, exact: true, median: 1023 });
});

it("is off by less than 0.1 % for many large values, and says so", () => {
  const value = fc.oneof(fc.integer({ min: 0, max: 100_000 }), fc.maxSafeNat());
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), (some) => {
      const values = Array.from({ length: 5000 }, (_, at) => some[at % some.length]);
      const sorted = values.toSorted((a, b) => a - b);
      const found = spreadOf(values)!;
      for (const [share, is] of [
        [0.1, found.p10],
        [0.5, found.median],
        [0.9, found.p90],
      ] as const) {
        const exact = sorted[Math.ceil(share * 5000) - 1];
        const allowed = found.exact || exact < 2048 ? 0 : 0.001 * exact;
        expect(Math.abs(is - exact)).toBeLessThanOrEqual(allowed);
      }
      expect([found.min, found.max]).toEqual([sorted[0], sorted[4999]]);
    }),
  );
});

it("has buckets of a thousandth of their octave, so that a middle is off by half of that at most", () => {
  for (const value of [2048, 4096, 2 ** 20, 2 ** 40]) {
    // Others on either side: a value that is the least or the greatest is given exactly.
    const values = Array.from({ length: 5000 }, (_, at) => (at < 1000 ? 10 : at < 4000 ? value : 2 ** 50));
    const { median } = spreadOf(values)!;
    expect(Math.abs(median - value)).toBeLessThanOrEqual(value / 2048);
  }
});
