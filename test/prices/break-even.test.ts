import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { breakEvenGroupSize, breakEvenTrapPrice, breakEvenWriteRate } from "#src/prices/break-even.js";
import { addCounts, cost, noCounts } from "#src/prices/cost.js";
import { at, counts, nesting, prices, refusal } from "./support.js";

// A save costs 6, a trap with its update 212.
const values = at({ fastTrap: 200, fullTrap: 1000, mrs: 5, store: 1, trapRegisterUpdate: 12, dirtyCheck: 3 });
const eager = addCounts({ saves: 1000 });

describe("the break-even trap price", () => {
  it("is what the elided saves are worth, less what comes with the traps, by trap", () => {
    const policy = addCounts({ saves: 100, fastTraps: 10, trapRegisterUpdates: 10, dirtyChecks: 500 });
    // (900 * 6 - 10 * 12 - 500 * 3) / 10
    expect(breakEvenTrapPrice(policy, eager, values)).toEqual({ pays: "below", value: 378 });
  });

  it("is never reached where nothing is elided", () => {
    expect(breakEvenTrapPrice(addCounts(eager, { fastTraps: 10 }), eager, values)).toEqual({ pays: "never" });
    const dearer = addCounts(eager, { fastTraps: 10, dirtyChecks: 1 });
    expect(breakEvenTrapPrice(dearer, eager, values)).toEqual({ pays: "never" });
  });

  it("does not matter without traps", () => {
    expect(breakEvenTrapPrice(noCounts, eager, values)).toEqual({ pays: "always" });
    expect(breakEvenTrapPrice(eager, eager, values)).toEqual({ pays: "equal" });
    expect(breakEvenTrapPrice(addCounts(eager, { dirtyChecks: 1 }), eager, values)).toEqual({
      pays: "never",
    });
  });

  it("is a lower bound where the policy avoids traps", () => {
    const trapping = addCounts({ fastTraps: 10, saves: 100 });
    expect(breakEvenTrapPrice(eager, trapping, values)).toEqual({ pays: "above", value: 540 });
    expect(breakEvenTrapPrice(noCounts, trapping, values)).toEqual({ pays: "always" });
    expect(breakEvenTrapPrice(noCounts, addCounts({ fastTraps: 1 }), values)).toEqual({
      pays: "above",
      value: 0,
    });
  });

  it("is that of full exits where they are asked for", () => {
    const policy = addCounts({ saves: 400, fullTraps: 9, fastTraps: 1 });
    expect(breakEvenTrapPrice(policy, eager, values, { trap: "fullTraps" })).toEqual({
      pays: "below",
      // (600 * 6 - 200) / 9
      value: 3400 / 9,
    });
  });

  it("really makes both cost the same, and decides on either side", () => {
    expect(() =>
      fc.assert(
        fc.property(counts, counts, prices, (policy, baseline, point) => {
          const result = breakEvenTrapPrice(policy, baseline, point);
          const priceAt = (fastTrap: number): number =>
            cost(policy, { ...point, fastTrap }) - cost(baseline, { ...point, fastTrap });
          if (!("value" in result)) {
            // Whatever the trap costs.
            const signs = [0, 1, 1e9].map((trap) => Math.sign(priceAt(trap)));
            const allowed = { always: [-1, 0], never: [0, 1], equal: [0] }[result.pays];
            return signs.every((sign) => allowed.includes(sign));
          }
          const { value } = result;
          const scale = Math.max(1, cost(policy, { ...point, fastTrap: value }));
          const beyond = Math.sign(priceAt(value * 2 + 1));
          return (
            Number.isFinite(value) &&
            value >= 0 &&
            Math.abs(priceAt(value)) / scale < 1e-9 &&
            beyond === (result.pays === "below" ? 1 : -1)
          );
        }),
      ),
    ).not.toThrow();
  });

  it("refuses counts that are no numbers", () => {
    const broken = { ...eager, saves: Number.NaN };
    expect(refusal(() => breakEvenTrapPrice(broken, eager, values)).message).toContain("not a finite number");
    const endless = { ...eager, fastTraps: Infinity };
    expect(refusal(() => breakEvenTrapPrice(endless, eager, values)).code).toBe("usage");
  });
});

