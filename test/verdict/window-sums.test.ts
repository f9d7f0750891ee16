import * as fc from "fast-check";
import { expect, it } from "vitest";
import { createWindowCollector, measures, type WindowSums } from "#src/verdict/window-sums.js";

/** What one group counts in each window: traps, saves, restores, changes; and after the last one. */
type Counted = readonly number[];

function collect(windows: readonly Counted[], rest: Counted, mostChunks: number): WindowSums {
  const collector = createWindowCollector(1, mostChunks);
  const totals = [0, 0, 0, 0];
  const add = (more: Counted): void => more.forEach((count, at) => (totals[at] += count));
  const of = (_: number, measure: (typeof measures)[number]): number => totals[measures.indexOf(measure)];
  for (const window of windows) {
    add(window);
    collector.end(of, 10 * totals[0]);
  }
  add(rest);
  return collector.finish(of, 10 * totals[0]);
}

const counted = fc.array(fc.nat(2), { minLength: 4, maxLength: 4 });

it("windows are summed in full chunks of a power of two, whatever the room", () => {
  const many = fc.array(counted, { maxLength: 200 });
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
      for (const [at, measure] of measures.entries()) {
        const expected = Array.from({ length: counts.length }, (_, place) =>
          windows
            .slice(place * chunk, (place + 1) * chunk)
            .reduce((sum, window) => sum + window[at], place === counts.length - 1 ? rest[at] : 0),
        );
        expect([...groups[0].sums[measure]]).toEqual(expected);
      }
      expect([...guestTime]).toEqual([...groups[0].sums.traps].map((traps) => 10 * traps));
      expect(groups[0].trapped).toBe(windows.filter(([traps]) => traps > 0).length);
    }),
  );
});
