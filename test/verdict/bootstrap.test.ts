import { describe, expect, it } from "vitest";
import { uniform } from "#src/prices/random.js";
import { blockLength } from "#src/verdict/block-length.js";
import { percentiles, resampleBlocks, resampleWhole } from "#src/verdict/bootstrap.js";

/** Windows that trap or not: each is like the one before with the chance `stay`, else drawn at the rate. */
function sequence(length: number, rate: number, stay: number, seed: number): Float64Array {
  const random = uniform(seed);
  let last = random() < rate ? 1 : 0;
  return Float64Array.from({ length }, () => {
    if (random() >= stay) last = random() < rate ? 1 : 0;
    return last;
  });
}

const ones = (length: number): Float64Array => new Float64Array(length).fill(1);
const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

/** The share of simulated recordings whose interval holds the true rate. */
function coverage(
  stay: number,
  recordings: number,
  resample: (own: Float64Array, seed: number) => Float64Array,
): number {
  const [rate, length] = [0.3, 1500];
  let held = 0;
  for (let seed = 1; seed <= recordings; seed++) {
    const [low, high] = percentiles(resample(sequence(length, rate, stay, seed), seed));
    if (low <= rate * length && rate * length <= high) held++;
  }
  return held / recordings;
}

const inBlocks = (own: Float64Array, seed: number): Float64Array =>
  resampleBlocks(ones(own.length), [own], 300, seed).sums[0] ?? new Float64Array();

/** As if windows did not depend on each other. */
function oneByOne(own: Float64Array, seed: number): Float64Array {
  const random = uniform(seed);
  return Float64Array.from({ length: 300 }, () => sum(own.map(() => own[Math.floor(random() * own.length)])));
}

describe("a bootstrap over blocks", () => {
  it("covers the true rate about as often as it says, where windows depend on those before", () => {
    const found = [0, 0.5, 0.9].map((stay) => coverage(stay, 150, inBlocks));
    for (const held of found) {
      // Long dependence leaves few windows' worth of news: there it says a little too much.
      expect(held).toBeGreaterThan(0.85);
      expect(held).toBeLessThan(0.99);
    }
    // What blocks are for.
    expect(coverage(0.9, 40, oneByOne)).toBeLessThan(0.6);
  });

  it("is no wider than chance makes it where they do not", () => {
    const own = sequence(4000, 0.3, 0, 5);
    const [low, high] = percentiles(inBlocks(own, 1));
    const spread = 1.96 * Math.sqrt(0.3 * 0.7 * 4000);
    expect((high - low) / 2 / spread).toBeGreaterThan(0.8);
    expect((high - low) / 2 / spread).toBeLessThan(1.2);
  });

  it("says nothing of what never changes", () => {
    const counts = Float64Array.from([2, 2, 2, 1]);
    const all = Float64Array.from([4, 4, 4, 2]);
    const { block, sums } = resampleBlocks(counts, [new Float64Array(4), all], 50, 1);
    expect([block, ...sums]).toEqual([0, undefined, undefined]);
  });

  it("draws sequences together, and multiples of one once", () => {
    const own = sequence(500, 0.3, 0.5, 1);
    const other = own.map((value) => 1 - value);
    const third = own.map((value) => 3 * value);
    const { sums } = resampleBlocks(ones(500), [own, other, third], 100, 7);
    const [a, b, c] = sums.map((each) => each ?? new Float64Array());
    expect(a.every((value, at) => value + b[at] === 500)).toBe(true);
    expect(a.every((value, at) => c[at] === 3 * value)).toBe(true);
  });

  it("weighs a last chunk that is not full", () => {
    // Every window of the last chunk traps: the rate cannot be above 1.
    const counts = Float64Array.from({ length: 50 }, (_, at) => (at === 49 ? 1 : 8));
    const own = counts.map((count, at) => (at % 2 === 1 ? count : 0));
    const [draws] = resampleBlocks(counts, [own], 500, 1).sums;
    expect(draws?.every((value) => value >= 0 && value <= sum(counts))).toBe(true);
    expect(Math.abs(sum(draws ?? own) / 500 / sum(own) - 1)).toBeLessThan(0.05);
  });

  it("is the same for a seed and another for another", () => {
    const own = sequence(500, 0.3, 0.5, 1);
    const draw = (seed: number): unknown => resampleBlocks(ones(500), [own], 100, seed);
    expect(draw(7)).toEqual(draw(7));
    expect(draw(8)).not.toEqual(draw(7));
  });
});

describe("the length of a block", () => {
  it("grows with dependence, between the cube root and what leaves several blocks", () => {
    const lengths = [0, 0.7, 0.95].map((stay) => blockLength(sequence(4000, 0.3, stay, 3)));
    expect(lengths[0]).toBeLessThan(lengths[1]);
    expect(lengths[1]).toBeLessThan(lengths[2]);
    expect(lengths[0]).toBeGreaterThanOrEqual(16);
    expect(blockLength(Float64Array.from({ length: 4000 }, (_, at) => (at < 2000 ? 1 : 0)))).toBeGreaterThan(
      100,
    );
    expect(blockLength(ones(1000))).toBe(10);
    expect(blockLength(ones(1))).toBe(1);
    expect(blockLength(Float64Array.from([1, 0]))).toBe(1);
  });

  it("is near the best one of an autoregression, which is known", () => {
    // For x = a x' + e of n values: (2 a^2 / (1 - a^2)^2 / (2 / 3))^(1/3) n^(1/3) for blocks drawn in a circle.
    const [a, n] = [0.6, 20_000];
    const random = uniform(11);
    let last = 0;
    const own = Float64Array.from({ length: n }, () => {
      last = a * last + Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      return last;
    });
    // G = 2 s a / (1 - a)^2 / (1 - a^2), g(0) = s / (1 - a)^2; b = (2 G^2 / (4/3 g(0)^2))^(1/3) n^(1/3).
    const best = Math.cbrt((3 / 2) * ((2 * a) / (1 - a * a)) ** 2 * n);
    expect(blockLength(own) / best).toBeGreaterThan(0.7);
    expect(blockLength(own) / best).toBeLessThan(1.4);
  });
});

it("a bootstrap over recordings draws as many as there are", () => {
  const drawn = resampleWhole(3, 2000, 1);
  expect(drawn.every((times) => times.length === 3 && times.reduce((a, b) => a + b, 0) === 3)).toBe(true);
  expect(new Set(drawn.map((times) => times.join(" "))).size).toBe(10);
  expect(drawn).toEqual(resampleWhole(3, 2000, 1));
});

it("percentiles leave out a fortieth at each end", () => {
  const values = Float64Array.from({ length: 1000 }, (_, at) => 1000 - at);
  expect(percentiles(values)).toEqual([25, 975]);
  expect(percentiles(Float64Array.from([5]))).toEqual([5, 5]);
});

it("blocks are as long as the rule says where all correlations are known", () => {
  // Runs of eight alike: the correlation at lag k is 1 - k / 8, so that G = 21, g = 8, and the length is
  // (2 G^2 / (4 / 3 g^2) n)^(1/3).
  const n = 200_000;
  const optimum = Math.cbrt(((2 * 21 ** 2) / ((4 / 3) * 8 ** 2)) * n);
  for (const seed of [1, 2, 3]) {
    const random = uniform(seed);
    const runs = Array.from({ length: n / 8 }, () => Math.round(random()));
    const found = blockLength(Float64Array.from({ length: n }, (_, at) => runs[Math.floor(at / 8)]));
    expect(Math.abs(found / optimum - 1)).toBeLessThan(0.04);
  }
});
