/**
 * The engine over windows against the reference interpreter, on recordings, policies and configurations by chance. How
 * many: TRAPLINE_RANDOM_TRACES; which: TRAPLINE_SEED, which is printed at the start.
 */

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GroupPlan } from "#src/model/group-plan.js";
import { randomTraces, seed } from "../promises/long-seed.js";
import { assignment, recording } from "./arbitraries.js";
import { referenceRows } from "./reference-rows.js";
import { windowedRows, windowsOf } from "./windowed.js";

const many = randomTraces(2000);

describe("in memory, on recordings that mean nothing", () => {
  it(`${many} of them: cut anywhere, dictionaries and automata full or not, in any company`, () => {
    const scene = fc
      .array(assignment, { minLength: 1, maxLength: 3 })
      .chain((of) => recording(of, 300).map((made) => ({ of, ...made })));
    const how = fc.record({
      cuts: fc.array(fc.nat(), { maxLength: 12, size: "max" }),
      together: fc.constantFrom(1, 2, 3, 20, Infinity),
      limits: fc.record({
        counters: fc.constantFrom(0, 5, 50, 1 << 22, 1 << 22),
        cells: fc.constantFrom(1, 30, 60, 1 << 20, 1 << 20),
        visits: fc.constantFrom(1, 7, 50, 2 ** 31),
      }),
    });
    const stream = fc.record({
      numberedWindows: fc.constantFrom(0, 1, 3, 20, 0xffff, 0xffff, 0xffff),
      windowWords: fc.constantFrom(1, 2, 17, 1 << 16),
    });
    const ways = new Set<string>();
    const note = ({ settled, carried, stepped }: GroupPlan): void => {
      settled.forEach((groups) => groups.length > 0 && ways.add("settled"));
      carried.forEach((groups, at) => groups.length > 0 && ways.add(stepped[at] ? "stepped" : "carried"));
    };
    fc.assert(
      fc.property(scene, how, stream, ({ of, naming, events }, given, limits) => {
        const { rows } = windowedRows(of, naming, windowsOf(naming, events, limits), {
          ...given,
          onPlan: note,
        });
        expect(rows).toEqual(referenceRows(of, naming, events));
      }),
      { numRuns: many, seed },
    );
    expect([...ways].toSorted()).toEqual(["carried", "settled", "stepped"]);
  });
});
