import { describe, expect, it } from "vitest";
import { clopperPearson } from "#src/verdict/binomial.js";

describe("the interval of Clopper and Pearson", () => {
  it.each([
    [1, 10, 0.002529, 0.445016],
    [2, 100, 0.002431, 0.070384],
    [5, 10, 0.187086, 0.812914],
    [9, 10, 0.554984, 0.997471],
    [9, 12_207, 0.000337, 0.001399],
  ])("of %i in %i is that of the tables", (hits, trials, low, high) => {
    const found = clopperPearson(hits, trials);
    expect(found[0]).toBeCloseTo(low, 6);
    expect(found[1]).toBeCloseTo(high, 6);
  });

  it("of none goes to about 3 in as many, of all down to as much", () => {
    expect(clopperPearson(0, 100)).toEqual([0, 1 - 0.05 ** (1 / 100)]);
    expect(clopperPearson(0, 1_000_000)[1] * 1_000_000).toBeCloseTo(3, 2);
    const [low, high] = clopperPearson(50, 50);
    expect([low, high]).toEqual([expect.closeTo(0.05 ** (1 / 50), 12), 1]);
  });

  it("covers every share in at least 95 % of cases", () => {
    const trials = 40;
    for (let share = 0.01; share < 1; share += 0.01) {
      let covered = 0;
      let chance = (1 - share) ** trials;
      for (let hits = 0; hits <= trials; hits++) {
        const [low, high] = clopperPearson(hits, trials);
        if (low <= share && share <= high) covered += chance;
        chance *= ((trials - hits) / (hits + 1)) * (share / (1 - share));
      }
      // The one-sided ends of none and all leave out a fortieth more there.
      expect(covered).toBeGreaterThan(0.925);
    }
  });
});
