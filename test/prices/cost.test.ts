import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addCounts, cost, costParts, countDifference, noCounts, switchCounts } from "#src/prices/cost.js";
import { loadProfile } from "#src/prices/load.js";
import { nestings } from "#src/prices/profile.js";
import { nestingFor, unitCost } from "#src/prices/terms.js";
import { at, counts, nesting, prices, refusal } from "./support.js";

const values = at({
  fastTrap: 200,
  fullTrap: 1000,
  mrs: 5,
  msr: 7,
  store: 1,
  load: 2,
  trapRegisterUpdate: 12,
  dirtyCheck: 3,
  keySwitch: 90,
  mteSwitch: 30,
  fpSave: 40,
  fpRestore: 50,
  nestedTrap: 100,
  nestedTrapNv2: 30,
  hypervisorAccess: 3000,
  hypervisorAccessNv2: 1.5,
});
const each = (name: keyof typeof noCounts): typeof noCounts => ({ ...noCounts, [name]: 1 });

describe("the cost of counts", () => {
  it("is count times price; a save is an MRS and a store, a restore a load and an MSR", () => {
    expect(cost(each("saves"), values)).toBe(6);
    expect(cost(each("restores"), values)).toBe(9);
    expect(cost(each("fastTraps"), values)).toBe(200);
    expect(cost(each("fullTraps"), values)).toBe(1000);
    const some = addCounts({ fastTraps: 2, saves: 10 }, { saves: 5, dirtyChecks: 4 }, { keySwitches: 2 });
    // 2 * 200 + 15 * 6 + 4 * 3 + 2 * 90
    expect(cost(some, values)).toBe(682);
    const rest = addCounts({ trapRegisterUpdates: 1, mteSwitches: 1, fpSaves: 1, fpRestores: 1 });
    expect(cost(rest, values)).toBe(12 + 30 + 40 + 50);
  });

  it("forwards the traps of a guest hypervisor, and traps its accesses or puts them in memory", () => {
    expect(unitCost("fastTraps", values, "l2")).toBe(100_000);
    expect(unitCost("fullTraps", values, "l2")).toBe(100_000);
    expect(unitCost("fastTraps", values, "l2-nv2")).toBe(30_000);
    expect(unitCost("saves", values, "l2")).toBe(3001);
    expect(unitCost("restores", values, "l2")).toBe(3002);
    expect(unitCost("trapRegisterUpdates", values, "l2")).toBe(6000);
    expect(unitCost("saves", values, "l2-nv2")).toBe(2.5);
    expect(unitCost("trapRegisterUpdates", values, "l2-nv2")).toBe(3);
    expect(unitCost("dirtyChecks", values, "l2")).toBe(3);
    expect(unitCost("keySwitches", values, "l2-nv2")).toBe(90);
  });

  it("is 0 for nothing, and never -0", () => {
    expect(cost(noCounts, values)).toBe(0);
    for (const part of Object.values(costParts(countDifference(noCounts, noCounts), values)))
      expect(part).toBe(0);
  });

  it("is the sum of its parts, and linear: the cost of a difference is the difference of costs", () => {
    fc.assert(
      fc.property(counts, counts, prices, nesting, (a, b, point, nested) => {
        const sum = Object.values(costParts(a, point, nested)).reduce((x, y) => x + y, 0);
        const total = cost(a, point, nested);
        const scale = Math.max(1, total, cost(b, point, nested));
        expect(Math.abs(sum - total) / scale).toBeLessThan(1e-12);
        const apart = total - cost(b, point, nested);
        expect(Math.abs(cost(countDifference(a, b), point, nested) - apart) / scale).toBeLessThan(1e-9);
        expect(countDifference(addCounts(a, b), b)).toEqual(a);
      }),
    );
  });
});

describe("the counts of one register", () => {
  it("are saves and restores, but for the vector registers", () => {
    expect(switchCounts("PIR_EL1", 3, 4)).toEqual({ saves: 3, restores: 4 });
    expect(switchCounts("FPSIMD", 3, 4)).toEqual({ fpSaves: 3, fpRestores: 4 });
    expect(switchCounts("FPCR", 3, 4)).toEqual({ saves: 3, restores: 4 });
  });
});

describe("the nesting that a profile prices", () => {
  it("is derived from a host's prices, and is the profile's own for a guest hypervisor", () => {
    const host = loadProfile("neoverse-n1");
    for (const asked of nestings) expect(nestingFor(host, asked)).toBe(asked);
    expect(nestingFor(loadProfile("nested-nv"), "l2")).toBe("none");
    expect(nestingFor(loadProfile("nested-nv2"), "l2-nv2")).toBe("none");
  });

  it("is refused where the profile has other prices", () => {
    const error = refusal(() => nestingFor(loadProfile("nested-nv"), "none"));
    expect(error.code).toBe("usage");
    expect(error.message).toBe("the cost profile nested-nv has prices for nesting l2, not for none");
    expect(refusal(() => nestingFor(loadProfile("nested-nv2"), "l2")).code).toBe("usage");
  });
});
