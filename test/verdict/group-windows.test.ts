import { tableOfRows } from "#src/trace/table.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Assignment } from "#src/model/assignment.js";
import type { CountRow } from "#src/model/counts.js";
import { createInterpreter } from "#src/model/reference.js";
import { guestPoints } from "#src/policies/group-points.js";
import type { Policy } from "#src/policies/policy.js";
import type { BlockColumns } from "#src/trace/block-reader.js";
import { packWord } from "#src/trace/word.js";
import { groupWindows, sumsOf, type GroupWindows } from "#src/verdict/group-windows.js";
import { measures, type Measure, type WindowSums } from "#src/verdict/window-sums.js";
import { assignment, recording, type Recording } from "../model/arbitraries.js";
import type { Event } from "../model/dsl.js";
import { configOf, eventsOf, group, load, namingOf, policyOf, put, run, write } from "../model/dsl.js";

/** Events as a trace of two blocks has them. */
function traceOf(events: readonly Event[]): Parameters<typeof groupWindows>[0] {
  const half = Math.floor(events.length / 2);
  const blocks = [events.slice(0, half), events.slice(half)];
  const words = (block: number): Uint32Array =>
    Uint32Array.from(blocks[block], ({ kind, register, place, hasValue }) =>
      packWord(kind, register, place, hasValue),
    );
  return {
    blocks: tableOfRows(blocks.map(({ length }) => ({ offset: 0, bytes: 0, events: length }))),
    columns(block): BlockColumns {
      const values = blocks[block].filter(({ hasValue }) => hasValue);
      return {
        head: {
          events: blocks[block].length,
          values: values.length,
          columns: [],
          bases: [],
          bytes: 0,
          crc: 0,
        },
        words: words(block),
        times: new Int32Array(blocks[block].length),
        valuesLo: Uint32Array.from(values, ({ lo }) => lo),
        valuesHi: new Uint32Array(values.length),
      };
    },
  };
}

/** The windows of a group in each context, in numbers that can be compared. */
function ownWindows({ groups, points }: GroupWindows, at: number, measure: Measure): unknown {
  const { members, byVcpu } = points[groups[at].own];
  const member = members.indexOf(at);
  return byVcpu.map(({ windows, chunk, groups: own }: WindowSums) => {
    const { sums, trapped } = own[member];
    return [windows, chunk, [...sums[measure]], trapped];
  });
}

/** The same policy with a group more, of rules that only the interpreter knows, and of a register that nobody uses. */
function interpretedToo(policy: Policy): Policy {
  const more = group("DBGBVR15_EL1", { restore: "foreign" });
  return { ...policy, groups: [...policy.groups, more] };
}

const made = assignment.chain((each) => fc.tuple(fc.constant(each), recording([each], 150)));

