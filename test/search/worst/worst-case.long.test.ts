import { join } from "node:path";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Group } from "#src/policies/policy.js";
import { findPolicy } from "#src/policies/find.js";
import { loadProfile } from "#src/prices/load.js";
import type { VerdictResult } from "#src/report/verdict.js";
import type { WorstCaseResult } from "#src/report/worst-case.js";
import { worstCase } from "#src/search/worst/worst-case.js";
import { windowsOf } from "#src/search/worst/windows.js";
import { worstGroup, type WorstGuest } from "#src/search/worst/worst-group.js";
import { oraclePrices } from "#src/verdict/oracle-prices.js";
import { outputOf, temporaryFolder, trapline } from "../../cli/program.js";
import { configOf, eventsOf, group, namingOf, policyOf, write } from "../../model/dsl.js";
import {
  eagerCosts,
  groupCosts,
  policyRows,
  pricesOf,
  rowsOfOracle,
  type Setting,
} from "../../model/oracle-support.js";
import { windowSteps } from "../../model/window-steps.js";

const config = configOf("vhe", "PIR_EL1", "PIRE0_EL1");
const profile = loadProfile("neoverse-n1");
const prices = oraclePrices(profile, "none");

/** What a guest costs in the long run: the second half of many rounds. */
function measured(
  own: Group,
  writes: readonly number[],
  at: typeof prices,
  keys: boolean,
  before: readonly number[] = [],
): WorstGuest {
  const windows = (count: number): Setting => {
    const all = [...before, ...Array.from({ length: count }, (_, window) => writes[window % writes.length])];
    const steps = windowSteps(all, own.registers[0]);
    const naming = namingOf([...steps, write(0, own.registers[0])]);
    return { naming, events: eventsOf(steps, naming), config, prices: at, keys };
  };
  const rounds = Math.ceil(120 / writes.length);
  const [half, whole] = [windows(rounds * writes.length), windows(2 * rounds * writes.length)];
  const policy = policyOf(own);
  const mean = (of: (setting: Setting) => number): number =>
    (of(whole) - of(half)) / (rounds * writes.length);
  return {
    rounds: [],
    rate: mean(() => 0),
    policy: mean((setting) => groupCosts(policy, policyRows(policy, setting), setting)[0]),
    eager: mean((setting) => eagerCosts(policy, setting)[0]),
    oracle: mean((setting) => groupCosts(policy, rowsOfOracle(policy, setting), setting)[0]),
  };
}

const sequences = (length: number): number[][] =>
  Array.from({ length: 2 ** length }, (_, bits) => Array.from({ length }, (__, at) => (bits >> at) & 1));

/** The least number of windows after which only whole rounds come. */
function wayIn(windows: readonly number[], writes: readonly number[]): number {
  for (let at = 0; ; at++) {
    if (windows.slice(at).every((each, window) => each === writes[window % writes.length])) return at;
  }
}

describe("the worst guest of a group", () => {
  it("costs what its rounds cost when they are interpreted, and no short round does worse", () => {
    const price = fc.integer({ min: 0, max: 40 });
    let reached = 0;
    fc.assert(
      fc.property(
        fc.option(
          fc.record({
            traps: fc.integer({ min: 1, max: 2 }),
            more: fc.nat(1),
            eager: fc.integer({ min: 1, max: 3 }),
          }),
        ),
        fc.record({
          fastTraps: fc.integer({ min: 1, max: 300 }),
          saves: fc.integer({ min: 1, max: 9 }),
          restores: price,
          dirtyChecks: fc.integer({ min: 1, max: 9 }),
          trapRegisterUpdates: price,
        }),
        (learns, given) => {
          const adaptive =
            learns === null
              ? {}
              : {
                  adaptive: { traps: learns.traps, windows: learns.traps + learns.more, eager: learns.eager },
                };
          const own = group("PIR_EL1 PIRE0_EL1", adaptive);
          const at = pricesOf(given);
          const found = worstGroup(own, config, 1, at, false);
          const oracle = found.againstOracle;
          if (oracle === undefined) throw new Error("a tracked group has an oracle");
          for (const guest of [found.againstEager, oracle]) {
            expect(guest.rounds).toHaveLength(1);
            const [{ writes }] = guest.rounds;
            // A policy that learns may never fall into step with a round that is begun in another place.
            const start = windowsOf(found, guest, 20 * writes.length).slice(0, -writes.length);
            const way = start.slice(
              0,
              start.length - ((start.length - wayIn(start, writes)) % writes.length),
            );
            const real = measured(own, writes, at, false, way);
            expect(guest.policy).toBeCloseTo(real.policy, 6);
            expect(guest.eager).toBeCloseTo(real.eager, 6);
            expect(guest.oracle).toBeCloseTo(real.oracle ?? 0, 6);
          }
          const ratio = oracle.policy / (oracle.oracle ?? 0);
          for (const writes of sequences(5)) {
            const other = measured(own, writes, at, false);
            expect(other.policy).toBeLessThanOrEqual(found.againstEager.policy * (1 + 1e-6));
            expect(other.policy / (other.oracle ?? 0)).toBeLessThanOrEqual(ratio * (1 + 1e-6));
            if (other.policy / (other.oracle ?? 0) > ratio * (1 - 1e-6)) reached++;
          }
          expect(ratio).toBeLessThanOrEqual((found.bound?.ratio ?? Infinity) * (1 + 1e-9));
        },
      ),
      { numRuns: 8, seed: 41 },
    );
    expect(reached).toBeGreaterThan(4);
  });

  it("writes as often as it may, and mixes two rounds where that is between them", () => {
    const own = group("PIR_EL1 PIRE0_EL1");
    const found = worstGroup(own, config, 0.25, prices, false).againstEager;
    expect(found.rate).toBeCloseTo(0.25, 12);
    const [all, none] = [measured(own, [1], prices, false), measured(own, [0], prices, false)];
    expect(found.policy).toBeCloseTo(0.25 * all.policy + 0.75 * none.policy, 6);
    expect(found.oracle).toBeCloseTo(0.25 * (all.oracle ?? 0) + 0.75 * (none.oracle ?? 0), 6);
  });

  it("writes each window as often as it may where every write traps", () => {
    const words = { trap: "every-write", onTrap: "emulate", save: "always" } as const;
    const found = worstGroup(group("PIR_EL1", words), config, 3, prices, false).againstEager;
    expect(found).toMatchObject({ rate: 3, rounds: [{ writes: [3], share: 1 }] });
    expect(found.policy - found.eager).toBeCloseTo(3 * prices.unitCosts.fastTraps, 6);
  });
});

