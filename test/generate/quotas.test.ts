import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { activeWindows, parts, poolDraw, rounded } from "#src/generate/quotas.js";
import { exponential, meanTime, timeDraw, timeHistogram } from "#src/generate/times.js";
import { uniformOf } from "#src/prices/random.js";

const shape = fc
  .record({ windows: fc.integer({ min: 1, max: 200 }), share: fc.double({ min: 0, max: 1, noNaN: true }) })
  .chain(({ windows, share }) => {
    const active = Math.floor(windows * share);
    const most = Math.max(active === 0 ? 0 : 1, Math.min(active, windows - active + 1));
    return fc.record({
      windows: fc.constant(windows),
      active: fc.constant(active),
      rounds: fc.integer({ min: active === 0 ? 0 : 1, max: most }),
      seed: fc.nat(1000),
    });
  });

describe("active windows", () => {
  it("are as many as asked for, in as many rounds", () => {
    fc.assert(
      fc.property(shape, ({ windows, active, rounds, seed }) => {
        const next = activeWindows(windows, { windows: active, bursts: rounds }, uniformOf(seed, 0));
        const list = Array.from({ length: windows }, next);
        const starts = list.filter((each, at) => each && !(list[at - 1] ?? false)).length;
        expect([list.filter(Boolean).length, starts]).toEqual([active, rounds]);
      }),
    );
  });

  it("are each sequence with those numbers equally often", () => {
    // 6 windows, 3 active in 2 rounds: 2 ways to split the active ones, times 6 to put the idle ones.
    const draw = uniformOf(1, 0);
    const counts = new Map<string, number>();
    const times = 24_000;
    for (let at = 0; at < times; at++) {
      const next = activeWindows(6, { windows: 3, bursts: 2 }, draw);
      const key = Array.from({ length: 6 }, () => (next() ? "1" : "0")).join("");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(12);
    for (const count of counts.values()) expect(Math.abs(count - times / 12)).toBeLessThan(250);
  });
});

describe("pools and parts", () => {
  it("give each value as often as it is there", () => {
    const draw = poolDraw(
      [
        [5, 3],
        [7, 2],
        [9, 0],
      ],
      uniformOf(3, 0),
    );
    for (let round = 0; round < 4; round++) {
      expect(Array.from({ length: 5 }, draw).toSorted((a, b) => a - b)).toEqual([5, 5, 5, 7, 7]);
    }
  });

  it("give out all of a total", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.integer({ min: 1, max: 50 }), fc.nat(100), (total, takers, seed) => {
        const next = parts(total, takers, uniformOf(seed, 0));
        const list = Array.from({ length: takers }, next);
        expect(list.reduce((sum, each) => sum + each, 0)).toBe(total);
      }),
    );
  });

  it("round to the mean", () => {
    const draw = uniformOf(5, 0);
    const list = Array.from({ length: 20_000 }, () => rounded(2.25, draw));
    expect(new Set(list)).toEqual(new Set([2, 3]));
    expect(list.reduce((sum, each) => sum + each, 0) / 20_000).toBeCloseTo(2.25, 1);
  });
});

describe("times", () => {
  it("have the mean of their distribution", () => {
    const times = exponential(1000);
    expect(meanTime(times)).toBeCloseTo(1000, 6);
    const next = timeDraw(times, uniformOf(2, 0));
    const mean = Array.from({ length: 50_000 }, next).reduce((sum, each) => sum + each, 0) / 50_000;
    expect(Math.abs(mean - 1000)).toBeLessThan(20);
  });

  it("of a histogram come as often as they were counted, with its mean", () => {
    const list = [0, 1, 1, 7, 100, 101, 5000, 1e9];
    const histogram = timeHistogram();
    for (const each of list) histogram.add(each);
    const times = histogram.times();
    const sum = list.reduce((total, each) => total + each, 0);
    expect(meanTime(times)).toBeCloseTo(sum / list.length, 6);
    const drawn = Array.from({ length: list.length }, timeDraw(times, uniformOf(4, 0)));
    expect(Math.abs(drawn.reduce((total, each) => total + each, 0) - sum)).toBeLessThan(10);
  });
});
