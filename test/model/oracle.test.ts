import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Mode } from "#src/configs/points.js";
import type { Counts } from "#src/prices/cost.js";
import { countNames } from "#src/prices/terms.js";
import type { Adaptive, Policy } from "#src/policies/policy.js";
import { assignment, recording } from "./arbitraries.js";
import {
  configOf,
  emulatedWrite,
  eventsOf,
  group,
  load,
  namingOf,
  policyOf,
  put,
  read,
  run,
  write,
} from "./dsl.js";
import type { Step } from "./dsl.js";
import {
  atMost,
  eagerCosts,
  groupCosts,
  policyRows,
  pricesOf,
  rowsOfOracle,
  type Setting,
} from "./oracle-support.js";
import { flatten, windowSteps } from "./window-steps.js";

const price = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 9 }),
  fc.double({ min: 0, max: 500, noNaN: true }),
);
const prices = fc
  .tuple(...countNames.map((name) => price.map((value) => [name, value] as const)))
  .map((entries) => pricesOf(Object.fromEntries(entries)));
const adaptive: fc.Arbitrary<Adaptive> = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.nat(4), fc.integer({ min: 1, max: 5 }))
  .map(([traps, more, eager]) => ({ traps, windows: traps + more, eager }));

/** Windows, true where they are written. */
const windowsOf = (written: readonly boolean[]): Step[] => windowSteps(written.map(Number), "PIR_EL1");

function setting(
  mode: Mode,
  registers: readonly string[],
  steps: readonly Step[],
  given: Partial<Counts>,
): Setting {
  const naming = namingOf(steps);
  return {
    naming,
    events: eventsOf(steps, naming),
    config: configOf(mode, ...registers),
    prices: pricesOf(given),
    keys: false,
  };
}

const unwritten = (count: number): boolean[] => Array.from({ length: count }, () => false);

const total = (costs: readonly number[]): number => costs.reduce((sum, each) => sum + each, 0);

describe("the oracle of a group", () => {
  it("leaves open what is written and arms what is not, if changing its mind is free", () => {
    const given = { fastTraps: 100, saves: 5, dirtyChecks: 1 };
    const written = [true, false, true, true, false, false];
    const own = setting("vhe", ["PIR_EL1"], windowsOf(written), given);
    const policy = policyOf(group("PIR_EL1"));
    expect(rowsOfOracle(policy, own)).toEqual([
      {
        context: "guest",
        unit: 0,
        register: "PIR_EL1",
        traps: 0,
        saves: 3,
        elided: 3,
        restores: 6,
        changes: 3,
        untested: 3,
      },
    ]);
    expect(groupCosts(policy, rowsOfOracle(policy, own), own)).toEqual([3 * 5 + 3 * 1]);
  });

  it("does not change its mind where that costs more than it saves", () => {
    const given = { fastTraps: 100, saves: 5, dirtyChecks: 1, trapRegisterUpdates: 7 };
    const policy = policyOf(group("PIR_EL1"));
    const few = setting("nvhe", ["PIR_EL1"], windowsOf([true, false, false, true]), given);
    expect(rowsOfOracle(policy, few)[0]).not.toHaveProperty("changes");
    const many = setting("nvhe", ["PIR_EL1"], windowsOf([true, ...unwritten(9), true]), given);
    expect(rowsOfOracle(policy, many)[0]).toMatchObject({ traps: 0, saves: 2, changes: 2 });
  });

  it("takes a trap where that costs less than two changes, and fewer traps where ways cost the same", () => {
    const written = [false, false, true, false, false];
    const policy = policyOf(group("PIR_EL1"));
    const dear = { fastTraps: 3, saves: 5, trapRegisterUpdates: 100 };
    expect(
      rowsOfOracle(policy, setting("vhe", ["PIR_EL1"], windowsOf([...written, ...unwritten(99)]), dear))[0],
    ).toMatchObject({ traps: 1, saves: 1 });
    const even = { fastTraps: 0, saves: 5 };
    expect(rowsOfOracle(policy, setting("vhe", ["PIR_EL1"], windowsOf(written), even))[0]).toMatchObject({
      traps: 0,
      saves: 1,
    });
  });

  it("elides the traps of every write, and saves what the hypervisor no longer knows", () => {
    const steps = flatten([
      load(0),
      ...run(0, write(0, "TCR_EL1"), write(0, "TCR_EL1"), emulatedWrite(0, "TCR_EL1")),
      put(0),
    ]);
    const own = setting("vhe", ["TCR_EL1"], steps, { fastTraps: 100, saves: 5 });
    const policy = policyOf(group("TCR_EL1", { trap: "every-write", onTrap: "emulate", save: "never" }));
    expect(rowsOfOracle(policy, own)[0]).toMatchObject({ traps: 0, saves: 1 });
    expect(groupCosts(policy, policyRows(policy, own), own)).toEqual([300]);
  });

  it("restores at load what it leaves open, where the rule would wait for the trap", () => {
    const steps = flatten([load(0), ...run(0, read(0, "FPSIMD")), put(0), load(0), ...run(0), put(0)]);
    const own = setting("vhe", ["FPSIMD"], steps, { fastTraps: 100, fpSaves: 5, fpRestores: 5 });
    const words = { trap: "first-access", save: "open", restore: "never", arm: "load" } as const;
    const policy = policyOf(group("FPSIMD", words));
    expect(rowsOfOracle(policy, own)[0]).toMatchObject({ traps: 0, saves: 1, restores: 1, changes: 1 });
  });

  it("tests the host's context or saves it, whichever costs less", () => {
    const policy = policyOf(group("PIR_EL1", { host: "dirty-once" }));
    const steps = windowsOf(unwritten(10));
    const host = (dirtyChecks: number) =>
      rowsOfOracle(policy, setting("nvhe", ["PIR_EL1"], steps, { fastTraps: 9, saves: 5, dirtyChecks })).find(
        ({ context }) => context === "host",
      );
    expect(host(1)).toMatchObject({ saves: 1, elided: 9 });
    expect(host(6)).toMatchObject({ saves: 10, elided: 0, untested: 10 });
  });
});

