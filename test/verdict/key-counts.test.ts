import { describe, expect, it } from "vitest";
import type { CountRow } from "#src/model/counts.js";
import { lazyPauth } from "#src/policies/builtin/lazy-pauth.js";
import { hasLazyKeys } from "#src/policies/lazy-keys.js";
import { trackedGroup, type Group } from "#src/policies/policy.js";
import { addCounts, cost, countDifference } from "#src/prices/cost.js";
import { unitCost } from "#src/prices/terms.js";
import { keyCounts } from "#src/verdict/key-counts.js";
import { at } from "../prices/support.js";

const [group] = lazyPauth.fixed!.groups;
const [first] = group.registers;

/** Three loads of five entries and exits each; eager switches at all of them, and saves the host's at each load. */
const eager = rows({ saves: 15, restores: 15 }, 3);

function rows(
  guest: { readonly saves: number; readonly restores: number; readonly traps?: number },
  hostSaves: number,
): CountRow[] {
  return group.registers.flatMap((register): CountRow[] => [
    {
      context: "guest",
      unit: 0,
      register,
      traps: register === first ? (guest.traps ?? 0) : 0,
      saves: guest.saves,
      elided: 15 - guest.saves,
      restores: guest.restores,
    },
    { context: "host", unit: 0, register, traps: 0, saves: hostSaves, elided: 0, restores: 15 },
  ]);
}

describe("keyCounts", () => {
  it("of a guest that uses them at the first entry of each load: a trap a load, and nothing else", () => {
    // The first entry of a load restores nothing, the trap's way back does.
    const found = keyCounts(group, rows({ traps: 3, saves: 15, restores: 12 }, 3), eager);
    expect(countDifference(found.own, found.eager)).toEqual(
      addCounts({ fastTraps: 3, trapRegisterUpdates: 3 }),
    );
    expect(found).toMatchObject({ savesElided: 0, hostSavesElided: 0, restoresElided: 0 });
  });

  it("of one that never does: every switch is saved, and the host's keys at each load", () => {
    const found = keyCounts(group, rows({ saves: 0, restores: 0 }, 3), eager);
    expect(countDifference(found.own, found.eager)).toEqual(addCounts({ keySwitches: -15, keySaves: -30 }));
    expect(found).toMatchObject({ savesElided: 180, hostSavesElided: 30, restoresElided: 300 });
  });

  it("of one that does at the third entry of one load of three", () => {
    // Exits 3 to 5 of it switch; entries 4 and 5 restore, and the trap's way back.
    const found = keyCounts(group, rows({ traps: 1, saves: 3, restores: 2 }, 3), eager);
    expect(found.own).toEqual(
      addCounts({ fastTraps: 1, trapRegisterUpdates: 1, keySwitches: 3, keySaves: 10 }),
    );
    expect(found).toMatchObject({ savesElided: 140, hostSavesElided: 20, restoresElided: 240 });
  });

  it("prices keys without the nesting: a guest hypervisor reads and writes them itself", () => {
    const values = at({
      mrs: 5,
      store: 1,
      keySwitch: 217,
      hypervisorAccess: 4000,
      fullTrap: 900,
      nestedTrap: 100,
    });
    expect(unitCost("keySaves", values, "l2")).toBe(6);
    const { own, eager: plain } = keyCounts(group, rows({ traps: 3, saves: 15, restores: 12 }, 3), eager);
    expect(cost(countDifference(own, plain), values, "l2")).toBe(3 * (900 * 100 + 2 * 4000));
  });
});

describe("hasLazyKeys", () => {
  it("is true of all keys, opened by their first use, and of nothing else", () => {
    const some = trackedGroup(group.registers.slice(0, 2));
    const cases: readonly (readonly [Group, boolean])[] = [
      [group, true],
      [{ ...group, name: "mine", path: "full", arm: "run" }, true],
      [{ ...group, restore: "always" }, false],
      [{ ...group, registers: group.registers.slice(2) }, false],
      [{ ...some, trap: "first-access", save: "open", restore: "open" }, false],
    ];
    expect(cases.map(([each]) => hasLazyKeys(each))).toEqual(cases.map(([, expected]) => expected));
  });
});