describe("the windows of groups", () => {
  it("sum to what the interpreter counts beyond eager", () => {
    fc.assert(
      fc.property(made, ([each, { naming, events }]: [Assignment, Recording]) => {
        const { policy, config } = each;
        const found = groupWindows(traceOf(events), naming, each.config, [each]);
        const guestRows = (of: Policy): CountRow[] => {
          const interpreter = createInterpreter(naming, of, config);
          for (const event of events) interpreter.step(event);
          return interpreter.rows().filter(({ context }) => context === "guest");
        };
        const rows = guestRows(policy);
        const eager = guestRows({ ...policy, groups: [] });
        const switched = policy.groups.filter((one) => guestPoints(one, config) !== undefined);
        expect(found.groups.map((one) => one.group)).toEqual(switched);
        for (const [at, { group: own, own: point }] of found.groups.entries()) {
          const { members, byVcpu } = found.points[point];
          for (const [vcpu, windows] of byVcpu.entries()) {
            if (windows.windows === 0) continue;
            const sumOf = (all: readonly CountRow[], what: "traps" | "saves" | "restores"): number =>
              all
                .filter(({ unit, register }) => unit === vcpu && own.registers.includes(register))
                .reduce((sum, row) => sum + row[what], 0);
            const sums = sumsOf([windows], members.indexOf(at));
            expect(sums.traps).toBe(sumOf(rows, "traps"));
            expect(sums.saves).toBe(sumOf(rows, "saves") - sumOf(eager, "saves"));
            expect(sums.restores).toBe(sumOf(rows, "restores") - sumOf(eager, "restores"));
            // Eager saves at each save point, where a dirty bit is tested.
            expect(sums.tests).toBe(own.save === "dirty" ? sumOf(eager, "saves") : 0);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it("are one by one those of the interpreter", () => {
    let compared = 0;
    fc.assert(
      fc.property(made, ([each, { naming, events }]: [Assignment, Recording]) => {
        const plain = groupWindows(traceOf(events), naming, each.config, [each]);
        const interpreted = groupWindows(traceOf(events), naming, each.config, [
          { policy: interpretedToo(each.policy), config: each.config },
        ]);
        for (const at of plain.groups.keys()) {
          expect(ownWindows(interpreted, at, "traps")).toEqual(ownWindows(plain, at, "traps"));
          expect(ownWindows(interpreted, at, "saves")).toEqual(ownWindows(plain, at, "saves"));
          expect(ownWindows(interpreted, at, "restores")).toEqual(ownWindows(plain, at, "restores"));
          compared++;
        }
      }),
      { numRuns: 40 },
    );
    expect(compared).toBeGreaterThan(40);
  });

  it("of groups that learn, or are lazy, are in everything those of the interpreter", () => {
    const compared = { adaptive: 0, open: 0, "after-save": 0, restored: 0 };
    fc.assert(
      fc.property(made, ([{ policy, config }, { naming, events }]: [Assignment, Recording]) => {
        const groups = policy.groups.filter(
          ({ trap, onTrap, restore, arm }) =>
            (trap === "first-write" || trap === "first-access") &&
            onTrap === "open" &&
            restore !== "foreign" &&
            arm !== "until-caches-on",
        );
        // One that two flags do not do, so that the rules are asked.
        const lazy = group("DBGBVR15_EL1", { arm: "after-save", save: "open" });
        const own: Policy = { ...policy, groups: [...groups, lazy] };
        const ruled = groupWindows(traceOf(events), naming, config, [{ policy: own, config }]);
        const interpreted = groupWindows(traceOf(events), naming, config, [
          { policy: interpretedToo(own), config },
        ]);
        for (const [at, { group: each }] of ruled.groups.entries()) {
          for (const measure of measures) {
            expect(ownWindows(ruled, at, measure)).toEqual(ownWindows(interpreted, at, measure));
          }
          if (each.adaptive !== undefined) compared.adaptive++;
          if (each.save === "open") compared.open++;
          if (each.arm === "after-save") compared["after-save"]++;
          if (each.restore === "open") compared.restored++;
        }
      }),
      { numRuns: 150, seed: 5 },
    );
    for (const count of Object.values(compared)) expect(count).toBeGreaterThan(20);
  });

  it("of a policy as a whole end at the rarest save point of its groups", () => {
    const config = configOf("vhe", "PIR_EL1", "MDSCR_EL1");
    const policy = policyOf(group("PIR_EL1"), group("MDSCR_EL1"));
    const window = [load(0), ...run(0, write(0, "MDSCR_EL1")), ...run(0, write(0, "PIR_EL1")), put(0)];
    const steps = [...window, load(0), ...run(0), put(0)];
    const naming = namingOf(steps);
    const { groups, points } = groupWindows(traceOf(eventsOf(steps, naming)), naming, config, [
      { policy, config },
    ]);
    const series = (number: number, at: number): unknown => {
      const { point, members, byVcpu } = points[number];
      return [point, ...byVcpu[0].groups[members.indexOf(at)].sums.traps];
    };
    expect(groups.map(({ own, whole }, at) => [series(own, at), series(whole, at)])).toEqual([
      [
        ["put", 1, 0],
        ["put", 1, 0],
      ],
      [
        ["run-end", 1, 0, 0],
        ["put", 1, 0],
      ],
    ]);
  });
});