/** The least over all choices, each window's cost as the contract of a window says it. */
function leastOfAll(written: readonly boolean[], unit: Counts): number {
  let least = Infinity;
  for (let choices = 0; choices < 2 ** written.length; choices++) {
    let sum = 0;
    written.forEach((is, at) => {
      const left = ((choices >> at) & 1) === 1;
      if (at > 0 && left !== (((choices >> (at - 1)) & 1) === 1)) sum += unit.trapRegisterUpdates;
      if (left) sum += unit.saves;
      else sum += unit.dirtyChecks + (is ? unit.fastTraps + unit.trapRegisterUpdates + unit.saves : 0);
    });
    least = Math.min(least, sum);
  }
  return least;
}

describe("the oracle's cost", () => {
  it("is the least over all sequences of choices", () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Mode>("vhe", "nvhe"),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }),
        prices,
        (mode, written, { unitCosts }) => {
          const given = { ...unitCosts, restores: 0 };
          const own = setting(mode, ["PIR_EL1"], windowsOf(written), given);
          const policy = policyOf(group("PIR_EL1"));
          const guest = rowsOfOracle(policy, own).filter(({ context }) => context === "guest");
          const [found] = groupCosts(policy, guest, own);
          const least = leastOfAll(written, given);
          expect(Math.abs(found - least)).toBeLessThanOrEqual(1e-7 * (1 + least));
        },
      ),
      { numRuns: 400, seed: 11 },
    );
  });

  it("is the least in long stretches that nobody writes, too", () => {
    const sparse = fc
      .array(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 6 })
      .map((runs) =>
        runs.flatMap(([gap, writes]) => [...unwritten(gap), ...unwritten(writes).map(() => true)]),
      )
      .chain((written) => fc.nat(20).map((rest) => [...written, ...unwritten(rest)]));
    fc.assert(
      fc.property(fc.constantFrom<Mode>("vhe", "nvhe"), sparse, prices, (mode, written, { unitCosts }) => {
        const given = { ...unitCosts, restores: 0 };
        const own = setting(mode, ["PIR_EL1"], windowsOf(written), given);
        const policy = policyOf(group("PIR_EL1"));
        const guest = rowsOfOracle(policy, own).filter(({ context }) => context === "guest");
        const [found] = groupCosts(policy, guest, own);
        // Armed and left: what the cheapest way there costs, window by window.
        let [armed, left] = [0, 0];
        for (const is of written) {
          const [a, l] = [armed, left];
          const change = given.trapRegisterUpdates;
          const trap = is ? given.fastTraps + change + given.saves : 0;
          armed = Math.min(a, l + change) + given.dirtyChecks + trap;
          left = Math.min(l, a + change) + given.saves;
        }
        const least = Math.min(armed, left);
        expect(Math.abs(found - least)).toBeLessThanOrEqual(1e-7 * (1 + least));
        expect(guest.reduce((sum, { saves, elided }) => sum + saves + elided, 0)).toBe(written.length);
      }),
      { numRuns: 400, seed: 13 },
    );
  });

  it("is never above the policy's, eager's or an adaptive policy's, on events in any order", () => {
    let learned = 0;
    fc.assert(
      fc.property(
        assignment.chain((each) => fc.tuple(fc.constant(each), recording([each], 150))),
        prices,
        adaptive,
        fc.boolean(),
        ([{ policy: all, config }, { naming, events }], at, parameters, keys) => {
          // A host's rule "never" leaves out what eager saves, and only what is hidden has it.
          const groups = all.groups.filter(
            ({ trap, host, save, restore }) =>
              trap !== "undefined" &&
              host !== "never" &&
              !(save === "never" && trap === "nothing") &&
              !(restore === "never" && trap === "nothing"),
          );
          const policy: Policy = { ...all, groups };
          const own: Setting = { naming, events, config, prices: at, keys };
          const oracle = groupCosts(policy, rowsOfOracle(policy, own), own);
          const rivals = [groupCosts(policy, policyRows(policy, own), own), eagerCosts(policy, own)];
          const learns = groups.map((each) =>
            each.onTrap === "open" &&
            each.trap !== "nothing" &&
            each.save === "dirty" &&
            each.restore === "always"
              ? { ...each, adaptive: parameters }
              : each,
          );
          const learner: Policy = { ...policy, groups: learns };
          const rows = policyRows(learner, own);
          if (rows.some(({ changes = 0 }) => changes > 0)) learned++;
          rivals.push(groupCosts(learner, rows, own));
          for (const rival of rivals) {
            rival.forEach((cost, number) => {
              if (!atMost(oracle[number], cost))
                throw new Error(`${groups[number].name}: ${oracle[number]} > ${cost}`);
            });
          }
          expect(total(oracle)).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 600, seed: 12 },
    );
    expect(learned).toBeGreaterThan(20);
  });
});
