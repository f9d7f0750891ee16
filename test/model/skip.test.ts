import { expect, it } from "vitest";
import { createSkipper, type SkipCounts } from "#src/model/skip.js";

it("windows that are jumped over count what they count one by one", () => {
  // Three states in a ring, one class: each leads to the next, and counts of its own.
  const saves = [1, 10, 100];
  const automaton = {
    classes: 1,
    cells: () => 3,
    resolve: (cell: number) => (cell + 1) % 3,
    effect: (cell: number) => ({ saves: saves[cell], restores: 2 * cell, changes: cell, traps: [] }),
  };
  const skipper = createSkipper(automaton, 0);
  for (const windows of [0, 1, 2, 3, 4, 7, 8, 100, 1023]) {
    const found: SkipCounts = { saves: 0, restores: 0, changes: 0 };
    const to = skipper.skip(1, windows, found);
    const expected = { saves: 0, restores: 0, changes: 0 };
    for (let at = 0; at < windows; at++) {
      const state = (1 + at) % 3;
      expected.saves += saves[state];
      expected.restores += 2 * state;
      expected.changes += state;
    }
    expect([windows, to, found]).toEqual([windows, (1 + windows) % 3, expected]);
  }
});
