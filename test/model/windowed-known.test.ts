import { describe, expect, it } from "vitest";
import { createInterpreter } from "#src/model/reference.js";
import type { CountRow } from "#src/model/counts.js";
import type { Assignment } from "#src/model/assignment.js";
import type { Adaptive, Group } from "#src/policies/policy.js";
import {
  configOf,
  emulatedRead,
  emulatedWrite,
  entry,
  eventsOf,
  fullExit,
  group,
  load,
  namingOf,
  policyOf,
  put,
  run,
  runEnd,
  runStart,
  write,
  type Step,
  type Steps,
} from "./dsl.js";
import { windowedRows, windowsOf } from "./windowed.js";

const flatten = (steps: Steps): Step[] => ("kind" in steps ? [steps] : steps.flatMap(flatten));

const byName = (rows: readonly CountRow[]): Record<string, readonly number[]> =>
  Object.fromEntries(
    rows
      .filter(({ traps, saves, elided, restores }) => traps + saves + elided + restores > 0)
      .map(({ context, unit, register, traps, saves, elided, restores }) => [
        `${context} ${unit} ${register}`,
        [traps, saves, elided, restores],
      ]),
  );

/** What the reference counts, and the engine over windows. */
function both(of: readonly Assignment[], steps: Steps): readonly [expected: unknown, found: unknown] {
  const list = flatten(steps);
  const naming = namingOf(list);
  const events = eventsOf(list, naming);
  const expected = of.map(({ policy, config }) => {
    const interpreter = createInterpreter(naming, policy, config);
    for (const event of events) interpreter.step(event);
    return byName(interpreter.rows());
  });
  return [expected, windowedRows(of, naming, windowsOf(naming, events)).rows.map(byName)];
}

describe("recordings in which it matters", () => {
  it("accesses that the hypervisor made itself trap where their group counts them, and nowhere else", () => {
    const words: readonly Partial<Group>[] = [
      { path: "fast" },
      { path: "full" },
      { trap: "every-write", onTrap: "emulate", save: "always", path: "fast" },
      { trap: "every-write", onTrap: "emulate", save: "always", path: "full" },
      { trap: "every-write", onTrap: "emulate", save: "dirty", path: "fast" },
    ];
    const steps = [1, 2, 3].map((times) => [
      load(0),
      runStart(0),
      entry(0),
      write(0, "TTBR0_EL1", 7),
      fullExit(0),
      ...Array.from({ length: times }, () => emulatedWrite(0, "PIR_EL1", 5)),
      emulatedRead(0, "PIR_EL1"),
      runEnd(0),
      put(0),
    ]);
    for (const mode of ["vhe", "nvhe"] as const) {
      const config = configOf(mode, "PIR_EL1", "TTBR0_EL1");
      const of = words.map((each): Assignment => ({ policy: policyOf(group("PIR_EL1", each)), config }));
      const [expected, found] = both(of, steps);
      expect(found).toEqual(expected);
    }
  });

  it("eager windows of an adaptive group end when they are over, however many they are and come", () => {
    const config = configOf("vhe", "PIR_EL1", "TTBR0_EL1");
    const window = (...does: readonly Step[]): Steps => [load(0), run(0, ...does), put(0)];
    const learns = (adaptive: Adaptive): Assignment => ({
      policy: policyOf(group("PIR_EL1", { adaptive })),
      config,
    });
    const of = [
      learns({ traps: 1, windows: 1, eager: 8 }),
      learns({ traps: 1, windows: 2, eager: 13 }),
      learns({ traps: 2, windows: 3, eager: 5 }),
    ];
    for (let idle = 0; idle < 40; idle++) {
      const steps = [
        window(write(0, "PIR_EL1", 1)),
        window(write(0, "PIR_EL1", 2)),
        Array.from({ length: idle }, () => window(write(0, "TTBR0_EL1", 3))),
        // It traps here again, or is still eager.
        window(write(0, "PIR_EL1", 4)),
        Array.from({ length: 30 }, () => window()),
        window(write(0, "PIR_EL1", 5)),
      ];
      const [expected, found] = both(of, steps);
      expect({ idle, found }).toEqual({ idle, found: expected });
    }
  });
});