describe("the break-even write rate", () => {
  it("is w = ((1 + h) k s - F) / (T + k s)", () => {
    // VHE: (2 * 6 - 3) / (212 + 12)
    expect(breakEvenWriteRate({ registers: 2 }, values)).toEqual({ pays: "below", value: 9 / 224 });
    // nVHE: the host's saves are elided as well, and tested for: (2 * 2 * 6 - 2 * 3) / (212 + 12)
    const nvhe = { registers: 2, hostSavesElided: 1, dirtyChecks: 2 };
    expect(breakEvenWriteRate(nvhe, values)).toEqual({ pays: "below", value: 18 / 224 });
  });

  it("takes what comes with a trap and with a window", () => {
    const shape = { registers: 4, path: "full", openUpdates: 2, armUpdates: 1, keySwitches: 1 } as const;
    const dear = { ...values, keySwitch: 90 };
    // F = 3 + 12, T = 1000 + 24 + 90
    expect(breakEvenWriteRate(shape, dear)).toEqual({ pays: "below", value: (24 - 15) / (1114 + 24) });
  });

  it("is none where the test costs what the save does, or more", () => {
    expect(breakEvenWriteRate({ registers: 1, dirtyChecks: 2 }, values)).toEqual({ pays: "never" });
    expect(breakEvenWriteRate({ registers: 1, dirtyChecks: 3 }, values)).toEqual({ pays: "never" });
  });

  it("is beyond all windows where a trap costs less than the host's saves", () => {
    const shape = { registers: 100, hostSavesElided: 1 };
    expect(breakEvenWriteRate(shape, values)).toEqual({ pays: "always" });
    expect(breakEvenWriteRate({ registers: 1 }, at({}))).toEqual({ pays: "equal" });
  });

  it("is the rate at which the counts of such windows cost the same", () => {
    expect(() =>
      fc.assert(
        fc.property(
          prices,
          fc.integer({ min: 1, max: 60 }),
          fc.boolean(),
          nesting,
          (point, registers, nvhe, nested) => {
            const shape = { registers, hostSavesElided: nvhe ? 1 : 0, dirtyChecks: nvhe ? 2 : 1 };
            const result = breakEvenWriteRate(shape, point, nested);
            const costs = (share: number): number => {
              const policy = addCounts({
                fastTraps: share,
                trapRegisterUpdates: share,
                saves: share * registers,
                dirtyChecks: shape.dirtyChecks,
              });
              const eagerly = addCounts({ saves: registers * (1 + shape.hostSavesElided) });
              return cost(policy, point, nested) - cost(eagerly, point, nested);
            };
            const scale = Math.max(1, ...[0, 1].map((share) => Math.abs(costs(share))));
            if (result.pays === "below") return Math.abs(costs(result.value)) / scale < 1e-9;
            if (result.pays === "always") return costs(1) / scale < 1e-9;
            return result.pays !== "above" && costs(0) / scale > -1e-9;
          },
        ),
      ),
    ).not.toThrow();
  });
});

describe("the break-even group size", () => {
  it("is k = (w T + F) / (s (1 - w + h)), in whole registers", () => {
    // (0.1 * 212 + 3) / (6 * 0.9)
    const vhe = breakEvenGroupSize({}, 0.1, values);
    expect(vhe).toMatchObject({ pays: "from", registers: 5 });
    expect("exact" in vhe && vhe.exact).toBeCloseTo(24.2 / 5.4, 12);
    // (0.1 * 212 + 6) / (6 * 1.9)
    const nvhe = breakEvenGroupSize({ hostSavesElided: 1, dirtyChecks: 2 }, 0.1, values);
    expect(nvhe).toMatchObject({ pays: "from", registers: 3 });
  });

  it("does not round a whole number up", () => {
    // 0.5 * 212 + 3 = 109 at a save of 54.5 makes 4 to the last digit.
    expect(breakEvenGroupSize({}, 0.5, { ...values, mrs: 54.5, store: 0 })).toMatchObject({ registers: 4 });
    expect(breakEvenGroupSize({}, 0, values)).toEqual({ pays: "from", registers: 1, exact: 0.5 });
  });

  it("is never where each window traps, unless the host's saves repay it", () => {
    expect(breakEvenGroupSize({}, 1, values)).toEqual({ pays: "never" });
    expect(breakEvenGroupSize({ hostSavesElided: 1 }, 1, values)).toMatchObject({ registers: 36 });
    expect(breakEvenGroupSize({}, 0.5, { ...values, mrs: 0, store: 0 })).toEqual({ pays: "never" });
  });

  it("does not matter where nothing is spent", () => {
    const free = at({ mrs: 5, store: 1 });
    expect(breakEvenGroupSize({}, 0.5, free)).toEqual({ pays: "always" });
    expect(breakEvenGroupSize({}, 1, free)).toEqual({ pays: "equal" });
    expect(breakEvenGroupSize({}, 0.5, at({}))).toEqual({ pays: "equal" });
  });

  it("never leaks an infinity", () => {
    expect(breakEvenGroupSize({}, 0.5, { ...values, mrs: 5e-324, store: 0 })).toEqual({ pays: "never" });
  });

  it("agrees with the write rate: at that size the group may just be written so often", () => {
    expect(() =>
      fc.assert(
        fc.property(
          prices,
          fc.double({ min: 0, max: 0.99, noNaN: true }),
          nesting,
          (point, share, nested) => {
            const size = breakEvenGroupSize({}, share, point, nested);
            if (size.pays !== "from") return true;
            const rate = breakEvenWriteRate({ registers: size.registers }, point, nested);
            const pays =
              rate.pays === "below"
                ? rate.value > share * (1 - 1e-6) - 1e-9
                : rate.pays !== "never" || share < 1e-9;
            return pays && Number.isSafeInteger(size.registers) && size.registers >= size.exact * (1 - 1e-9);
          },
        ),
      ),
    ).not.toThrow();
  });

  it("refuses what is no share and no shape", () => {
    expect(refusal(() => breakEvenGroupSize({}, 1.1, values)).code).toBe("usage");
    expect(refusal(() => breakEvenGroupSize({}, Number.NaN, values)).code).toBe("usage");
    expect(refusal(() => breakEvenGroupSize({ dirtyChecks: -1 }, 0.1, values)).code).toBe("usage");
    expect(refusal(() => breakEvenWriteRate({ registers: 0 }, values)).message).toContain("at least one");
    expect(refusal(() => breakEvenWriteRate({ registers: Infinity }, values)).code).toBe("usage");
  });
});
