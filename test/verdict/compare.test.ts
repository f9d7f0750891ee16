import { describe, expect, it } from "vitest";
import { compareVerdicts, differenceInterval, type VerdictDiff } from "#src/verdict/compare.js";
import { looksLikeVerdict, parseVerdict, type VerdictFile } from "#src/verdict/verdict-file.js";

type Row = VerdictFile["rows"][number];

function row(share: number, half: number, more: Partial<Row> = {}): Row {
  return {
    trace: "x.trl",
    mode: "vhe",
    kernel: "recorded",
    nesting: "none",
    profile: "neoverse-n1",
    unit: "cycles",
    policy: "dirty-pie",
    group: "PIE",
    writeShare: share,
    trapsPerGuestSecond: null,
    perGuestSecond: null,
    interval: {
      writeShare: [share - half, share + half],
      trapsPerGuestSecond: null,
      perGuestSecond: null,
    },
    ...more,
  };
}

const verdict = (rows: readonly Row[], pooled: VerdictFile["pooled"] = []): VerdictFile => ({
  schema: "trapline.verdict/1",
  tool: "test",
  rows: [...rows],
  pooled,
});

const compare = (a: readonly Row[], b: readonly Row[]): VerdictDiff =>
  compareVerdicts({ file: "a", verdict: verdict(a) }, { file: "b", verdict: verdict(b) });

describe("the interval of a difference", () => {
  it("is Newcombe's for two shares with Wilson's intervals: 56 of 70 and 48 of 80", () => {
    // R. G. Newcombe, Statistics in Medicine 17 (1998), 873-890, table II (a), method 10: 0.0524 to 0.3339.
    const a = { value: 48 / 80, interval: [0.4905, 0.7004] as const };
    const b = { value: 56 / 70, interval: [0.6918, 0.8774] as const };
    const [low, high] = differenceInterval(a, b);
    expect(low).toBeCloseTo(0.0524, 3);
    expect(high).toBeCloseTo(0.3339, 3);
  });

  it("is as wide as both together, and goes round with them", () => {
    const a = { value: 0.3, interval: [0.2, 0.4] as const };
    const b = { value: 0.6, interval: [0.5, 0.7] as const };
    const [low, high] = differenceInterval(a, b);
    expect([low, high]).toEqual([
      expect.closeTo(0.3 - Math.SQRT2 / 10),
      expect.closeTo(0.3 + Math.SQRT2 / 10),
    ]);
    expect(differenceInterval(b, a)).toEqual([-high, -low]);
  });
});

describe("two verdicts", () => {
  it("differ where the interval of the difference leaves out 0", () => {
    const near = compare([row(0.3, 0.1)], [row(0.42, 0.1)]);
    expect([near.differ, near.comparisons[0].differ]).toEqual([false, false]);
    // Intervals that overlap a little may still differ.
    const far = compare([row(0.3, 0.1)], [row(0.46, 0.1)]);
    expect([far.differ, far.comparisons[0].differ]).toEqual([true, true]);
    expect(far.comparisons[0].difference).toBeCloseTo(0.16);
    expect(compare([row(0.46, 0.1)], [row(0.3, 0.1)]).differ).toBe(true);
  });

  it("of one trace each are a pair, whatever trace and kernel", () => {
    const other = row(0.3, 0.1, { trace: "y.trl", mode: "nvhe", kernel: "6.12" });
    expect(compare([row(0.3, 0.1)], [other]).comparisons).toMatchObject([{ trace: null, mode: null }]);
  });

  it("of several traces are paired by trace, and rows without a partner are counted", () => {
    const a = [row(0.3, 0.1), row(0.1, 0.01, { trace: "y.trl" })];
    const b = [
      row(0.1, 0.01, { trace: "y.trl" }),
      row(0.3, 0.1, { trace: "z.trl" }),
      row(0.3, 0.1, { trace: "w" }),
    ];
    const { comparisons, unpaired } = compare(a, b);
    expect(comparisons.map(({ trace }) => trace)).toEqual(["y.trl"]);
    expect(unpaired).toEqual({ a: 1, b: 2 });
  });

  it("compare a share once for all prices", () => {
    const rows = ["none", "l2"].map((nesting) =>
      row(0.3, 0.1, {
        nesting,
        perGuestSecond: -5,
        interval: { writeShare: [0.2, 0.4], trapsPerGuestSecond: null, perGuestSecond: [-6, -4] },
      }),
    );
    const { comparisons } = compare(rows, rows);
    expect(comparisons.map(({ rate, nesting }) => [rate, nesting])).toEqual([
      ["writeShare", null],
      ["perGuestSecond", "none"],
      ["perGuestSecond", "l2"],
    ]);
  });

  it("compare recordings together with recordings together", () => {
    const { trace: _, ...together } = row(0.3, 0.01);
    const [a, b] = [0.3, 0.4].map((share) => {
      const each = { ...together, ...row(share, 0.01), trace: undefined };
      return verdict([row(0.3, 0.1)], [each]);
    });
    const { comparisons } = compareVerdicts({ file: "a", verdict: a }, { file: "b", verdict: b });
    expect(comparisons.map(({ trace, differ }) => [trace, differ])).toEqual([
      [null, false],
      ["(together)", true],
    ]);
  });

  it("have nothing to compare without intervals", () => {
    const bare = row(0.3, 0.1, { interval: null });
    expect(() => compare([bare], [bare])).toThrow(/no rate in common that has an interval/);
  });
});

describe("the file of a verdict", () => {
  it("is known by its schema, and read without what it does not need", () => {
    const text = JSON.stringify({ ...verdict([row(0.3, 0.1)]), seed: 1 });
    expect(looksLikeVerdict(text)).toBe(true);
    expect(parseVerdict(text, "x")).toEqual(verdict([row(0.3, 0.1)]));
    for (const other of ["{", "[]", '{"schema":"trapline.replay/1"}']) {
      expect(looksLikeVerdict(other)).toBe(false);
    }
  });

  it("is refused where it is damaged", () => {
    const text = JSON.stringify(verdict([row(0.3, 0.1)])).replace('"writeShare":0.3', '"writeShare":"x"');
    expect(() => parseVerdict(text, "x")).toThrow(/is no result of a verdict: rows\.0\.writeShare/);
  });
});
