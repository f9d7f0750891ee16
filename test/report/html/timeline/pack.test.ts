import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { packVcpu } from "#src/report/html/timeline/pack.js";
import type { VcpuWindows } from "#src/report/html/timeline/collector.js";
import { pageCode } from "./page-code.js";

const page = pageCode();

/** Windows with gaps before them, as a collector gives them. */
function windowsOf(
  rows: readonly (readonly [gap: number, length: number, ...counts: number[]])[],
): VcpuWindows {
  let time = 0;
  const starts = rows.map(([gap, length]) => {
    const start = time + gap;
    time = start + length;
    return start;
  });
  const columns = (rows[0]?.length ?? 2) - 2;
  return {
    vcpu: { vm: 1, mpidr: 0x8000_0000 },
    windows: rows.length,
    starts: Float64Array.from(starts),
    lengths: Float64Array.from(rows, ([, length]) => length),
    counts: Array.from({ length: columns }, (_, at) => Uint32Array.from(rows, (row) => row[2 + at])),
  };
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

const rows = fc.array(
  fc.tuple(
    fc.nat({ max: 2 ** 40 }),
    fc.nat({ max: 2 ** 40 }),
    fc.oneof(fc.constant(0), fc.nat()),
    fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat() }),
  ),
  { minLength: 1, maxLength: 300 },
);

describe("packed windows", () => {
  it("come out of the page's own code as they went in", () => {
    fc.assert(
      fc.property(rows, (given) => {
        const windows = windowsOf(given);
        const [block] = packVcpu("vCPU 0", windows).levels[0].blocks;
        const found = page.unpackBlock(block, 0, 2);
        expect([...found.starts]).toEqual([...windows.starts]);
        expect([...found.loaded]).toEqual([...windows.lengths]);
        expect(found.counts.map((column) => [...column])).toEqual(
          windows.counts.map((column) => [...column]),
        );
      }),
      { numRuns: 60 },
    );
  });

  it("sum to the same on every level, and a view of all of them too", () => {
    const given = Array.from(
      { length: 50_000 },
      (_, at) => [at % 7, 10 + (at % 3), at % 5, at % 11 === 0 ? 1 : 0] as const,
    );
    const windows = windowsOf(given);
    const packed = packVcpu("vCPU 0", windows);
    expect(packed.levels.map((level) => level.rows)).toEqual([50_000, 3125]);
    packed.levels.forEach(({ blocks }, level) => {
      const all = blocks.map((block) => page.unpackBlock(block, level, 2));
      for (const column of [0, 1]) {
        expect(sum(all.map(({ counts }) => sum(counts[column])))).toBe(sum(windows.counts[column]));
      }
      expect(sum(all.map((part) => sum(part.windows)))).toBe(50_000);
      expect(sum(all.map((part) => sum(part.loaded)))).toBe(sum(windows.lengths));
    });
    const levels = page.createLevels(packed, 2);
    const end = windows.starts[49_999] + windows.lengths[49_999];
    const view = page.viewOf(levels, 2, { from: 0, to: end }, 500);
    expect(view.isSingle).toBe(false);
    expect(view.sums.windows).toBe(50_000);
    expect(view.sums.counts).toEqual(windows.counts.map(sum));
    view.counts.forEach((column, at) => expect(sum(column)).toBeCloseTo(sum(windows.counts[at]), 4));
  });

  it("are seen one by one where few are in view", () => {
    const windows = windowsOf(Array.from({ length: 20_000 }, (_, at) => [5, 20, at, 1]));
    const levels = page.createLevels(packVcpu("vCPU 0", windows), 2);
    const at = 12_345;
    const span = { from: windows.starts[at] - 2, to: windows.starts[at] + 22 };
    const view = page.viewOf(levels, 2, span, 500);
    expect(view.isSingle).toBe(true);
    expect(view.times).toEqual([windows.starts[at], windows.starts[at] + 20]);
    expect(view.counts[0]).toEqual([at, 0]);
    expect(view.sums).toMatchObject({ windows: 1, loaded: 20, counts: [at, 1] });
  });
});
