import { describe, expect, it } from "vitest";
import { loadProfile, profileNames } from "#src/prices/load.js";
import { actionMeanings, actions, factorActions, priceValues } from "#src/prices/profile.js";

const expected = [
  "apple-m1",
  "instructions",
  "juno-a53",
  "neoverse-n1",
  "nested-nv",
  "nested-nv2",
  "x-gene-nvhe",
];

describe("the built-in profiles", () => {
  it("are these", () => {
    expect(profileNames()).toEqual(expected);
  });

  it.each(expected)("%s prices each action, with a range, a hardware and a source", (name) => {
    const profile = loadProfile(name);
    expect(profile.name).toBe(name);
    expect(profile.summary).toMatch(/\w.*\.$/);
    expect(Object.keys(profile.prices)).toEqual([...actions]);
    const wrong = actions.filter((action) => {
      const { low, likely, high, unit, hardware, source } = profile.prices[action];
      const ordered = low <= likely && likely <= high && high > 0;
      const fits = unit === (factorActions.includes(action) ? "times" : profile.unit);
      // A source says where: a year, a file of the kernel, a recording.
      const where = /\d{4}|\.S\b|\.h\b|trapline recordings|dougallj|by definition|FEAT_/.test(source);
      return !(ordered && fits && where && /\w/.test(hardware));
    });
    expect(wrong).toEqual([]);
  });

  it.each(expected)("%s has a range for whatever it assumes", (name) => {
    const { prices } = loadProfile(name);
    const assumed = actions.filter((action) => prices[action].basis === "assumed");
    expect(assumed.filter((action) => prices[action].low === prices[action].high)).toEqual([]);
    expect(assumed.length).toBeGreaterThan(0);
  });

  it.each(expected)("%s prices a fast-path trap at no more than a full exit", (name) => {
    const { fastTrap, fullTrap } = loadProfile(name).prices;
    expect(fastTrap.low).toBeLessThanOrEqual(fullTrap.low);
    expect(fastTrap.likely).toBeLessThanOrEqual(fullTrap.likely);
  });

  it("turn nanoseconds into cycles by their clock", () => {
    const { clock, prices } = loadProfile("neoverse-n1");
    expect(clock?.ghz).toBe(3);
    expect(prices.fullTrap).toMatchObject({ low: 918, likely: 918, high: 1353, unit: "cycles" });
    expect(prices.fullTrap.given).toEqual({ low: 306, likely: 306, high: 451, unit: "ns" });
    expect(loadProfile("juno-a53").prices.fullTrap.likely).toBeCloseTo(2944.5, 9);
  });

  it("carry published and recorded figures over exactly", () => {
    expect(loadProfile("x-gene-nvhe").prices.fullTrap.likely).toBe(6500);
    expect(loadProfile("nested-nv").prices.fullTrap).toMatchObject({ low: 307_363, high: 422_720 });
    expect(loadProfile("nested-nv2").prices.fullTrap.low).toBe(92_385);
    const instructions = priceValues(loadProfile("instructions"));
    // The medians of the recordings hold the update of the trap register: 219 on VHE.
    expect(instructions.fastTrap + instructions.trapRegisterUpdate).toBe(219);
    // Two instructions per register saved on nVHE, five on VHE.
    const { mrs, store } = loadProfile("instructions").prices;
    expect([mrs.low + store.low, mrs.high + store.high]).toEqual([2, 5]);
  });

  it("price a guest hypervisor where they say so", () => {
    expect(expected.map((name) => loadProfile(name).nesting)).toEqual([
      "none",
      "none",
      "none",
      "none",
      "l2",
      "l2-nv2",
      "none",
    ]);
  });

  it("know a meaning for each action", () => {
    expect(Object.keys(actionMeanings)).toEqual([...actions]);
    expect(new Set(Object.values(actionMeanings)).size).toBe(actions.length);
  });
});
