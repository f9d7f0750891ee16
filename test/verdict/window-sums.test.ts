import * as fc from "fast-check";
import { expect, it } from "vitest";
import {
  createWindowCollector,
  measures,
  type Counted,
  type Measure,
  type PerPass,
  type WindowSums,
} from "#src/verdict/window-sums.js";

/** What one group counts in each window: traps, saves, restores, changes, and passes of two points; and after the last. */
type Own = readonly number[];
const ruled = ["traps", "saves", "restores", "changes"] as const;

/** Eager's saves at the first point, of which there are two, and a test each. */
const perPass: PerPass = {
  saves: [-2, 0, 0, 0, 0, 0],
  tests: [2, 0, 0, 0, 0, 0],
  restores: [0, 3, 0, 0, 0, 0],
};

function collect(windows: readonly Own[], rest: Own, mostChunks: number): WindowSums {
  const collector = createWindowCollector([perPass], mostChunks);
  const totals = [0, 0, 0, 0, 0, 0];
  const add = (more: Own): void => more.forEach((count, at) => (totals[at] += count));
  const now = (): Counted => ({
    of: (_, measure) => totals[ruled.indexOf(measure)],
    guestTime: 10 * totals[0],
    passes: [totals[4], totals[5], 0, 0, 0, 0],
  });
  for (const window of windows) {
    add(window);
    collector.end(now());
  }
  add(rest);
  return collector.finish(now());
}

/** What is expected of each measure, of what a window counts. */
const expectedOf: Readonly<Record<Measure, (own: Own) => number>> = {
  traps: ([traps]) => traps,
  saves: ([, saves, , , first]) => saves - 2 * first,
  restores: ([, , restores, , , second]) => restores + 3 * second,
  changes: ([, , , changes]) => changes,
  tests: ([, , , , first]) => 2 * first,
};

const counted = fc.array(fc.nat(2), { minLength: 6, maxLength: 6 });

it("windows are summed in full chunks of a power of two, whatever the room", () => {
  const many = fc.array(counted, { maxLength: 300 });
  const room = fc.constantFrom(2, 4, 6, 64, 1024);
  fc.assert(
    fc.property(many, counted, room, (windows, rest, mostChunks) => {
      const { chunk, counts, guestTime, groups, windows: number } = collect(windows, rest, mostChunks);
      expect(number).toBe(windows.length);
      expect(Math.log2(chunk) % 1).toBe(0);
      expect(counts.length).toBe(Math.ceil(windows.length / chunk));
      expect(counts.length).toBeLessThanOrEqual(mostChunks);
      // No more is joined than room asks for.
      expect(chunk === 1 || counts.length > mostChunks / 2).toBe(true);
      expect(counts.slice(0, -1).every((count) => count === chunk)).toBe(true);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(windows.length);
      for (const measure of measures) {
        const of = expectedOf[measure];
        const expected = Array.from({ length: counts.length }, (_, place) =>
          windows
            .slice(place * chunk, (place + 1) * chunk)
            .reduce((sum, window) => sum + of(window), place === counts.length - 1 ? of(rest) : 0),
        );
        expect([...groups[0].sums[measure]]).toEqual(expected);
      }
      expect([...guestTime]).toEqual([...groups[0].sums.traps].map((traps) => 10 * traps));
      expect(groups[0].trapped).toBe(windows.filter(([traps]) => traps > 0).length);
    }),
  );
});
