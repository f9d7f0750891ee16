import { describe, expect, it } from "vitest";
import { createAutomaton } from "#src/model/automaton.js";
import { createCarrier } from "#src/model/carry.js";
import { resultLayout, resultOf } from "#src/model/group-results.js";
import { addWindows, createWindowCounter } from "#src/model/histogram.js";
import { symbolOf } from "#src/model/symbols.js";
import { group } from "./dsl.js";
import { stepsOf, trackedGroup } from "./tracked-group.js";

/** Windows 0 to 4 of three vCPUs, of which the second has none. */
const words = Uint16Array.of(0, 1, 1, 4, 3, 0, 0, 2);
const chunks = {
  segmentation: 0,
  vcpus: [0, 2],
  lengths: [5, 3],
  counts: [5, 3],
  literals: 0,
  words,
};

function counted(first: number, end: number, size = 5, given = chunks): { cells: number[]; known: boolean } {
  const cells = new Uint32Array(3 * size);
  const counter = createWindowCounter(size, 3);
  counter.add(given, first, end);
  return { known: counter.finish(cells), cells: [...cells] };
}

describe("windows are counted by vCPU and number", () => {
  it("all of them, or those of a range", () => {
    expect(counted(0, 8).cells).toEqual([1, 2, 0, 1, 1, 0, 0, 0, 0, 0, 2, 0, 1, 0, 0]);
    expect(counted(4, 6).cells).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
    expect(counted(6, 100).cells.slice(10)).toEqual([1, 0, 1, 0, 0]);
    expect(counted(3, 3).cells).toEqual(Array.from({ length: 15 }, () => 0));
  });

  it("as a whole, however they are cut", () => {
    for (let cut = 0; cut <= 8; cut++) {
      const [a, b] = [counted(0, cut), counted(cut, 8)];
      expect(a.cells.map((count, at) => count + b.cells[at])).toEqual(counted(0, 8).cells);
    }
  });

  it("the same with a dictionary so large that neighbours do not take turns", () => {
    const large = counted(0, 8, 40_000);
    expect([0, 1, 3, 4, 80_000, 80_002].map((cell) => large.cells[cell])).toEqual([1, 2, 1, 1, 2, 1]);
    expect([large.known, large.cells.reduce((sum, count) => sum + count, 0)]).toEqual([true, 8]);
  });

  it("and it is told where one has a number that there is not", () => {
    expect(counted(0, 8).known).toBe(true);
    for (const beyond of [5, 7, 8, 9, 0xffff]) {
      for (let at = 0; at < 8; at++) {
        const given = { ...chunks, words: words.with(at, beyond) };
        expect([counted(0, 8, 5, given).known, counted(0, at, 5, given).known]).toEqual([false, true]);
      }
    }
  });
});

const tracked = trackedGroup("nvhe", group("PIR_EL1"));
const sequences = ["start w end", "start end"].map((text) =>
  stepsOf(text).map((step) => symbolOf(tracked, step)),
);
const classes = { classOf: Uint16Array.of(0, 1, 0), sequences, flags: Uint8Array.of(3, 3) };
const layout = resultLayout([tracked], 2);

describe("counts beyond 32 bits", () => {
  it("stay exact, since a whole trace is counted in doubles", () => {
    const results = new Float64Array(layout.length);
    const cells = Float64Array.of(2 ** 40 + 1, 7, 2 ** 33, 1, 0, 0);
    addWindows(layout, results, 0, createAutomaton(tracked, sequences), classes, cells);
    const all = 2 ** 40 + 1 + 2 ** 33;
    expect(resultOf(layout, results, 0, 0)).toEqual({ saves: all, restores: 0, changes: 0, traps: [all] });
    expect(resultOf(layout, results, 0, 1)).toEqual({ saves: 1, restores: 0, changes: 0, traps: [1] });
  });

  it("are not lost on the way from window to window either, where visits are emptied in time", () => {
    const counts = [7, 8, 1 << 20].map((most) => {
      const results = new Float64Array(layout.length);
      const carrier = createCarrier(createAutomaton(tracked, sequences), classes, 2, 1, most);
      // Each lane by itself, and runs both longer and shorter than the bound.
      for (let at = 0; at < 40; at++)
        carrier.run(
          at % 2,
          Uint16Array.from({ length: at }, () => at % 3),
          0,
          at,
        );
      carrier.finish(layout, results, 0);
      return [...results];
    });
    const windows = Array.from({ length: 40 }, (_, at) => (at % 3 === 1 ? 0 : at));
    const sum = (rest: number): number =>
      windows.reduce((all, each, at) => all + (at % 2 === rest ? each : 0), 0);
    for (const each of counts) expect(each).toEqual([sum(0), 0, 0, sum(0), sum(1), 0, 0, sum(1)]);
    const carrier = createCarrier(createAutomaton(tracked, sequences), classes, 1, 1, 8);
    const [lane] = carrier.lanes;
    const total = (list: ArrayLike<number>): number => Array.from(list).reduce((all, each) => all + each, 0);
    carrier.run(0, new Uint16Array(6), 0, 6);
    expect([total(lane.visits), total(lane.sums)]).toEqual([6, 0]);
    carrier.run(0, new Uint16Array(6), 0, 6);
    expect([total(lane.visits), total(lane.sums)]).toEqual([6, 6]);
  });
});
