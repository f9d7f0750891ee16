/** The oracle over windows against the one that goes through events. */

import * as fc from "fast-check";
import { expect, it } from "vitest";
import { createOracle, hasOracle } from "#src/model/oracle.js";
import { createWindowOracle, oraclesByWindows } from "#src/model/oracle-windows.js";
import { countNames } from "#src/prices/terms.js";
import { assignment, recording } from "./arbitraries.js";
import { configOf, eventsOf, group, namingOf, policyOf, type Event } from "./dsl.js";
import { pricesOf } from "./oracle-support.js";
import { windowSteps } from "./window-steps.js";
import { windowsOf } from "./windowed.js";
import type { Naming } from "#src/model/counts.js";
import type { ConfiguredGroup } from "#src/model/oracle.js";
import type { OracleLimits } from "#src/model/oracle-automaton.js";
import type { OraclePrices } from "#src/policies/policy.js";
import type { WindowLimits } from "#src/trace/windows/stream.js";

/** Few prices, so that ways often cost the same, and others; none so small beside another that it is a last digit. */
const price = fc.oneof(fc.constantFrom(0, 1, 2, 5, 10), fc.double({ min: 0.01, max: 500, noNaN: true }));
const prices = fc
  .tuple(...countNames.map((name) => price.map((value) => [name, value] as const)))
  .map((entries) => pricesOf(Object.fromEntries(entries)));

interface Scene {
  readonly naming: Naming;
  readonly events: readonly Event[];
  readonly groups: readonly ConfiguredGroup[];
  readonly questions: readonly OraclePrices[];
  readonly keys: boolean;
}

/** Compares the rows of all groups that windows answer; returns how many these are. */
function compare(
  { naming, events, groups, questions, keys }: Scene,
  windowLimits: WindowLimits,
  limits: OracleLimits | undefined,
): number {
  const { windows } = windowsOf(naming, events, windowLimits);
  const source = { path: "test", windows, registers: naming.registers.length, vcpus: naming.vcpus };
  const own = oraclesByWindows(source, groups);
  const fast = createWindowOracle(source, naming.registers, own, questions, keys, limits);
  for (let block = 0; block < windows.blocks.length; block++) {
    const chunks = windows.read(block);
    if (fast.segmentations.includes(chunks.segmentation)) fast.run(chunks);
  }
  const slow = createOracle(naming, own, questions, keys);
  for (const event of events) slow.step(event);
  for (const each of own) {
    questions.forEach((_, question) => expect(fast.rows(each, question)).toEqual(slow.rows(each, question)));
  }
  return own.length;
}

it("counts what going through events counts, however little is remembered", () => {
  let compared = 0;
  fc.assert(
    fc.property(
      fc
        .array(assignment, { minLength: 1, maxLength: 2 })
        .chain((of) => fc.tuple(fc.constant(of), recording(of, 400))),
      fc.array(prices, { minLength: 1, maxLength: 2 }),
      fc.boolean(),
      fc.constantFrom<OracleLimits | undefined>(
        undefined,
        { states: 1 },
        { effects: 0 },
        { states: 2, effects: 3 },
      ),
      fc.constantFrom<WindowLimits>({}, { windowWords: 3 }),
      ([of, { naming, events }], questions, keys, limits, windowLimits) => {
        const groups = of.flatMap(({ policy, config }) =>
          policy.groups.filter(hasOracle).map((each) => ({ group: each, config })),
        );
        compared += compare({ naming, events, groups, questions, keys }, windowLimits, limits);
      },
    ),
    { numRuns: 700, seed: 21 },
  );
  expect(compared).toBeGreaterThan(1000);
});

it("goes through long stretches of equal windows at once, and comes out where each by itself would", () => {
  const writes = fc
    .array(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 8 })
    .map((runs) =>
      runs.flatMap(([quiet, busy]) => [
        ...Array.from({ length: quiet }, () => 0),
        ...Array.from({ length: busy }, () => 1),
      ]),
    );
  fc.assert(
    fc.property(
      fc.constantFrom("vhe", "nvhe"),
      writes,
      fc.array(prices, { minLength: 1, maxLength: 3 }),
      (mode, written, questions) => {
        const steps = windowSteps(written, "PIR_EL1");
        const naming = namingOf(steps);
        const config = configOf(mode, "PIR_EL1");
        const groups = policyOf(group("PIR_EL1")).groups.map((each) => ({ group: each, config }));
        const scene = { naming, events: eventsOf(steps, naming), groups, questions, keys: false };
        expect(compare(scene, {}, undefined)).toBe(1);
      },
    ),
    { numRuns: 400, seed: 22 },
  );
});

it("leaves to events what windows do not tell", () => {
  const { windows } = windowsOf({ registers: [""], places: [], vcpus: 0, pcpus: 0 }, []);
  const source = { path: "test", windows, registers: 1, vcpus: 0 };
  const config = configOf("vhe", "PIR_EL1");
  const taken = (words: Parameters<typeof group>[1]): number =>
    oraclesByWindows(
      source,
      policyOf(group("PIR_EL1", words)).groups.map((each) => ({ group: each, config })),
    ).length;
  expect(taken({})).toBe(1);
  expect(taken({ trap: "every-write", onTrap: "emulate" })).toBe(0);
  expect(taken({ trap: "nothing" })).toBe(0);
  expect(taken({ restore: "foreign" })).toBe(0);
  expect(taken({ arm: "until-caches-on" })).toBe(0);
});
