import { describe, expect, it } from "vitest";
import { exitModel } from "#src/modelled/registry.js";
import { bareTrace, exitTimes, laid, write } from "./support.js";

const ends = (...cpus: readonly number[]): string =>
  bareTrace(cpus.flatMap((cpu) => [write(cpu, 500), write(cpu, 200_500)]));

describe("poisson=N", () => {
  it("is the same for a seed, and another for another", async () => {
    const trace = ends(0);
    const times = async (seed: number): Promise<number[]> =>
      exitTimes((await laid(trace, "poisson=1000", { seed })).events, 0);
    expect(await times(3)).toEqual(await times(3));
    expect(await times(4)).not.toEqual(await times(3));
  });

  it("gives each vCPU numbers of its own, whatever the others do", async () => {
    const both = (await laid(ends(0, 1), "poisson=1000")).events;
    const swapped = (await laid(ends(1, 0), "poisson=1000")).events;
    const alone = (await laid(ends(1), "poisson=1000")).events;
    expect(exitTimes(both, 1)).toEqual(exitTimes(alone, 1));
    expect(exitTimes(both, 0)).not.toEqual(exitTimes(both, 1));
    for (const vcpu of [0, 1]) expect(exitTimes(swapped, vcpu)).toEqual(exitTimes(both, vcpu));
  });

  it("has gaps of an exponential distribution with that mean", async () => {
    const trace = bareTrace([write(0, 0), write(0, 40_000_000)]);
    const times = exitTimes((await laid(trace, "poisson=1000", { seed: 11 })).events, 0).slice(0, -1);
    // 40,000 expected, with a standard deviation of 200.
    expect(Math.abs(times.length - 40_000)).toBeLessThan(1000);
    const gaps = times.map((time, at) => time - (times[at - 1] ?? 0));
    for (const limit of [100, 500, 1000, 3000]) {
      const above = gaps.filter((gap) => gap > limit).length / gaps.length;
      expect(Math.abs(above - Math.exp(-limit / 1000))).toBeLessThan(0.02);
    }
  });

  it("may leave twice at one time where the mean is short", async () => {
    const { header, events } = await laid(bareTrace([write(0, 0), write(0, 1000)]), "poisson=1");
    const times = exitTimes(events, 0);
    expect(new Set(times).size).toBeLessThan(times.length);
    expect(header.guestTime[0]).toBe(1000);
  });

  it("refuses a seed that is none", () => {
    expect(() => exitModel("poisson=10", -1)).toThrow(/a seed is/);
  });
});