const options = { mode: "vhe", kernel: "6.12", features: ["TCR2", "S1PIE"], rate: 1, prices } as const;

describe("the worst case of a policy", () => {
  it("is that of each group, and comes up to the bound of adaptive's parameters", () => {
    const { groups } = worstCase(findPolicy("adaptive"), options);
    expect(groups.map(({ group: { name } }) => name)).toContain("PIR_EL1");
    const pir = groups.find(({ group: { name } }) => name === "PIR_EL1")!;
    const { policy, oracle } = pir.againstOracle!;
    const ratio = policy / (oracle ?? 0);
    expect(ratio).toBeLessThanOrEqual(pir.bound!.ratio);
    expect(ratio).toBeGreaterThan(0.99 * pir.bound!.ratio);
  });

  it("has no oracle for what is hidden, and none at all for a policy without groups", () => {
    const [hidden] = worstCase(findPolicy("hidden"), options).groups;
    expect(hidden.againstOracle).toBeUndefined();
    expect(hidden.againstEager.oracle).toBeNull();
    expect(() => worstCase(findPolicy("eager"), options)).toThrow(/has no group/);
  });
});

describe("a trace of the worst guest", () => {
  const folder = temporaryFolder();
  const file = (policy: string): string => join(folder, `${policy.replace(":", "-")}.trl`);
  const policies: readonly (readonly [string, string])[] = [
    ["dirty-pie", "1"],
    ["adaptive:2-8-16", "1"],
    ["adaptive:1-1-100", "0.005"],
    ["always-trap", "2.5"],
    ["lazy-debug", "1"],
    ["tvm", "1"],
  ];

  beforeAll(() => {
    for (const [policy, rate] of policies) {
      outputOf(["worst-case", policy, "--rate", rate, "--against", "oracle", "-o", file(policy)]);
    }
  }, 60_000);

  it.each(policies)("of %s, at rate %s, replays to the ratios that were found", (policy, rate) => {
    const found: WorstCaseResult = JSON.parse(outputOf(["worst-case", policy, "--rate", rate, "--json"]));
    const asked = [
      "-p",
      policy,
      "--kernel",
      "6.12",
      "--features",
      "TCR2,S1PIE",
      "--resamples",
      "0",
      "--json",
    ];
    const real: VerdictResult = JSON.parse(outputOf(["verdict", file(policy), ...asked]));
    const inspected = outputOf(["inspect", file(policy)]);
    expect(inspected).toContain("synthetic");
    for (const row of found.rows.filter(({ against }) => against === "oracle")) {
      const own = real.rows.find(({ group: name }) => name === row.group)!;
      const regret = own.regret!;
      const total = regret.share === 0 ? 0 : regret.cost / regret.share!;
      expect(total / (total - regret.cost) / row.ratioToOracle!).toBeCloseTo(1, 1.7);
      expect(total / (total - own.difference.likely) / row.ratioToEager!).toBeCloseTo(1, 1.7);
    }
  });

  it("is refused where there is no such guest, or no such policy", () => {
    expect(trapline(["worst-case", "eager"]).stderr).toContain("has no group");
    expect(trapline(["worst-case", "oracle"]).status).toBe(2);
    expect(trapline(["worst-case", "dirty-pie", "--rate", "-1"]).stderr).toContain("--rate");
    expect(trapline(["worst-case", "hidden", "--against", "oracle", "-o", file("hidden")]).stderr).toContain(
      "no oracle",
    );
  });
});
